"""A person releases payouts with a one-time password, on the screen."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from .browser import Person, chromium
from .payment_world import BACKEND, PaymentWorld

#: Where a password could be left behind.
TABLES = ("connector_payment_release", "erp_connector_call", "mail_message")
RELEASE = "connector.payment.release"
PAYOUT = "connector.payment.payout"


@pytest.fixture
def guarded(midtrans: PaymentWorld) -> Iterator[PaymentWorld]:
    """Iris wants the approver's password for each release."""
    midtrans.rpc(BACKEND, "write", [midtrans.account], {"payout_release": "otp"})
    midtrans.control.config(otp_secret="of the approver's telephone")
    yield midtrans
    midtrans.control.config(otp_secret="")
    midtrans.rpc(BACKEND, "write", [midtrans.account], {"payout_release": "odoo"})


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def releaser(world: PaymentWorld) -> str:
    """The login, and password, of one more approver."""
    login = f"releaser-{world.last('res_users')}"
    (row,) = world.sql(
        "SELECT res_id FROM ir_model_data WHERE module = 'connector_payment' "
        "AND name = 'group_approver'"
    )
    user = {"name": login, "login": login, "password": login}
    world.rpc("res.users", "create", [{**user, "group_ids": [[4, row[0]]]}])
    return login


def shows(text: str, password: str) -> bool:
    """Six digits also turn up within ids and moments: that is not the password."""
    return bool(re.search(rf"(?<![0-9A-Za-z.]){password}(?![0-9A-Za-z])", text))


def test_payouts_are_released_by_one_password_which_is_kept_nowhere(
    guarded: PaymentWorld,
) -> None:
    begun = len(guarded.stack.log())
    before = {table: guarded.last(table) for table in TABLES}
    payouts = guarded.approve(31_000, 32_000, 33_000)
    guarded.wait_payouts("queued", payouts)
    approver = guarded.hands["approver"]
    action = approver.call(PAYOUT, "action_release", [payouts])
    wizard = [action["res_id"]]

    def type_in(password: str) -> bool:
        approver.call(RELEASE, "write", [wizard, {"password": password}])
        approver.call(RELEASE, "action_release", [wizard])
        wanted = {"fields": ["is_released", "result"]}
        (told,) = approver.call(RELEASE, "read", [wizard], wanted)
        return told["is_released"] or told["result"]

    assert "OTP is invalid" in type_in("000000")
    assert "OTP is invalid" in type_in(guarded.control.otp(ago=300))
    guarded.wait_payouts("queued", payouts)
    guarded.control.fault("cut_after", path="*/payouts/approve", count=1)
    password = guarded.control.otp()
    assert "not known" in type_in(password)

    guarded.wait_payouts("succeeded", payouts)
    assert len(guarded.control.payouts()) == 3
    guarded.assert_books_agree()
    assert not shows(guarded.stack.log()[begun:], password)
    for table, last in before.items():
        query = f"SELECT t::text FROM {table} t WHERE id > %s"  # noqa: S608
        rows = guarded.sql(query, last)
        assert rows, table
        assert not [row for (row,) in rows if shows(row, password)], table


def test_an_approver_types_the_password_on_the_batch(
    guarded: PaymentWorld, browser: Browser
) -> None:
    payouts = guarded.approve(41_000, 42_000)
    guarded.wait_payouts("queued", payouts)
    (batch,) = guarded.sql(
        "SELECT DISTINCT batch_id FROM connector_payment_payout WHERE id = ANY(%s)",
        payouts,
    )
    person = Person(browser, guarded.stack, releaser(guarded))
    page = person.page
    person.show(f"payout-batches/{batch[0]}")
    page.get_by_role("button", name="Release with Password").click()
    dialogue = page.locator(".modal")
    for fresh, said in ((False, "OTP is invalid"), (True, "has released them")):
        password = guarded.control.otp() if fresh else "000000"
        dialogue.locator("[name=password] input").fill(password)
        dialogue.get_by_role("button", name="Release").click()
        dialogue.get_by_text(said).wait_for()
        assert password not in dialogue.inner_text()
    assert not person.complaints
    guarded.wait_payouts("succeeded", payouts)
    guarded.assert_books_agree()
