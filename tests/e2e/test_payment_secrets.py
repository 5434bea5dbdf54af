"""Nothing that must stay secret stands where it could be read."""

import pytest

from .payment_world import PaymentWorld
from .waiting import until

COMPLAINT = "Webhook not stored"
#: Where people and their tools look: {table: columns}.
READ_BY_MANY = {
    "erp_connector_call": ["path", "request_excerpt", "response_excerpt", "error"],
    "erp_connector_message": ["error", "note", "history::text", "reference"],
    "mail_message": ["body", "subject"],
    "mail_tracking_value": ["old_value_char", "new_value_char", "new_value_text"],
    "mail_activity": ["note", "summary"],
    "connector_payment_payout": ["failure", "failure_code", "raw_status"],
    "connector_payment_va": ["error", "raw_status"],
    "erp_connector_backend": ["state_reason"],
}


@pytest.fixture
def troubled(gateway: PaymentWorld) -> PaymentWorld:
    """After much that may be written about: lost answers, refusals, forgeries."""
    control = gateway.control
    (debt,) = gateway.ask(55_000)
    control.pay(debt.reference)
    (payment,) = control.payments()
    control.event(payment, "paid", forged="wrong")
    for call, kind in enumerate(("cut_after", "invalid_json", "html", "too_many")):
        control.fault(kind, path="*payouts", after=call, count=1)
    good = gateway.approve(31_000, 32_000, 33_000, 34_000, 35_000)
    bad = [gateway.approve(41_000, number=n)[0] for n in ("123456", "654321")]
    gateway.assert_books_agree(push=["uncertain", "retry"])
    gateway.wait_payouts("succeeded", good)
    until(lambda: ended(gateway, bad) <= {"failed", "reversed"}, hope="bad ones fail")
    stall(gateway)
    return gateway


def test_no_key_and_no_payee_s_account_is_in_a_log_a_journal_or_a_note(
    troubled: PaymentWorld,
) -> None:
    log = troubled.stack.log()
    secrets = sorted(troubled.confidential)
    assert len(secrets) > 8, "there is something to find"

    assert not [text for text in secrets if text in log]
    for table, columns in READ_BY_MANY.items():
        text = written(troubled, table, columns)
        assert not [secret for secret in secrets if secret in text], table


def test_a_refused_key_is_in_no_log_and_no_note(gateway: PaymentWorld) -> None:
    wrong = {"xendit": "xnd_development_of_somebody", "midtrans": "SB-Mid-server-other"}
    codes = {"xendit": "secret_key", "midtrans": "server_key"}
    gateway.type_keys(**{codes[gateway.provider]: wrong[gateway.provider]})

    gateway.invoice(66_000)
    until(lambda: state(gateway) == "disconnected", hope="the account is disconnected")

    assert wrong[gateway.provider] not in gateway.stack.log()
    for table, columns in READ_BY_MANY.items():
        assert wrong[gateway.provider] not in written(gateway, table, columns), table


def stall(gateway: PaymentWorld) -> None:
    """The database cannot store what the gateway tells of a payout."""
    gateway.control.config(payout_mode="manual", retry_scale=0.005)
    (payout,) = gateway.approve(51_000)
    gateway.wait_payouts("sent", [payout])
    gateway.wait_told()
    with gateway.held("LOCK TABLE erp_connector_message IN EXCLUSIVE MODE"):
        name = gateway.payouts([payout])[0]["name"]
        gateway.control.payout_outcome(name, "succeed")
        answers = gateway.wait_refused()
    assert {answer["status"] for answer in answers} == {503}
    assert COMPLAINT in gateway.stack.log(), "once a minute, whose ever it was"
    gateway.wait_payouts("succeeded", [payout])
    gateway.assert_books_agree()


def ended(gateway: PaymentWorld, payouts: list[int]) -> set[str]:
    """The states of these payouts."""
    return {payout["state"] for payout in gateway.payouts(payouts)}


def state(gateway: PaymentWorld) -> str:
    """Of the account."""
    query = "SELECT state FROM erp_connector_backend WHERE id = %s"
    return gateway.sql(query, gateway.account)[0][0]


def written(gateway: PaymentWorld, table: str, columns: list[str]) -> str:
    """All that stands in these columns."""
    fields = ", ".join(columns)
    rows = gateway.sql(
        f"SELECT concat_ws(' ', {fields}) FROM {table}"  # noqa: S608
    )
    return "\n".join(text for (text,) in rows)
