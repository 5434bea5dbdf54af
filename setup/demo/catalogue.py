"""Fifty products of a snack and household shop: SKU, name, price in IDR, grams.

Prices include VAT, as they stand in a marketplace listing. The simulated shops sell the
same SKUs under the same names.
"""

PRODUCTS = (
    ("SKU-001", "Kopi Arabika Gayo 250 g", 68_000, 280),
    ("SKU-002", "Kopi Robusta Lampung 500 g", 59_000, 530),
    ("SKU-003", "Teh Melati Celup 50 kantong", 24_500, 110),
    ("SKU-004", "Gula Aren Bubuk 500 g", 32_000, 530),
    ("SKU-005", "Madu Hutan Sumbawa 350 ml", 95_000, 520),
    ("SKU-006", "Keripik Tempe Malang 200 g", 21_500, 230),
    ("SKU-007", "Sambal Bawang Botol 150 g", 27_500, 180),
    ("SKU-008", "Abon Sapi Original 250 g", 78_000, 280),
    ("SKU-009", "Bumbu Rendang Instan 200 g", 18_500, 230),
    ("SKU-010", "Beras Pandan Wangi 5 kg", 89_000, 5_050),
    ("SKU-011", "Minyak Kelapa Murni 500 ml", 64_000, 530),
    ("SKU-012", "Kecap Manis Tradisional 600 ml", 28_500, 850),
    ("SKU-013", "Kerupuk Udang Sidoarjo 500 g", 37_500, 530),
    ("SKU-014", "Cokelat Batang Sulawesi 100 g", 41_000, 130),
    ("SKU-015", "Kacang Mete Wonogiri 500 g", 115_000, 530),
    ("SKU-016", "Batik Tulis Pekalongan", 385_000, 400),
    ("SKU-017", "Batik Cap Solo Lengan Panjang", 189_000, 320),
    ("SKU-018", "Sarung Tenun Samarinda", 145_000, 450),
    ("SKU-019", "Kaos Polos Katun 30s", 49_000, 200),
    ("SKU-020", "Kemeja Linen Pria", 175_000, 280),
    ("SKU-021", "Daster Rayon Bali", 62_000, 220),
    ("SKU-022", "Hijab Voal Segi Empat", 35_000, 120),
    ("SKU-023", "Mukena Katun Jepang", 210_000, 650),
    ("SKU-024", "Tas Anyaman Rotan", 165_000, 480),
    ("SKU-025", "Dompet Kulit Garut", 129_000, 180),
    ("SKU-026", "Sandal Kulit Tasik", 98_000, 620),
    ("SKU-027", "Sepatu Kets Kanvas", 155_000, 780),
    ("SKU-028", "Topi Bucket Polos", 42_000, 120),
    ("SKU-029", "Gelang Perak Kotagede", 225_000, 60),
    ("SKU-030", "Kain Tenun Ikat Sumba", 475_000, 700),
    ("SKU-031", "Wajan Anti Lengket 28 cm", 119_000, 1_100),
    ("SKU-032", "Cobek Batu Muntilan", 87_000, 3_400),
    ("SKU-033", "Rice Cooker 1,8 L", 289_000, 2_900),
    ("SKU-034", "Botol Minum Baja 750 ml", 76_000, 380),
    ("SKU-035", "Rak Bumbu Kayu Jati", 134_000, 2_400),
    ("SKU-036", "Lampu LED 12 W isi 4", 69_500, 400),
    ("SKU-037", "Kipas Angin Meja 12 inci", 199_000, 2_600),
    ("SKU-038", "Sprei Katun 180 x 200", 179_000, 1_500),
    ("SKU-039", "Handuk Mandi 70 x 140", 58_000, 420),
    ("SKU-040", "Keset Kaki Serabut", 33_500, 650),
    ("SKU-041", "Kaos Kaki Olahraga", 19_000, 70),
    ("SKU-042", "Celana Training", 85_000, 380),
    ("SKU-043", "Jaket Parasut", 168_000, 420),
    ("SKU-044", "Sabun Susu Kambing 100 g, Original", 26_000, 130),
    ("SKU-045", "Sabun Susu Kambing 100 g, Lavender", 26_000, 130),
    ("SKU-046", "Sabun Susu Kambing 100 g, Sereh", 26_000, 130),
    ("SKU-047", "Sabun Susu Kambing 100 g, Kopi", 26_000, 130),
    ("SKU-048", "Lilin Aromaterapi, Melati", 54_000, 260),
    ("SKU-049", "Lilin Aromaterapi, Cendana", 54_000, 260),
    ("SKU-050", "Lilin Aromaterapi, Vanila", 54_000, 260),
)


def barcode(number: int) -> str:
    """An EAN-13 of GS1's range for use inside a company, with its check digit."""
    body = f"20{number:010d}"
    total = sum(int(digit) * (3 if i % 2 else 1) for i, digit in enumerate(body))
    return f"{body}{-total % 10}"
