"""Payouts v2: accepted once a key, checked against the balance, ended later."""

import json
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.simulators.framework import ControlError

from . import push, reversals
from .banks import BANKS, BCA_DIGITS, PAYOUT_LEAST, PAYOUT_MOST, payout_channels
from .books import Payout
from .envelope import ApiError, Call, Endpoint, invalid, iso, not_found

FIELDS = (
    "reference_id",
    "channel_code",
    "channel_properties",
    "amount",
    "currency",
    "description",
    "receipt_notification",
    "metadata",
)
CREATE = "POST /v2/payouts"
ON_ITS_WAY = ("ACCEPTED", "PENDING_COMPLIANCE_ASSESSMENT", "REQUESTED")
# Sandbox account numbers: the outcomes one after another, the code of a failure.
SANDBOX: dict[str, tuple[tuple[str, ...], str]] = {
    "131313": ((), ""),
    "123456": (("fail",), "TEMPORARY_TRANSFER_ERROR"),
    "999999": (("fail",), "REJECTED_BY_CHANNEL"),
    "121212": (("fail",), "INVALID_DESTINATION"),
    "654321": (("succeed", "reverse"), ""),
}
USUAL = (("succeed",), "")
STATES = {
    "SUCCEEDED": "succeeded",
    "FAILED": "failed",
    "COMPLIANCE_REJECTED": "failed",
    "EXPIRED": "failed",
    "CANCELLED": "cancelled",
    "REVERSED": "reversed",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a payout may end. ``row``: what the ledger calls it then."""

    allowed: tuple[str, ...]
    status: str
    row: str
    event: str = ""
    returned: bool = True


OUTCOMES = {
    "succeed": Outcome(ON_ITS_WAY, "SUCCEEDED", "SUCCESS", "payout.succeeded", False),
    "fail": Outcome(ON_ITS_WAY, "FAILED", "FAILED", "payout.failed"),
    "reverse": Outcome(("SUCCEEDED",), "REVERSED", "REVERSED", "payout.reversed"),
    "cancel": Outcome(("ACCEPTED",), "CANCELLED", "VOIDED"),
    "expire": Outcome(ON_ITS_WAY, "EXPIRED", "VOIDED"),
    "comply": Outcome(
        ("ACCEPTED",), "PENDING_COMPLIANCE_ASSESSMENT", "PENDING", "", False
    ),
    "reject": Outcome(ON_ITS_WAY, "COMPLIANCE_REJECTED", "FAILED"),
    "stuck": Outcome(ON_ITS_WAY, "REQUESTED", "PENDING", "", False),
}


def payout_object(sim: Any, payout: Payout) -> dict[str, Any]:
    """A payout as Xendit shows it."""
    body = payout.body | {
        "id": payout.id,
        "business_id": sim.config["business_id"],
        "status": payout.status,
        "created": iso(payout.created),
        "updated": iso(payout.updated),
        "estimated_arrival_time": iso(payout.created + 900),
    }
    if payout.failure_code:
        body["failure_code"] = payout.failure_code
    return body


def entry(payout: Payout) -> dict[str, Any]:
    """The row of the ledger."""
    return {
        "id": payout.id,
        "reference": payout.reference,
        "account_number": payout.account_number,
        "holder": payout.holder,
        "bank": payout.channel.removeprefix("ID_"),
        "amount": payout.amount,
        "status": STATES.get(payout.status, "pending"),
        "failure_code": payout.failure_code,
        "idempotency_key": payout.idempotency_key,
        "created": payout.created,
    }


# -- interface ------------------------------------------------------------------------


def create(sim: Any, call: Call) -> dict[str, Any]:
    """POST /v2/payouts: the same key and body answer the same payout for ever."""
    key = call.headers.get("idempotency-key", "")
    if not key:
        raise invalid("idempotency-key", "the header is required", "header")
    said = json.dumps(call.body, sort_keys=True)
    try:
        payout = sim.books.replay(CREATE, key, said)
    except KeyError:
        raise ApiError(409, "DUPLICATE_ERROR", "The idempotency key was used before.")
    if payout is None:
        payout = _create(sim, call, key)
        sim.books.remember(CREATE, key, said, payout)
    return payout_object(sim, payout)


def _create(sim: Any, call: Call, key: str) -> Payout:
    call.only(*FIELDS)
    _check_body(call)
    properties = call.mapping("channel_properties")
    enough = sim.books.balance >= call.body["amount"] + _cost(sim)
    if not enough and sim.config["insufficient_balance_at_once"]:
        raise ApiError(400, "INSUFFICIENT_BALANCE", "The balance is too low.")
    payout = Payout(
        id=sim.books.uuid("disb-"),
        reference=call.text("reference_id"),
        channel=call.body["channel_code"],
        account_number=str(properties.get("account_number", "")),
        holder=str(properties.get("account_holder_name", "")),
        amount=int(call.body["amount"]),
        idempotency_key=key,
        created=sim.now(),
        updated=sim.now(),
        body=call.body,
    )
    sim.books.add_payout(payout)
    _take(sim, payout, enough)
    _plan(sim, payout, enough)
    return payout


def _check_body(call: Call) -> None:
    call.text("reference_id")
    call.text("description", 100, required=False)
    if call.text("channel_code").removeprefix("ID_") not in BANKS:
        raise invalid("channel_code", "the channel does not exist")
    if call.text("currency") != "IDR":
        raise invalid("currency", "the channel pays IDR")
    if not PAYOUT_LEAST <= call.amount("amount") <= PAYOUT_MOST:
        raise invalid("amount", f"between {PAYOUT_LEAST} and {PAYOUT_MOST}")
    if not str(call.mapping("channel_properties").get("account_number", "")).isdigit():
        raise invalid("channel_properties.account_number", "digits are required")


def _cost(sim: Any) -> int:
    fee = int(sim.config["payout_fee"])
    return fee + sim.vat(fee)


def _take(sim: Any, payout: Payout, enough: bool) -> None:
    """The money leaves the balance at once; without enough there is no row."""
    if not enough:
        return
    fee = int(sim.config["payout_fee"])
    payout.transaction = sim.books.add_transaction(
        product_id=payout.id,
        type="DISBURSEMENT",
        category="BANK",
        channel=payout.channel.removeprefix("ID_"),
        reference=payout.reference,
        account_number=payout.account_number,
        amount=payout.amount,
        money_in=False,
        created=payout.created,
        updated=payout.created,
        status="PENDING",
        fee=fee,
        vat=sim.vat(fee),
        fee_status="PENDING",
    )
    sim.books.balance -= payout.transaction.net


def get(sim: Any, call: Call) -> dict[str, Any]:
    """GET /v2/payouts/{id}."""
    return payout_object(sim, _find(sim, call))


def search(sim: Any, call: Call) -> list[dict[str, Any]]:
    """GET /v2/payouts?reference_id=: an array, empty when unknown."""
    reference = call.args.get("reference_id", "")
    if not reference:
        raise invalid("reference_id", "is required", "query")
    return [payout_object(sim, payout) for payout in sim.books.payouts_of(reference)]


def cancel(sim: Any, call: Call) -> dict[str, Any]:
    """POST /v2/payouts/{id}/cancel: only while it is ACCEPTED."""
    payout = _find(sim, call)
    if payout.status != "ACCEPTED":
        message = f"The payout is {payout.status} and cannot be cancelled."
        raise ApiError(409, "INVALID_PAYOUT_STATUS", message)
    end(sim, payout, "cancel")
    return payout_object(sim, payout)


def channels(sim: Any, call: Call) -> list[dict[str, Any]]:
    """GET /payouts_channels."""
    return payout_channels()


def _find(sim: Any, call: Call) -> Payout:
    payout = sim.books.payouts.get(call.id)
    if payout is None:
        raise not_found()
    return payout


# -- outcomes -------------------------------------------------------------------------


def end(sim: Any, payout: Payout, outcome: str, failure_code: str = "") -> None:
    """One arrow of the state machine; ControlError where there is none."""
    if outcome not in OUTCOMES:
        raise ControlError(f"outcome must be one of {', '.join(OUTCOMES)}")
    change = OUTCOMES[outcome]
    if payout.status not in change.allowed:
        raise ControlError(f"cannot {outcome} {payout.id}: it is {payout.status}")
    payout.status, payout.updated = change.status, sim.now()
    payout.stuck = outcome == "stuck"
    if outcome == "fail":
        payout.failure_code = failure_code or "TRANSFER_ERROR"
    _enter(sim, payout, change)
    if change.event:
        data = payout_object(sim, payout)
        push.payout_event(sim, change.event, data, payout.reference)


def _enter(sim: Any, payout: Payout, change: Outcome) -> None:
    row = payout.transaction
    if row is None:
        return
    if change.row == "REVERSED":
        reversals.take_back(sim, row, moved=True)
        return
    row.status, row.updated = change.row, payout.updated
    row.fee_status = "PENDING" if change.row == "PENDING" else "COMPLETED"
    if change.returned:
        row.fee_status = "CANCELED"
        sim.books.balance += row.net


def _plan(sim: Any, payout: Payout, enough: bool) -> None:
    """What happens by itself, a ``payout_delay`` after another."""
    if not enough:
        outcomes, code = ("fail",), "INSUFFICIENT_BALANCE"
    elif sim.config["payout_mode"] != "auto":
        return
    else:
        outcomes, code = _fate(payout)
    due = sim.clock.now()
    for outcome in outcomes:
        due += float(sim.config["payout_delay"])
        sim.agenda.at(due, partial(_end_if_open, sim, payout, outcome, code))


def _fate(payout: Payout) -> tuple[tuple[str, ...], str]:
    number = payout.account_number
    if number in SANDBOX:
        return SANDBOX[number]
    if payout.channel == "ID_BCA" and len(number) != BCA_DIGITS:
        return ("fail",), "INVALID_DESTINATION"
    return USUAL


def _end_if_open(sim: Any, payout: Payout, outcome: str, code: str) -> None:
    if not payout.stuck and payout.status in OUTCOMES[outcome].allowed:
        end(sim, payout, outcome, code)


ROOT = "/v2/payouts"
ROUTES = (
    Endpoint("POST", ROOT, create, "payouts"),
    Endpoint("GET", ROOT, search, "payouts"),
    Endpoint("GET", f"{ROOT}/<id>", get, "payouts"),
    Endpoint("POST", f"{ROOT}/<id>/cancel", cancel, "payouts"),
    Endpoint("GET", "/payouts_channels", channels, "payouts"),
)
