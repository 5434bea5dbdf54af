"""Money that goes back, told by the gateway's ledger alone: the books follow it."""

from collections.abc import Iterator

import pytest

from .payment_world import Debt, PaymentWorld
from .waiting import until

BACKEND = "erp.connector.backend"
TOOK_BACK = "%took the payment%"


class Balances:
    """The gateway's balance, there and in the books, since a moment."""

    def __init__(self, world: PaymentWorld) -> None:
        self.world = world
        world.look()
        until(lambda: not world.unfinished(), hope="the first look is over")
        self.begun = self.now()

    def now(self) -> tuple[int, int]:
        """(there, here)."""
        (here,) = self.world.sql(
            "SELECT COALESCE(sum(l.balance), 0)::bigint FROM account_move_line l "
            "JOIN erp_connector_backend b ON b.id = %s "
            "JOIN account_journal j ON j.id = b.journal_id "
            "AND j.default_account_id = l.account_id WHERE l.parent_state = 'posted'",
            self.world.account,
        )
        return self.world.control.balance(), here[0]

    def moved(self) -> tuple[int, int]:
        there, here = self.now()
        return there - self.begun[0], here - self.begun[1]

    def assert_agree(self, wanted: int) -> None:
        """Both have moved by so much, to the rupiah, and it stays so."""
        hope = f"both balances moved by {wanted}"
        until(lambda: self.looked() == (wanted, wanted), hope=hope)
        entries = self.entries()
        self.world.control.act("touch")
        self.looked()
        assert self.looked() == (wanted, wanted)
        assert self.entries() == entries
        self.world.assert_books_agree()

    def looked(self) -> tuple[int, int]:
        self.world.look()
        until(lambda: not self.world.unfinished(), hope="the look is over")
        return self.moved()

    def entries(self) -> int:
        query = "SELECT count(*) FROM account_move WHERE id > %s"
        return self.world.sql(query, self.world.marks["moves"])[0][0]


@pytest.fixture
def balances(xendit: PaymentWorld) -> Iterator[Balances]:
    defaults = {"reversal_keeps_fee": False, "chargeback_fee": 0}
    yield Balances(xendit)
    xendit.control.config(**defaults)


def paid(world: PaymentWorld, settled: bool = True) -> tuple[Debt, str]:
    """A paid invoice; its money in the gateway's balance, if it is settled."""
    (debt,) = world.ask(265_000)
    world.control.pay(debt.reference)
    world.wait_paid(debt)
    (payment,) = world.control.payments()
    if settled:
        world.control.settle(payment)
    return debt, payment


def assert_open_with_a_trace(world: PaymentWorld, debt: Debt) -> None:
    """The invoice is owed again; a note on it and on the receipt, one activity."""
    until(lambda: not world.paid([debt]), hope="the invoice is open again")
    rows = world.sql(
        "SELECT model, count(*) FROM mail_message WHERE body LIKE %s AND "
        "(model = 'account.move' AND res_id = %s OR model = "
        "'connector.payment.receipt' AND res_id = (SELECT max(id) "
        "FROM connector_payment_receipt)) GROUP BY model",
        TOOK_BACK,
        debt.invoice,
    )
    assert dict(rows) == {"account.move": 1, "connector.payment.receipt": 1}
    assert [row[1] for row in world.receipts()] == ["reversed"]
    (receipt,) = world.sql("SELECT max(id) FROM connector_payment_receipt")
    told = world.activities("connector.payment.receipt", receipt[0])
    assert told == {"Payment taken back"}


@pytest.mark.parametrize(("keeps", "left"), [(False, 0), (True, -4440)])
def test_settled_money_that_is_reversed_leaves_the_balance(
    xendit: PaymentWorld, balances: Balances, keeps: bool, left: int
) -> None:
    xendit.control.config(reversal_keeps_fee=keeps)
    debt, payment = paid(xendit)
    balances.assert_agree(260_560)

    xendit.control.reverse(payment)

    balances.assert_agree(left)
    assert_open_with_a_trace(xendit, debt)


@pytest.mark.parametrize("how", ["row", "void"])
def test_money_that_is_reversed_before_it_settles_never_reaches_the_balance(
    xendit: PaymentWorld, balances: Balances, how: str
) -> None:
    debt, payment = paid(xendit, settled=False)

    xendit.control.reverse(payment, how=how)
    xendit.look()

    assert_open_with_a_trace(xendit, debt)
    balances.assert_agree(0)


@pytest.mark.parametrize("settled", [True, False])
def test_a_chargeback_and_its_fee_are_booked_whenever_the_payment_settles(
    xendit: PaymentWorld, balances: Balances, settled: bool
) -> None:
    xendit.control.config(chargeback_fee=25_000)
    debt, payment = paid(xendit, settled)

    xendit.control.reverse(payment, how="chargeback")
    if not settled:
        balances.assert_agree(-292_750)
        xendit.control.settle(payment)

    balances.assert_agree(260_560 - 292_750)
    assert_open_with_a_trace(xendit, debt)


def test_the_ledger_tells_of_the_reversal_before_the_webhook_of_the_payment(
    xendit: PaymentWorld, balances: Balances
) -> None:
    (debt,) = xendit.ask(265_000)
    (payment,) = xendit.control.pay(debt.reference, quiet=True)
    xendit.control.reverse(payment)
    balances.looked()
    before = xendit.receipts()
    assert [row[1] for row in before] == ["reversed"]

    assert xendit.control.event(payment, "paid") == [200]
    until(lambda: not xendit.unfinished(), hope="the late webhook is handled")

    balances.assert_agree(0)
    assert xendit.receipts() == before
    assert not xendit.paid([debt])
