"""The banks: their account numbers, and how answers and notifications show them."""

from dataclasses import dataclass
from random import Random
from typing import Any

from .state import Book, Transaction

PERMATA, MANDIRI = "permata", "mandiri"
BILLER_CODE = "70012"


@dataclass(frozen=True, slots=True)
class Bank:
    """``prefix`` is the company code, ``digits`` what the merchant may choose."""

    prefix: str
    digits: int


BANKS: dict[str, Bank] = {
    "bca": Bank("91012", 11),
    "bni": Bank("98801", 8),
    "bri": Bank("12620", 13),
    "cimb": Bank("5919", 12),
    PERMATA: Bank("856200", 10),
    MANDIRI: Bank("", 12),
}


def issue(book: Book, random: Random, bank: str, wanted: str = "") -> str:
    """A free account number: the wanted one, cut or zero-prefixed, or another."""
    kind = BANKS[bank]
    if wanted:
        number = kind.prefix + wanted[: kind.digits].zfill(kind.digits)
        if not book.taken(number):
            return number
    while True:
        number = kind.prefix + str(random.randrange(10**kind.digits)).zfill(kind.digits)
        if number not in book.by_number:
            return number


def account(transaction: Transaction, permata_form: str) -> dict[str, Any]:
    """The fields that bear the account number; each bank has its own."""
    bank, number = transaction.bank, transaction.number
    if bank == MANDIRI:
        return {"biller_code": transaction.biller_code, "bill_key": number}
    if bank == PERMATA and permata_form == "permata_va_number":
        return {"permata_va_number": number}
    return {"va_numbers": [{"bank": bank, "va_number": number}]}
