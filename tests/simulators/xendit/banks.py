"""Banks: their virtual accounts and their payout channels. Numbers are invented."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bank:
    """``merchant_code`` opens every number; ``least`` and ``most`` are whole rupiah."""

    code: str
    name: str
    merchant_code: str
    least: int = 1
    most: int = 50_000_000_000


BANKS = {
    bank.code: bank
    for bank in (
        Bank("BCA", "Bank Central Asia", "10766", 10_000, 50_000_000),
        Bank("BJB", "Bank BJB", "1234"),
        Bank("BNC", "Bank Neo Commerce", "90010"),
        Bank("BNI", "Bank Negara Indonesia", "8808"),
        Bank("BRI", "Bank Rakyat Indonesia", "92001"),
        Bank("BSI", "Bank Syariah Indonesia", "90024"),
        Bank("BSS", "Bank Sahabat Sampoerna", "40501"),
        Bank("CIMB", "Bank CIMB Niaga", "93490"),
        Bank("HANA", "Bank KEB Hana", "97009"),
        Bank("MANDIRI", "Bank Mandiri", "88608"),
        Bank("MUAMALAT", "Bank Muamalat", "85050"),
        Bank("PERMATA", "Bank Permata", "8214"),
    )
}

VA_SUFFIX = "_VIRTUAL_ACCOUNT"

# The legacy name differs for one bank; the others are the same.
LEGACY_CODES = {"SAHABAT_SAMPOERNA": "BSS"}
LEGACY_BANKS = ("BCA", "BJB", "BNI", "BRI", "BSI", "BSS", "CIMB", "MANDIRI", "PERMATA")

PAYOUT_LEAST, PAYOUT_MOST = 10_000, 1_999_999_999
BCA_DIGITS = 10


def legacy_code(bank: str) -> str:
    """A bank's code in the legacy interface."""
    names = {code: legacy for legacy, code in LEGACY_CODES.items()}
    return names.get(bank, bank)


def bank_of_legacy(code: str) -> Bank | None:
    """The bank behind a legacy code; None when it offers no such account."""
    code = LEGACY_CODES.get(code, code)
    return BANKS[code] if code in LEGACY_BANKS else None


def bank_of_channel(channel: str) -> Bank | None:
    """The bank behind BCA_VIRTUAL_ACCOUNT; None when there is none."""
    code, suffix = channel[: -len(VA_SUFFIX)], channel[-len(VA_SUFFIX) :]
    return BANKS.get(code) if suffix == VA_SUFFIX else None


def payout_channels() -> list[dict]:
    """The answer of GET /payouts_channels."""
    return [
        {
            "channel_code": f"ID_{bank.code}",
            "channel_category": "BANK",
            "currency": "IDR",
            "channel_name": bank.name,
            "amount_limits": {
                "minimum": PAYOUT_LEAST,
                "maximum": PAYOUT_MOST,
                "minimum_increment": 1,
            },
        }
        for bank in BANKS.values()
    ]
