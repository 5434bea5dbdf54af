"""The shop's fifty articles and its buyers: the same at every start."""

from dataclasses import dataclass

GOODS = (
    ("Kopi Arabika Gayo 250 g", 68000),
    ("Kopi Robusta Lampung 500 g", 59000),
    ("Teh Melati Celup 50 kantong", 24500),
    ("Gula Aren Bubuk 500 g", 32000),
    ("Madu Hutan Sumbawa 350 ml", 95000),
    ("Keripik Tempe Malang 200 g", 21500),
    ("Sambal Bawang Botol 150 g", 27500),
    ("Abon Sapi Original 250 g", 78000),
    ("Bumbu Rendang Instan 200 g", 18500),
    ("Beras Pandan Wangi 5 kg", 89000),
    ("Minyak Kelapa Murni 500 ml", 64000),
    ("Kecap Manis Tradisional 600 ml", 28500),
    ("Kerupuk Udang Sidoarjo 500 g", 37500),
    ("Cokelat Batang Sulawesi 100 g", 41000),
    ("Kacang Mete Wonogiri 500 g", 115000),
    ("Batik Tulis Pekalongan", 385000),
    ("Batik Cap Solo Lengan Panjang", 189000),
    ("Sarung Tenun Samarinda", 145000),
    ("Kaos Polos Katun 30s", 49000),
    ("Kemeja Linen Pria", 175000),
    ("Daster Rayon Bali", 62000),
    ("Hijab Voal Segi Empat", 35000),
    ("Mukena Katun Jepang", 210000),
    ("Tas Anyaman Rotan", 165000),
    ("Dompet Kulit Garut", 129000),
    ("Sandal Kulit Tasik", 98000),
    ("Sepatu Kets Kanvas", 155000),
    ("Topi Bucket Polos", 42000),
    ("Gelang Perak Kotagede", 225000),
    ("Kain Tenun Ikat Sumba", 475000),
    ("Wajan Anti Lengket 28 cm", 119000),
    ("Cobek Batu Muntilan", 87000),
    ("Rice Cooker 1,8 L", 289000),
    ("Botol Minum Baja 750 ml", 76000),
    ("Rak Bumbu Kayu Jati", 134000),
    ("Lampu LED 12 W isi 4", 69500),
    ("Kipas Angin Meja 12 inci", 199000),
    ("Sprei Katun 180 x 200", 179000),
    ("Handuk Mandi 70 x 140", 58000),
    ("Keset Kaki Serabut", 33500),
    ("Kaos Kaki Olahraga", 19000),
    ("Celana Training", 85000),
    ("Jaket Parasut", 168000),
)
FAMILIES = (
    ("Sabun Susu Kambing 100 g", "Aroma", ("Original", "Lavender", "Sereh", "Kopi")),
    ("Lilin Aromaterapi", "Wangi", ("Melati", "Cendana", "Vanila")),
)
FAMILY_PRICES = (26000, 54000)
FIRST_ITEM = 25000000000
FIRST_FAMILY = 26000000000
FIRST_MODEL = 190000000000
STOCK = 1000


@dataclass(frozen=True, slots=True)
class Article:
    """Something the shop sells; ``model_id`` 0 means that it has no variants."""

    sku: str
    name: str
    price: int
    item_id: int
    model_id: int = 0
    model_name: str = ""
    parent_sku: str = ""
    axis: str = ""


def build_catalogue() -> dict[str, Article]:
    """SKU-001 to SKU-050; the last seven are variants of two items."""
    articles = [
        Article(f"SKU-{n:03d}", name, price, FIRST_ITEM + n)
        for n, (name, price) in enumerate(GOODS, 1)
    ]
    for family, (name, axis, options) in enumerate(FAMILIES, 1):
        articles += [
            Article(
                f"SKU-{len(articles) + n:03d}",
                name,
                FAMILY_PRICES[family - 1],
                FIRST_FAMILY + family,
                FIRST_MODEL + len(articles) + n,
                option,
                f"FAMILY-{family}",
                axis,
            )
            for n, option in enumerate(options, 1)
        ]
    return {article.sku: article for article in articles}


def unknown_article(sku: str) -> Article:
    """An article that nobody else has heard of."""
    number = sum(sku.encode()) % 9000
    return Article(sku, f"Barang baru {sku}", 45000, FIRST_ITEM + 900000 + number)


PEOPLE = (
    "Siti Rahmawati",
    "Budi Santoso",
    "Dewi Lestari",
    "Agus Setiawan",
    "Rina Wulandari",
    "Hendra Gunawan",
    "Putri Ayu Maharani",
    "Andi Prasetyo",
    "Nurul Hidayah",
    "Yohanes Simanjuntak",
    "Made Suartini",
    "Fajar Nugroho",
    "Maria Tampubolon",
    "Rizky Ramadhan",
    "Lia Kusumawati",
)
PLACES = (
    ("Jalan Kebon Sirih No. 12", "Menteng", "KOTA JAKARTA PUSAT", "DKI JAKARTA", 10340),
    ("Jalan Dago No. 88", "Coblong", "KOTA BANDUNG", "JAWA BARAT", 40135),
    ("Jalan Pemuda No. 5", "Genteng", "KOTA SURABAYA", "JAWA TIMUR", 60271),
    (
        "Jalan Malioboro No. 21",
        "Gedongtengen",
        "KOTA YOGYAKARTA",
        "DI YOGYAKARTA",
        55271,
    ),
    ("Jalan Gajah Mada No. 7", "Medan Petisah", "KOTA MEDAN", "SUMATERA UTARA", 20112),
    ("Jalan Sunset Road No. 9", "Kuta", "KAB. BADUNG", "BALI", 80361),
    (
        "Jalan Pandanaran No. 30",
        "Semarang Tengah",
        "KOTA SEMARANG",
        "JAWA TENGAH",
        50134,
    ),
    (
        "Jalan Penghibur No. 4",
        "Ujung Pandang",
        "KOTA MAKASSAR",
        "SULAWESI SELATAN",
        90111,
    ),
)
FIRST_BUYER = 880000001


@dataclass(frozen=True, slots=True)
class Buyer:
    """A person with one address."""

    user_id: int
    username: str
    name: str
    phone: str
    street: str
    district: str
    city: str
    state: str
    zipcode: str

    @property
    def full_address(self) -> str:
        place = f"{self.street}, {self.district}, {self.city}"
        return f"{place}, {self.state}, ID, {self.zipcode}"


def buyer(number: int) -> Buyer:
    """Buyer ``number`` (from 0): always the same person."""
    name = PEOPLE[number % len(PEOPLE)]
    street, district, city, state, zipcode = PLACES[number % len(PLACES)]
    return Buyer(
        FIRST_BUYER + number,
        f"{name.split()[0].lower()}{number + 1:04d}",
        name if number < len(PEOPLE) else f"{name} {number // len(PEOPLE) + 1}",
        f"62812{30000000 + number:08d}",
        f"{street} RT {number % 12 + 1:02d}",
        district,
        city,
        state,
        str(zipcode),
    )
