"""Fifty products of a snack and household shop: SKU, name, price in IDR, grams.

Prices include VAT, as they stand in a marketplace listing. The simulated shops sell the
same SKUs.
"""

PRODUCTS = (
    ("SKU-001", "Kopi Bubuk Robusta Lampung 200 g", 28_500, 220),
    ("SKU-002", "Kopi Arabika Gayo Biji 250 g", 89_000, 280),
    ("SKU-003", "Teh Melati Celup isi 25", 9_900, 60),
    ("SKU-004", "Gula Aren Bubuk 500 g", 34_000, 520),
    ("SKU-005", "Madu Hutan Sumbawa 350 ml", 95_000, 520),
    ("SKU-006", "Keripik Singkong Balado 250 g", 22_500, 270),
    ("SKU-007", "Keripik Tempe Sanan 200 g", 19_500, 220),
    ("SKU-008", "Rengginang Mentah 500 g", 31_000, 530),
    ("SKU-009", "Kerupuk Udang Sidoarjo 500 g", 45_000, 530),
    ("SKU-010", "Abon Sapi Original 100 g", 42_000, 120),
    ("SKU-011", "Sambal Roa Manado 150 g", 38_500, 250),
    ("SKU-012", "Sambal Bawang Pedas 135 g", 27_000, 230),
    ("SKU-013", "Kecap Manis Botol 600 ml", 24_800, 850),
    ("SKU-014", "Minyak Kelapa Murni 500 ml", 76_000, 560),
    ("SKU-015", "Beras Pandan Wangi Cianjur 5 kg", 98_000, 5_050),
    ("SKU-016", "Beras Merah Organik 1 kg", 29_500, 1_020),
    ("SKU-017", "Mi Lethek Bantul 400 g", 17_500, 420),
    ("SKU-018", "Bumbu Rendang Instan 50 g", 8_900, 60),
    ("SKU-019", "Bumbu Soto Ayam Instan 45 g", 7_900, 55),
    ("SKU-020", "Santan Bubuk 100 g", 16_800, 110),
    ("SKU-021", "Dodol Garut Susu 500 g", 36_500, 530),
    ("SKU-022", "Bakpia Kacang Hijau isi 20", 39_000, 620),
    ("SKU-023", "Kue Nastar Toples 500 g", 85_000, 700),
    ("SKU-024", "Pisang Sale Ambon 250 g", 23_500, 270),
    ("SKU-025", "Cokelat Batang Sulawesi 70% 100 g", 47_500, 120),
    ("SKU-026", "Sarung Tenun Majalaya Dewasa", 145_000, 450),
    ("SKU-027", "Kain Batik Cap Pekalongan 2 m", 168_000, 350),
    ("SKU-028", "Kemeja Batik Pria Lengan Panjang L", 210_000, 320),
    ("SKU-029", "Mukena Katun Jepang", 189_000, 650),
    ("SKU-030", "Hijab Segi Empat Voal 115 cm", 49_900, 120),
    ("SKU-031", "Tas Anyaman Rotan Bulat 20 cm", 125_000, 480),
    ("SKU-032", "Tikar Pandan 120 x 180 cm", 132_000, 1_500),
    ("SKU-033", "Sandal Jepit Karet No. 41", 18_900, 380),
    ("SKU-034", "Sapu Lidi Gagang Kayu", 21_000, 620),
    ("SKU-035", "Cobek dan Ulekan Batu 20 cm", 88_000, 3_400),
    ("SKU-036", "Wajan Besi Cor 30 cm", 215_000, 2_900),
    ("SKU-037", "Rantang Susun Stainless 3 Tingkat", 139_000, 1_250),
    ("SKU-038", "Termos Air Panas 1 Liter", 112_000, 900),
    ("SKU-039", "Sabun Cuci Piring Jeruk Nipis 750 ml", 14_900, 780),
    ("SKU-040", "Deterjen Bubuk 1,8 kg", 43_500, 1_850),
    ("SKU-041", "Minyak Kayu Putih 120 ml", 41_500, 180),
    ("SKU-042", "Minyak Telon Bayi 100 ml", 36_000, 150),
    ("SKU-043", "Jamu Kunyit Asam Serbuk 250 g", 33_000, 270),
    ("SKU-044", "Sabun Sereh Batang 100 g", 15_500, 115),
    ("SKU-045", "Lulur Tradisional Bali 200 g", 52_000, 230),
    ("SKU-046", "Sikat Gigi Bambu isi 4", 27_900, 80),
    ("SKU-047", "Buku Tulis 58 Lembar isi 10", 46_000, 1_400),
    ("SKU-048", "Pulpen Gel Hitam isi 12", 31_500, 150),
    ("SKU-049", "Payung Lipat Otomatis", 79_000, 420),
    ("SKU-050", "Lampu LED 12 Watt isi 4", 68_000, 400),
)


def barcode(number: int) -> str:
    """An EAN-13 of GS1's range for use inside a company, with its check digit."""
    body = f"20{number:010d}"
    total = sum(int(digit) * (3 if i % 2 else 1) for i, digit in enumerate(body))
    return f"{body}{-total % 10}"
