"""What Midtrans tells: the bodies of answers and notifications, and who gets them."""

import json
from decimal import Decimal
from typing import Any

from tests.simulators.webhooks import Delivery

from .banks import MANDIRI, PERMATA, account
from .envelope import jakarta, money, new_id, zulu
from .signature import (
    MISSING,
    OTHER_ACCOUNT,
    OTHER_KEY,
    forge,
    iris_signature,
    notification_key,
)
from .state import CODES, Refund, Transaction

PAYMENT, PAYOUT, TOPUP = "payment", "payout", "topup"
IRIS_TOPICS = (PAYOUT, TOPUP)
HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/json",
    "User-Agent": "Veritrans",
}


def compact(payload: Any) -> bytes:
    return json.dumps(payload, separators=(",", ":")).encode()


# -- bodies ---------------------------------------------------------------------------


def describe(
    sim: Any, transaction: Transaction, code: str, message: str, status: str = ""
) -> dict[str, Any]:
    """A transaction as answers show it; ``status`` replaces the real one."""
    status = status or transaction.status
    body = {
        "status_code": code,
        "status_message": message,
        "transaction_id": transaction.id,
        "order_id": transaction.order_id,
        "merchant_id": sim.config["merchant_id"],
        "gross_amount": money(transaction.gross),
        "currency": transaction.currency,
        "payment_type": _payment_type(sim, transaction),
        "transaction_time": jakarta(transaction.created),
        "transaction_status": status.upper() if sim.config["capitals"] else status,
        "fraud_status": "accept",
        **account(transaction, sim.config["permata_form"]),
        "expiry_time": jakarta(transaction.expires_at),
    }
    return {**body, **_payment(transaction), **_refunds(transaction)}


def status_body(sim: Any, transaction: Transaction) -> dict[str, Any]:
    """What GET status answers, signature_key included."""
    code = CODES[transaction.status][0]
    body = describe(sim, transaction, code, "Success, transaction is found")
    return signed(sim, body)


def notification(sim: Any, transaction: Transaction, status: str = "") -> dict:
    """The body that is POSTed to the merchant, rightly signed."""
    code = CODES[status or transaction.status][1]
    message = "midtrans payment notification"
    body = describe(sim, transaction, code, message, status)
    if sim.config["notification_without_status"]:
        del body["transaction_status"]
    return signed(sim, body)


def signed(sim: Any, body: dict[str, Any], key: str = "") -> dict[str, Any]:
    """The body with its signature_key, by the account's key or another one."""
    signature = notification_key(
        str(body.get("order_id", "")),
        str(body.get("status_code", "")),
        str(body.get("gross_amount", "")),
        key or sim.config["server_key"],
    )
    return {**body, "signature_key": signature}


def _payment_type(sim: Any, transaction: Transaction) -> str:
    if transaction.bank == PERMATA:
        return sim.config["permata_payment_type"]
    return transaction.payment_type


def _payment(transaction: Transaction) -> dict[str, Any]:
    """Settlement time; what was paid, as each bank tells it or where it differs."""
    deposits, body = transaction.deposits, {}
    if transaction.settled_at is not None:
        body["settlement_time"] = jakarta(transaction.settled_at)
    if not deposits:
        return body
    shown = transaction.bank == "bni" or [transaction.gross] != [
        deposit.amount for deposit in deposits
    ]
    if shown or transaction.bank not in (MANDIRI, PERMATA):
        body["payment_amounts"] = [
            {"paid_at": jakarta(deposit.at), "amount": money(deposit.amount)}
            for deposit in deposits
            if shown
        ]
    return body


def _refunds(transaction: Transaction) -> dict[str, Any]:
    if not transaction.refunds:
        return {}
    return {
        "refund_amount": money(transaction.refunded),
        "refunds": [_refund(refund) for refund in transaction.refunds],
    }


def _refund(refund: Refund) -> dict[str, Any]:
    row = {
        "refund_chargeback_id": refund.number,
        "refund_amount": money(refund.amount),
        "created_at": jakarta(refund.at),
        "reason": refund.reason,
        "refund_key": refund.key,
    }
    if refund.confirmed_at is not None:
        row |= {
            "refund_method": "online",
            "bank_confirmed_at": jakarta(refund.confirmed_at),
        }
    return row


# -- sending --------------------------------------------------------------------------


def announce(sim: Any, transaction: Transaction, status: str = "") -> None:
    """Notify the addresses of the charge, or the account's."""
    urls = transaction.urls or addresses(sim)
    body = compact(notification(sim, transaction, status))
    topic = f"{PAYMENT}.{status or transaction.status}"
    sim.pushes.send(topic, transaction.order_id, body, urls)


def announce_payout(sim: Any, key: str, payload: dict[str, Any]) -> None:
    """Notify of a payout; the address may differ from that of payments."""
    url = sim.config["payout_callback_url"] or sim.config["callback_url"]
    sim.pushes.send(f"{PAYOUT}.{payload['status']}", key, compact(payload), _only(url))


def announce_topup(sim: Any, amount: Decimal) -> None:
    """Notify of a top-up: another shape, the same address as payouts."""
    payload = {
        "transaction_id": new_id(sim.random),
        "order_id": f"topup-{new_id(sim.random)[:8]}",
        "gross_amount": money(amount),
        "status": "topup",
        "transaction_time": zulu(sim.clock.now()),
    }
    url = sim.config["payout_callback_url"] or sim.config["callback_url"]
    sim.pushes.send(TOPUP, payload["order_id"], compact(payload), _only(url))


def addresses(sim: Any, headers: Any = ()) -> tuple[str, ...]:
    """Where notifications go: the account's address, replaced or added to."""
    usual = _only(sim.config["callback_url"])
    override = _split(headers, "X-Override-Notification")
    append = _split(headers, "X-Append-Notification")
    return override or (*usual, *append)


def _split(headers: Any, name: str) -> tuple[str, ...]:
    text = headers.get(name, "") if headers else ""
    return tuple(url.strip() for url in text.split(",") if url.strip())[:3]


def _only(url: str) -> tuple[str, ...]:
    return (url,) if url else ()


def dress(sim: Any, delivery: Delivery) -> tuple[dict[str, str], bytes]:
    """Headers and body of one attempt, spoiled when the delivery is forged."""
    if delivery.topic.split(".")[0] in IRIS_TOPICS:
        return {**HEADERS, **_iris_header(sim, delivery)}, delivery.body
    return dict(HEADERS), _forged_body(sim, delivery)


def _iris_header(sim: Any, delivery: Delivery) -> dict[str, str]:
    how, key = delivery.forged, sim.config["iris_merchant_key"]
    if how == MISSING:
        return {}
    if how == OTHER_ACCOUNT:
        key = OTHER_KEY
    good = iris_signature(delivery.body, key)
    plain = not how or how == OTHER_ACCOUNT
    return {"Iris-Signature": good if plain else forge(good, how)}


def _forged_body(sim: Any, delivery: Delivery) -> bytes:
    if not delivery.forged:
        return delivery.body
    try:
        body = json.loads(delivery.body)
    except ValueError:
        return delivery.body
    if delivery.forged == OTHER_ACCOUNT:
        return compact(signed(sim, body, OTHER_KEY))
    good = body.pop("signature_key", "")
    if delivery.forged != MISSING:
        body["signature_key"] = forge(good, delivery.forged)
    return compact(body)
