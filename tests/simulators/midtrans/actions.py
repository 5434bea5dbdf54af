"""What people, payers' banks and tests may do: the verbs of GatewayControl."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.simulators.framework import ControlError
from tests.simulators.gateway import GatewaySimulator

from . import totp, wallet
from .banks import BANKS, BILLER_CODE, MANDIRI
from .charge import Wish, place
from .envelope import new_id, plain
from .notify import (
    PAYMENT,
    PAYOUT,
    announce,
    announce_topup,
    compact,
    notification,
    signed,
)
from .payouts import OUTCOMES, Payout, end
from .state import CODES, PENDING, SETTLEMENT, Deposit, Transaction
from .transactions import give_back, run_out
from .wishes import (
    KINDS,
    PAY_OPTIONS,
    VA_WISHES,
    bank_of,
    changed,
    check_names,
    payable,
    refuse,
    wished_amount,
)


class GatewayActions(GatewaySimulator):
    """The control side of the Midtrans simulator."""

    def add_actions(self) -> None:
        """Make the verbs known to the framework; each one holds the lock."""
        verbs: dict[str, Callable[[dict], Any]] = {
            "pay": self.do_pay,
            "pay_many": self.do_pay_many,
            "pay_direct": self.do_pay_direct,
            "make_va": self.do_make_va,
            "bulk": self.do_bulk,
            "expire": self.do_expire,
            "settle": self.do_settle,
            "reverse": self.do_reverse,
            "refund": self.do_refund,
            "withdraw": self.do_withdraw,
            "top_up": self.do_top_up,
            "payout_outcome": self.do_payout_outcome,
            "otp": self.do_otp,
        }
        self.actions |= {name: self._locked(verb) for name, verb in verbs.items()}
        self.actions |= {"event": self.do_event, "send": self.do_send}

    def _locked(self, verb: Callable[[dict], Any]) -> Callable[[dict], Any]:
        def act(params: dict) -> Any:
            with self.lock:
                return verb(params)

        return act

    # -- payers -----------------------------------------------------------------------

    def do_pay(self, params: dict) -> dict[str, Any]:
        """A payer transfers what is asked, or ``amount`` with ``force``.

        Several ``copies`` at once are taken together, as two counters of a bank may.
        """
        check_names(params, PAY_OPTIONS)
        transaction = self._named(params)
        amount = wished_amount(params, transaction.gross)
        if not params.get("force"):
            refuse(transaction, amount)
        for _ in range(int(params.get("copies", 1))):
            self._take(transaction, amount, params)
        return {"payments": [transaction.id]}

    def do_pay_many(self, params: dict) -> dict[str, Any]:
        """Pay each of the ``references``; the options of ``pay`` hold for all."""
        options = dict(params)
        references = options.pop("references")
        paid = [self.do_pay({**options, "reference": name}) for name in references]
        return {"payments": [number for one in paid for number in one["payments"]]}

    def do_pay_direct(self, params: dict) -> dict[str, Any]:
        """Money for a number that is in no book: an order nobody knows."""
        check_names(params, PAY_OPTIONS)
        number, amount = str(params["number"]), wished_amount(params)
        bank = params.get("bank") or bank_of(number)
        now = self.clock.now()
        transaction = Transaction(
            id=new_id(self.random),
            order_id=f"direct-{self.book.next_serial()}",
            bank=bank,
            number=number,
            gross=amount,
            created=now,
            expires_at=now + self.config["default_expiry"],
            payment_type="echannel" if bank == MANDIRI else "bank_transfer",
            biller_code=BILLER_CODE if bank == MANDIRI else "",
            origin="direct",
        )
        self.book.add(transaction)
        self._take(transaction, amount, params)
        return {"payments": [transaction.id]}

    def _take(self, transaction: Transaction, amount: Decimal, params: dict) -> None:
        now, names = self.clock.now(), ("sender", "remark")
        deposit = Deposit(amount, now, *(str(params.get(n, "")) for n in names))
        transaction.deposits.append(deposit)
        transaction.status, transaction.settled_at = SETTLEMENT, now
        transaction.currency = params.get("currency") or transaction.currency
        transaction.fee = self.config["va_fee"]
        transaction.tax = round(transaction.fee * self.config["vat_rate"] / 100)
        self.book.paid[transaction.id] = transaction
        self.payin.move(wallet.PAYMENT, transaction.id, amount, now)
        if not params.get("quiet"):
            announce(self, transaction)

    # -- virtual accounts -------------------------------------------------------------

    def do_make_va(self, params: dict) -> dict[str, Any]:
        """A transaction of the dashboard, that the merchant's system did not ask for.

        ``bank``, ``amount``, ``number``, ``name``, ``life`` or ``expires_at``,
        ``quiet``.
        """
        return self._make(params).va_entry()

    def do_bulk(self, params: dict) -> dict[str, Any]:
        """Many of them, quietly unless ``quiet`` is false."""
        quiet = params.get("quiet", True)
        made = [self._make({"quiet": quiet, **wish}) for wish in params["vas"]]
        return {"vas": [transaction.va_entry() for transaction in made]}

    def _make(self, params: dict) -> Transaction:
        check_names(params, VA_WISHES)
        if params.get("kind", "closed") != "closed":
            raise ControlError("the Core API has closed accounts only")
        bank = str(params.get("bank") or "bca").lower()
        if bank not in BANKS:
            raise ControlError(f"bank must be one of {', '.join(BANKS)}")
        reference = params.get("reference") or f"dash-{self.book.next_serial()}"
        if reference in self.book.by_order:
            raise ControlError(f"order {reference} exists")
        life = float(params.get("life") or self.config["default_expiry"])
        transaction = place(
            self,
            Wish(bank, str(params.get("number") or "")),
            reference,
            wished_amount(params),
            float(params.get("expires_at") or self.clock.now() + life),
        )
        transaction.origin, transaction.name = "dashboard", params.get("name", "")
        if self.config["notify_pending"] and not params.get("quiet"):
            announce(self, transaction)
        return transaction

    def do_expire(self, params: dict) -> dict[str, Any]:
        """The time to pay is over now."""
        transaction = self._named(params)
        if transaction.status != PENDING:
            raise ControlError(f"{transaction.order_id} is {transaction.status}")
        transaction.expires_at = self.clock.now()
        run_out(self, transaction)
        return transaction.va_entry()

    def _named(self, params: dict) -> Transaction:
        """By number, where it is that of the reference, else by reference."""
        reference, number = str(params.get("reference") or ""), params.get("number")
        transaction = self.book.by_number.get(str(number)) if number else None
        if transaction is None or reference not in ("", transaction.order_id):
            transaction = self.book.find(reference)
        if transaction is None:
            raise ControlError(f"no bank knows {reference or number}")
        return transaction

    # -- the gateway's desk -----------------------------------------------------------

    def do_settle(self, params: dict) -> dict[str, Any]:
        """Hand these payments, or all, to the merchant's bank in ONE net amount."""
        wanted = params.get("payment_ids") or params.get("payment_id") or []
        wanted = [wanted] if isinstance(wanted, str) else wanted
        named = [self._payment(number) for number in wanted]
        chosen = [t for t in named or self.book.paid.values() if payable(t)]
        if chosen:
            self._hand_over(chosen)
        return {"settled": [transaction.id for transaction in chosen]}

    def _hand_over(self, chosen: list[Transaction]) -> dict[str, Any]:
        """One amount: what is due, less what went back since it was handed over."""
        paid = self.book.paid.values()
        changed = [t for t in paid if t.paid_out and t.due != t.handed]
        gross = sum((t.paid for t in chosen), Decimal(0))
        fee = Decimal(sum(t.fee + t.tax for t in chosen))
        net = sum((t.due - t.handed for t in (*chosen, *changed)), Decimal(0))
        for transaction in (*chosen, *changed):
            transaction.paid_out, transaction.handed = True, transaction.due
        self.payin.move(wallet.SETTLEMENT, "", -net - fee, self.clock.now())
        row = self._bank_transfer(wallet.SETTLEMENT, gross, fee, net)
        row["payment_ids"] = [transaction.id for transaction in chosen]
        row["deducted_ids"] = [transaction.id for transaction in changed]
        return row

    def _bank_transfer(
        self, kind: str, gross: Decimal, fee: Decimal, net: Decimal
    ) -> dict[str, Any]:
        row = {
            "kind": kind,
            "date": int(self.clock.now()),
            "gross": plain(gross),
            "fee": plain(fee),
            "deducted": plain(gross - fee - net),
            "net": plain(net),
            "payment_ids": [],
            "deducted_ids": [],
        }
        self.bank_transfers.append(row)
        return row

    def do_reverse(self, params: dict) -> dict[str, Any]:
        """The money is taken back: the status becomes ``status`` or the setting's."""
        transaction = self._payment(params["payment_id"])
        status = params.get("status") or self.config["reversal_status"]
        if status not in CODES or transaction.status != SETTLEMENT:
            raise ControlError(f"{transaction.order_id} is {transaction.status}")
        transaction.status = status
        back = transaction.paid - transaction.refunded
        self.payin.move(wallet.REVERSAL, transaction.id, -back, self.clock.now())
        if not params.get("quiet"):
            announce(self, transaction)
        return transaction.payment_entry()

    def do_refund(self, params: dict) -> dict[str, Any]:
        """Somebody refunds ``amount``, or all, in the dashboard."""
        transaction = self._payment(params["payment_id"])
        wish = {n: params[n] for n in ("amount", "reason", "refund_key") if n in params}
        give_back(self, transaction, wish)
        return transaction.payment_entry()

    def do_withdraw(self, params: dict) -> dict[str, Any]:
        """From the wallet of payouts to the merchant's bank."""
        amount = wished_amount(params)
        if amount > self.wallet.balance:
            raise ControlError(f"the balance is {self.wallet.balance}")
        self.wallet.move(wallet.WITHDRAWAL, "", -amount, self.clock.now())
        return self._bank_transfer(wallet.WITHDRAWAL, amount, Decimal(0), amount)

    def do_top_up(self, params: dict) -> dict[str, Any]:
        """From the merchant's bank to the wallet of payouts, with a notification."""
        amount = wished_amount(params)
        self.wallet.move(wallet.TOPUP, "", amount, self.clock.now())
        announce_topup(self, amount)
        return {"balance": plain(self.wallet.balance)}

    def do_otp(self, params: dict) -> dict[str, Any]:
        """The approver's one-time password, as of ``ago`` seconds before now."""
        moment = self.clock.now() - float(params.get("ago", 0))
        return {"otp": totp.code(self.config["otp_secret"], moment)}

    def do_payout_outcome(self, params: dict) -> dict[str, Any]:
        """End a payout named by its number or its notes, with a ``failure_code``."""
        payout = self._payout(str(params.get("key", "")))
        outcome = params.get("outcome")
        if outcome not in OUTCOMES:
            raise ControlError(f"outcome must be one of {', '.join(OUTCOMES)}")
        if not end(self, payout, outcome, str(params.get("failure_code", ""))):
            raise ControlError(f"cannot {outcome}: it is {payout.status}")
        return payout.entry()

    def _payment(self, number: str) -> Transaction:
        if number not in self.book.paid:
            raise ControlError(f"no payment {number}")
        return self.book.paid[number]

    def _payout(self, key: str) -> Payout:
        """By number, else the last one with that reference in its notes."""
        if key in self.payouts:
            return self.payouts[key]
        for payout in reversed(self.payouts.values()):
            if payout.notes == key:
                return payout
        raise ControlError(f"no payout {key}")

    # -- notifications by hand --------------------------------------------------------

    def do_event(self, params: dict) -> dict[str, Any]:
        """Tell of a transaction in any status; the book does not change.

        ``changes`` replaces fields before the signature is made, ``tamper`` after it;
        None takes a field away.
        """
        with self.lock:
            transaction = self.book.find(str(params["payment_id"]))
            if transaction is None:
                raise ControlError(f"no transaction {params['payment_id']}")
            body = notification(self, transaction, self._pretended(params))
            body = signed(self, changed(body, params.get("changes", {})))
            body = changed(body, params.get("tamper", {}))
            topic = f"{PAYMENT}.by_hand"
            delivery = self.pushes.new(topic, transaction.order_id, compact(body))
        return self.post_now(delivery, params)

    def _pretended(self, params: dict) -> str:
        kind = params.get("kind", "")
        status = KINDS.get(kind, kind)
        if kind == "reversed":
            status = self.config["reversal_status"]
        if status and status not in CODES:
            raise ControlError(f"kind must be one of {', '.join([*KINDS, 'reversed'])}")
        return status

    def do_send(self, params: dict) -> dict[str, Any]:
        """Post any body now, signed as it needs: Iris by header, others inside.

        An object that bears a signature_key keeps it; text goes as it is.
        """
        event = params.get("event", {})
        is_object = isinstance(event, dict)
        iris = params.get("iris", is_object and "reference_no" in event)
        if is_object and not iris and "signature_key" not in event:
            event = signed(self, event)
        body = event if isinstance(event, str) else json.dumps(event)
        topic = f"{PAYOUT if iris else PAYMENT}.by_hand"
        return self.post_now(self.pushes.new(topic, "", body.encode()), params)
