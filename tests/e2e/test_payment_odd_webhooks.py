"""Webhooks as gateways really write them, and as others would like to."""

import pytest

from .payment_world import BACKEND, PaymentWorld

FORGERIES = {
    "xendit": ["missing", "wrong", "other_account", "empty", "upper"],
    "midtrans": ["missing", "wrong", "other_account", "empty", "upper"],
}


@pytest.mark.parametrize("generation", ["v3", "legacy"])
@pytest.mark.parametrize("style", ["string", "decimal", "decimal_string"])
def test_amounts_count_however_they_are_written(
    xendit: PaymentWorld, style: str, generation: str
) -> None:
    values = {"va_api": generation}
    xendit.rpc(BACKEND, "write", [xendit.account], values)
    xendit.control.config(amount_style=style)
    (debt,) = xendit.ask(12_345_678)

    xendit.control.pay(debt.reference)

    xendit.wait_paid(debt)
    xendit.assert_books_agree()


@pytest.mark.parametrize(
    "setting", [{"omit_captures": True}, {"omit_currency": True}, {"data_type": "NEW"}]
)
def test_what_the_webhook_leaves_out_does_not_matter(
    xendit: PaymentWorld, setting: dict
) -> None:
    xendit.control.config(**setting)
    (debt,) = xendit.ask(98_765)

    xendit.control.pay(debt.reference)

    xendit.wait_paid(debt)
    xendit.assert_books_agree()


@pytest.mark.parametrize(
    "setting", [{"notification_without_status": True}, {"capitals": True}]
)
def test_the_status_of_a_notification_may_be_missing_or_in_capitals(
    midtrans: PaymentWorld, setting: dict
) -> None:
    midtrans.control.config(**setting)
    (debt,) = midtrans.ask(98_765)

    midtrans.control.pay(debt.reference)

    midtrans.wait_paid(debt)
    midtrans.assert_books_agree()


def test_an_older_webhook_without_currency_and_status_is_money(
    xendit: PaymentWorld,
) -> None:
    xendit.rpc(BACKEND, "write", [xendit.account], {"va_api": "legacy"})
    xendit.control.config(legacy_age="old")
    (debt,) = xendit.ask(54_321)

    xendit.control.pay(debt.reference)

    xendit.wait_paid(debt)
    xendit.assert_books_agree()


def test_foreign_money_is_kept_but_not_booked(gateway: PaymentWorld) -> None:
    (debt,) = gateway.ask(100_000)

    gateway.control.pay(debt.reference, currency="USD")

    gateway.assert_books_agree()
    assert gateway.receipts() == [(100_000, "held", None, "normal", "currency")]
    assert not gateway.paid([debt])


@pytest.mark.parametrize("provider", FORGERIES)
def test_a_forged_webhook_gets_401_and_leaves_only_a_count(
    request: pytest.FixtureRequest, provider: str
) -> None:
    gateway: PaymentWorld = request.getfixturevalue(provider)
    (debt,) = gateway.ask(75_000)
    gateway.wait_told()  # what is told of the account might ask, and find the money
    (payment,) = gateway.control.pay(debt.reference, quiet=True)
    before, counted = gateway.count_messages(), gateway.refusals()

    for forgery in FORGERIES[provider]:
        answers = gateway.control.event(payment, "paid", forged=forgery, copies=1)
        assert answers == [401], forgery

    assert gateway.count_messages() == before
    assert gateway.refusals() == counted + len(FORGERIES[provider])
    assert not gateway.receipts()
    assert gateway.control.event(payment, "paid") == [200]
    gateway.wait_paid(debt)
    gateway.assert_books_agree()


def test_a_webhook_of_the_other_gateway_is_a_forgery(
    gateways: dict[str, PaymentWorld], xendit: PaymentWorld
) -> None:
    (debt,) = xendit.ask(75_000)
    xendit.wait_told()
    (payment,) = xendit.control.pay(debt.reference, quiet=True)
    ours = xendit.control.config()["callback_url"]
    theirs = gateways["midtrans"].control.config()["callback_url"]
    before = xendit.count_messages()

    xendit.control.config(callback_url=theirs)
    assert xendit.control.event(payment, "paid") == [401]

    assert xendit.count_messages() == before
    xendit.control.config(callback_url=ours)
    assert xendit.control.event(payment, "paid") == [200]
    xendit.assert_books_agree()


def test_a_true_signature_under_an_altered_status_books_nothing(
    midtrans: PaymentWorld,
) -> None:
    (debt,) = midtrans.ask(900_000)
    pretended = {"transaction_status": "settlement", "fraud_status": "accept"}

    answers = midtrans.control.event(debt.reference, "pending", tamper=pretended)

    assert answers == [200], "its signature is right"
    midtrans.wait_told()
    midtrans.assert_books_agree()
    assert not midtrans.receipts()
    assert not midtrans.paid([debt])

    midtrans.control.pay(debt.reference)
    midtrans.wait_paid(debt)
    midtrans.assert_books_agree()


def test_a_true_signature_under_an_altered_code_is_refused(
    midtrans: PaymentWorld,
) -> None:
    (debt,) = midtrans.ask(900_000)
    pretended = {"transaction_status": "settlement", "status_code": "200"}

    answers = midtrans.control.event(debt.reference, "pending", tamper=pretended)

    assert answers == [401]


def test_xendit_s_token_can_be_changed_without_losing_a_webhook(
    xendit: PaymentWorld,
) -> None:
    old, new = xendit.control.config()["callback_token"], "a-new-callback-token-2027"
    early, late = xendit.ask(61_000, 62_000)

    xendit.type_keys(callback_token=new, callback_token_previous=old)
    xendit.control.pay(early.reference)
    xendit.wait_paid(early)
    xendit.control.rotate_key(new)
    xendit.control.pay(late.reference)
    xendit.wait_paid(late)
    xendit.assert_books_agree()

    xendit.type_keys(callback_token_previous=False)
    xendit.control.rotate_key(old)
    (payment, *_) = xendit.control.payments()
    assert xendit.control.event(payment, "paid") == [401]


def test_midtrans_s_key_can_be_changed_without_losing_a_notification(
    midtrans: PaymentWorld,
) -> None:
    old, new = midtrans.control.config()["server_key"], "SB-Mid-server-of-next-year"
    (debt,) = midtrans.ask(63_000)
    midtrans.wait_told()  # a call with the other key would disconnect the account
    midtrans.control.fault("push_reorder", path="payment.settlement", group=9)
    midtrans.control.pay(debt.reference)

    midtrans.control.rotate_key(new)
    midtrans.type_keys(server_key=new, server_key_previous=old)
    midtrans.control.release_pushes()
    midtrans.wait_paid(debt)
    midtrans.assert_books_agree()

    midtrans.type_keys(server_key_previous=False)
    push = midtrans.webhooks(debt.reference)[-1]
    assert midtrans.control.resend(push["push_id"]) == [401], "signed with the old key"
