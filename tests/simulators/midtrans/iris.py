"""The interface of Iris: creators make payouts, approvers send or reject them."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from . import totp
from .envelope import JAKARTA, Call, IrisError, amount_of, money, zulu
from .payouts import QUEUED, REJECTED, Payout, approve, turn
from .wallet import TOPUP

CREATING = "An error occurred when creating payouts"
APPROVING = "An error occurred when approving payouts"
REJECTING = "An error occurred when rejecting payouts"
VALIDATING = "An error occurred when doing account validation"
BLANK = "can't be blank"
POOR = "Partner does not have sufficient balance for the payout"
BANKS = {
    "bca": "PT. BANK CENTRAL ASIA TBK.",
    "bni": "PT. BANK NEGARA INDONESIA (PERSERO)",
    "bri": "PT. BANK RAKYAT INDONESIA (PERSERO)",
    "mandiri": "PT. BANK MANDIRI (PERSERO) TBK.",
    "cimb": "PT. BANK CIMB NIAGA TBK.",
    "permata": "PT. BANK PERMATA TBK.",
    "bsi": "PT. BANK SYARIAH INDONESIA TBK.",
    "danamon": "PT. BANK DANAMON INDONESIA TBK.",
    "gopay": "GO-PAY",
}
REQUIRED = ("beneficiary_name", "beneficiary_account", "beneficiary_bank", "amount")
HOLDERS = ("BUDI SANTOSO", "SITI RAHAYU", "AGUS WIJAYA", "DEWI LESTARI")
MAX_NOTES = 100
MAX_KEY = 100


def create(sim: Any, call: Call) -> tuple[int, Any]:
    """Queue payouts; the same X-Idempotency-Key gets the same answer again."""
    key = call.headers.get("X-Idempotency-Key", "")
    if len(key) > MAX_KEY:
        raise IrisError(400, CREATING, ["X-Idempotency-Key is too long"])
    if key and key in sim.payout_answers:
        return 201, sim.payout_answers[key]
    payouts = [_queue(sim, row, key) for row in _valid(call.body)]
    rows = [{"status": p.status, "reference_no": p.reference_no} for p in payouts]
    answer = {"payouts": rows} if sim.config["payout_answer"] == "object" else rows
    if key:
        sim.payout_answers[key] = answer
    return 201, answer


def _valid(body: dict[str, Any]) -> list[dict[str, Any]]:
    rows = body.get("payouts")
    if not isinstance(rows, list) or not rows:
        raise IrisError(400, CREATING, {"payouts": [BLANK]})
    errors = {str(n): found for n, row in enumerate(rows) if (found := _faults(row))}
    if errors:
        raise IrisError(400, CREATING, errors)
    return rows


def _faults(row: Any) -> list[str]:
    if not isinstance(row, dict):
        return ["is not an object"]
    blank = [f"{name} {BLANK}" for name in REQUIRED if not row.get(name)]
    if blank:
        return blank
    faults = []
    amount = amount_of(row["amount"])
    if not isinstance(row["amount"], str) or amount is None or amount <= 0:
        faults.append("amount is invalid")
    if row["beneficiary_bank"] not in BANKS:
        faults.append("beneficiary_bank is not supported")
    if len(str(row.get("notes", ""))) > MAX_NOTES:
        faults.append(f"notes is too long (maximum is {MAX_NOTES} characters)")
    return faults


def _queue(sim: Any, row: dict[str, Any], key: str) -> Payout:
    now = sim.clock.now()
    payout = Payout(
        reference_no=f"{sim.random.getrandbits(72):018x}",
        name=str(row["beneficiary_name"]),
        account=str(row["beneficiary_account"]),
        bank=row["beneficiary_bank"],
        amount=Decimal(row["amount"]),
        notes=str(row.get("notes", "")),
        email=str(row.get("beneficiary_email", "")),
        key=key,
        created=now,
        updated=now,
    )
    sim.payouts[payout.reference_no] = payout
    return payout


def approve_many(sim: Any, call: Call) -> tuple[int, Any]:
    """Send queued payouts, all or none."""
    given = str(call.body.get("otp", ""))
    if not _opens(sim, given):
        raise IrisError(400, APPROVING, ["OTP is invalid"])
    payouts = _queued(sim, call, APPROVING)
    need = sum(p.amount for p in payouts) + sim.config["payout_fee"] * len(payouts)
    if need > sim.wallet.balance:
        raise IrisError(400, APPROVING, [POOR])
    for payout in payouts:
        approve(sim, payout)
    sim.codes_used.add(given)
    return 202, {"status": "ok"}


def _opens(sim: Any, given: str) -> bool:
    """A password of ``otp_secret`` works once and not for long; ``otp`` is for good."""
    secret, wanted = sim.config["otp_secret"], sim.config["otp"]
    if secret:
        fresh = given not in sim.codes_used
        return fresh and totp.fits(secret, given, sim.clock.now())
    return not wanted or given == wanted


def reject_many(sim: Any, call: Call) -> tuple[int, Any]:
    if not call.body.get("reject_reason"):
        raise IrisError(400, REJECTING, [f"reject_reason {BLANK}"])
    for payout in _queued(sim, call, REJECTING):
        turn(sim, payout, REJECTED)
    return 202, {"status": "ok"}


def _queued(sim: Any, call: Call, message: str) -> list[Payout]:
    numbers = call.body.get("reference_nos")
    if not isinstance(numbers, list) or not numbers:
        raise IrisError(400, message, [f"reference_nos {BLANK}"])
    unknown = [number for number in numbers if number not in sim.payouts]
    if unknown:
        raise IrisError(404, message, [f"{number} not found" for number in unknown])
    payouts = [sim.payouts[number] for number in dict.fromkeys(numbers)]
    late = [p.reference_no for p in payouts if p.status != QUEUED]
    if late:
        raise IrisError(400, message, [f"{number} is not queued" for number in late])
    return payouts


def detail(sim: Any, call: Call) -> tuple[int, Any]:
    """One payout; why it failed is not told here."""
    payout = sim.payouts.get(call.name)
    if payout is None:
        raise IrisError(404, "Payout not found")
    return 200, {
        "amount": money(payout.amount),
        "beneficiary_name": payout.name,
        "beneficiary_account": payout.account,
        "bank": BANKS[payout.bank],
        "reference_no": payout.reference_no,
        "notes": payout.notes,
        "beneficiary_email": payout.email,
        "status": payout.status,
        "created_by": "Simulator",
        "created_at": zulu(payout.created),
        "updated_at": zulu(payout.updated),
    }


# -- what there is to know ------------------------------------------------------------


def balance(sim: Any, call: Call) -> tuple[int, Any]:
    return 200, {"balance": money(sim.wallet.balance)}


def statements(sim: Any, call: Call) -> tuple[int, Any]:
    """Every move of the wallet between two days of Jakarta, both included."""
    start, end = (_day(call, name) for name in ("from_date", "to_date"))
    moves = [m for m in sim.wallet.moves if start <= _date(m.at) <= end]
    return 200, [_statement(sim, move) for move in moves]


def _statement(sim: Any, move: Any) -> dict[str, Any]:
    payout = sim.payouts.get(move.key)
    return {
        "reference_no": move.key,
        "beneficiary_name": payout.name if payout else "",
        "beneficiary_account": payout.account if payout else "",
        "account": "Simulator",
        "type": "Topup" if move.kind == TOPUP else move.kind.capitalize(),
        "amount": money(abs(move.amount)),
        "status": "credit" if move.amount > 0 else "debit",
        "created_at": zulu(move.at),
    }


def _day(call: Call, name: str) -> str:
    text = call.args.get(name, "")
    try:
        return datetime.strptime(text, "%Y-%m-%d").date().isoformat()  # noqa: DTZ007
    except ValueError:
        raise IrisError(400, "Invalid date", {name: ["is invalid"]}) from None


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, JAKARTA).date().isoformat()


def banks(sim: Any, call: Call) -> tuple[int, Any]:
    rows = [{"code": code, "name": name} for code, name in BANKS.items()]
    return 200, {"beneficiary_banks": rows}


def channels(sim: Any, call: Call) -> tuple[int, Any]:
    """Where the merchant sends money to, to fill the wallet."""
    return 200, [
        {
            "id": 1,
            "virtual_account_type": "mandiri_bill_key",
            "virtual_account_number": "991385480006",
        },
        {
            "id": 2,
            "virtual_account_type": "bca_va",
            "virtual_account_number": "70199999000001",
        },
    ]


def validate(sim: Any, call: Call) -> tuple[int, Any]:
    """The holder of an account: ``account_names`` says, or chance that repeats."""
    bank, number = call.args.get("bank", ""), call.args.get("account", "")
    if bank not in BANKS:
        raise IrisError(400, VALIDATING, {"bank": ["is not supported"]})
    if not number.isdigit() or number in sim.config["invalid_accounts"]:
        raise IrisError(400, VALIDATING, {"account": ["does not exist"]})
    name = sim.config["account_names"].get(number)
    return 200, {
        "account_name": name or HOLDERS[int(number) % len(HOLDERS)],
        "account_no": number,
        "bank_name": bank,
    }
