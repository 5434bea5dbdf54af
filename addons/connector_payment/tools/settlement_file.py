"""A gateway's settlement file, whatever its columns are called. Pure."""

import csv
import io
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from openpyxl import load_workbook

#: Meaning of a column -> words of its title, the first that fits wins.
WORDS = {
    "order": ("order", "reference", "referensi", "invoice", "external"),
    "payment": ("transaction id", "transaction_id", "payment id", "id transaksi"),
    "fee_tax": ("vat", "ppn", "tax", "pajak"),
    "fee": ("fee", "mdr", "biaya", "charge", "commission"),
    "net": ("net", "settlement amount", "settled amount", "bersih", "payout amount"),
    "date": ("settlement date", "settlement time", "settled", "tanggal", "date"),
    "gross": ("gross", "amount", "jumlah", "nominal", "total"),
}
#: Read in this order: "settlement fee" is a fee, "transaction id" no order.
ORDER = ("payment", "fee_tax", "fee", "date", "net", "order", "gross")
YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})(?!\d)"
)
DAY_FIRST = re.compile(
    r"(?P<day>\d{1,2})[-/ ](?P<month>\d{1,2}|[A-Za-z]{3,9})[-/ ](?P<year>\d{4})(?!\d)"
)
#: English and Indonesian, by the letters they begin with.
MONTHS = {
    **{"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "mei": 5, "jun": 6, "jul": 7},
    **{"aug": 8, "agu": 8, "agt": 8, "ags": 8, "sep": 9, "oct": 10, "okt": 10},
    **{"nov": 11, "nop": 11, "dec": 12, "des": 12},
}


class FileError(ValueError):
    """The file cannot be read; the text says why."""


def read_table(content: bytes, name: str) -> tuple[list[str], list[list[Any]]]:
    """(titles, rows) of a CSV or XLSX file; FileError when it is neither.

    Lines above the titles are skipped: the titles are the first line with at least
    two words in it, and no number.
    """
    if name.lower().endswith((".xlsx", ".xlsm")) or content[:2] == b"PK":
        lines = _sheet(content)
    else:
        lines = _csv(content)
    start = next((n for n, line in enumerate(lines) if _is_title(line)), None)
    if start is None:
        raise FileError("no line of titles was found")
    titles = [str(cell or "").strip() for cell in lines[start]]
    rows = [line for line in lines[start + 1 :] if any(_filled(c) for c in line)]
    return titles, [[*row, *[None] * (len(titles) - len(row))] for row in rows]


def _sheet(content: bytes) -> list[list[Any]]:
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except Exception as error:
        raise FileError("this is no Excel file") from error
    return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]


def _csv(content: bytes) -> list[list[Any]]:
    for encoding in ("utf-8-sig", "latin-1"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    sample = text[:4096]
    marks = {mark: sample.count(mark) for mark in ",;\t|"}
    mark = max(marks, key=lambda m: marks[m])
    return [list(row) for row in csv.reader(io.StringIO(text), delimiter=mark)]


def _filled(cell: Any) -> bool:
    return cell is not None and str(cell).strip() != ""


def _is_title(line: Sequence[Any]) -> bool:
    words = [str(cell) for cell in line if _filled(cell)]
    return len(words) >= 2 and all(re.search(r"[^\W\d]", word) for word in words)


def guess(titles: Sequence[str]) -> dict[str, str]:
    """{title: meaning} as far as the titles tell; every meaning once.

    >>> guess(["Order ID", "Transaction ID", "Gross Amount", "Fee", "VAT"])[
    ...     "VAT"
    ... ]
    'fee_tax'
    """
    found: dict[str, str] = {}
    for meaning in ORDER:
        for title in titles:
            words = title.lower().replace("_", " ")
            if title not in found and any(w in words for w in WORDS[meaning]):
                found[title] = meaning
                break
    return found


def amount_of(cell: Any) -> Decimal:
    """An amount in whatever way it is written; FileError when it is none.

    >>> amount_of("Rp 1.234.567"), amount_of("1,234.50"), amount_of("(4.000,00)")
    (Decimal('1234567'), Decimal('1234.50'), Decimal('-4000.00'))
    """
    if not _filled(cell):
        return Decimal(0)
    if isinstance(cell, int | float | Decimal):
        return Decimal(str(cell))
    text = re.sub(r"(?i)rp\.?|idr|\s", "", str(cell))
    negative = text.startswith(("-", "(")) or text.endswith("-")
    digits = _with_point(text.strip("()-+"))
    try:
        value = Decimal(digits)
    except InvalidOperation as error:
        raise FileError(f"not an amount: {str(cell)[:20]}") from error
    return -value if negative else value


def _with_point(text: str) -> str:
    """Separators of thousands away, a point before the fraction.

    The last separator starts a fraction unless three digits follow it, or it occurs
    more than once.
    """
    marks = [mark for mark in text if mark in ".,"]
    if not marks:
        return text
    last = marks[-1]
    whole, _mark, fraction = text.rpartition(last)
    thousands = len(set(marks)) == 1 and (len(marks) > 1 or len(fraction) == 3)
    if thousands:
        return text.replace(last, "")
    return f"{re.sub('[.,]', '', whole)}.{fraction}"


def date_of(cell: Any) -> date | None:
    """A day, None when the cell is empty; FileError when it is something else.

    >>> date_of("22/11/2026 10:15:00"), date_of("2026-11-22T03:15:00+07:00")
    (datetime.date(2026, 11, 22), datetime.date(2026, 11, 22))
    """
    if not _filled(cell):
        return None
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = str(cell).strip()
    found = YEAR_FIRST.match(text) or DAY_FIRST.match(text)
    if found:
        month = found["month"].lower()
        number = int(month) if month.isdigit() else MONTHS.get(month[:3], 0)
        with suppress(ValueError):
            return date(int(found["year"]), number, int(found["day"]))
    raise FileError(f"not a date: {text[:20]}")
