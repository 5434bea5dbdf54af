"""What people and tests may do: the verbs of GatewayControl."""

import json
from collections.abc import Callable
from typing import Any

from tests.simulators.framework import ControlError

from . import accounts, ledger, payouts, push, receipts, reversals
from .banks import BANKS, VA_SUFFIX
from .books import ACTIVE, CLOSED, FIXED, Account, Payment, money

PAY_OPTIONS = frozenset(
    (
        "reference",
        "number",
        "amount",
        "copies",
        "sender",
        "remark",
        "force",
        "currency",
        "quiet",
        "generation",
        "bank",
    )
)
VA_WISHES = frozenset(
    ("reference", "bank", "kind", "amount", "name", "generation", "number", "life")
)


class GatewayActions:
    """Mixed into the simulator."""

    def add_actions(self) -> None:
        """Make the verbs known to the framework; each holds the lock."""
        verbs: dict[str, Callable[[dict], Any]] = {
            "pay": self.do_pay,
            "pay_many": self.do_pay_many,
            "pay_direct": self.do_pay_direct,
            "make_va": self.do_make_va,
            "bulk": self.do_bulk,
            "expire": self.do_expire,
            "settle": self.do_settle,
            "reverse": self.do_reverse,
            "win_chargeback": self.do_win_chargeback,
            "refund": self.do_refund,
            "touch": self.do_touch,
            "withdraw": self.do_withdraw,
            "top_up": self.do_top_up,
            "payout_outcome": self.do_payout_outcome,
        }
        self.actions |= {name: self._locked(verb) for name, verb in verbs.items()}
        self.actions["event"] = self.do_event

    def _locked(self, verb: Callable[[dict], Any]) -> Callable[[dict], Any]:
        def act(params: dict) -> Any:
            with self.lock:
                return verb(params)

        return act

    # -- payers ---------------------------------------------------------------------

    def do_pay(self, params: dict) -> dict[str, Any]:
        """Pay one account, ``copies`` times at once; see GatewayControl."""
        _check_names(params, PAY_OPTIONS)
        account = self._account(params)
        wanted = params.get("amount")
        wanted = None if wanted is None else money(wanted)
        amount = receipts.check(account, wanted, bool(params.get("force")))
        copies = range(int(params.get("copies", 1)))
        paid = [receipts.receive(self, account, amount, params) for _ in copies]
        return {"payments": [payment.id for payment in paid]}

    def do_pay_many(self, params: dict) -> dict[str, Any]:
        """Pay each of ``references`` what it asks (or ``amount``)."""
        params = dict(params)
        references = params.pop("references")
        done = [self.do_pay({**params, "reference": text}) for text in references]
        return {"payments": [number for each in done for number in each["payments"]]}

    def do_pay_direct(self, params: dict) -> dict[str, Any]:
        """Money for a number of which nobody knows a virtual account."""
        _check_names(params, PAY_OPTIONS)
        number = str(params["number"])
        account = self._open(
            {
                "kind": FIXED,
                "number": number,
                "bank": params.get("bank", "BCA"),
                "generation": params.get("generation"),
            },
            listed=False,
        )
        amount = receipts.check(account, money(params["amount"]), True)
        return {"payments": [receipts.receive(self, account, amount, params).id]}

    def _account(self, params: dict) -> Account:
        reference, number = str(params.get("reference") or ""), params.get("number")
        if not reference and not number:
            raise ControlError("name the account: reference or number")
        found = (
            self.books.of_reference(reference)
            if reference
            else self.books.of_number(str(number))
        )
        if reference and number:
            found = [a for a in found if str(number) in (a.number, a.bare_number)]
        if not found:
            raise ControlError(f"no virtual account {reference or number}")
        active = [account for account in found if account.status == ACTIVE]
        return (active or found)[-1]

    # -- virtual accounts -----------------------------------------------------------

    def do_make_va(self, params: dict) -> dict[str, Any]:
        """An account that the dashboard made."""
        _check_names(params, VA_WISHES)
        return self._open(params).entry()

    def do_bulk(self, params: dict) -> dict[str, Any]:
        """Many of them: ``vas`` is a list of wishes."""
        for wish in params["vas"]:
            _check_names(wish, VA_WISHES)
        return {"vas": [self._open(wish).entry() for wish in params["vas"]]}

    def _open(self, wish: dict, listed: bool = True) -> Account:
        generation = wish.get("generation") or self.config["default_generation"]
        kind, amount = wish.get("kind", CLOSED), wish.get("amount")
        if kind not in (FIXED, CLOSED) or (kind == CLOSED and amount is None):
            raise ControlError("kind is fixed, or closed with an amount")
        bank = BANKS.get(str(wish.get("bank", "BCA")).removesuffix(VA_SUFFIX))
        if bank is None or generation not in accounts.ID_PREFIX:
            raise ControlError(f"bank is one of {', '.join(BANKS)}")
        life = wish.get("life")
        return accounts.open_account(
            self,
            generation,
            bank,
            str(wish.get("reference") or self.books.uuid()),
            kind,
            None if kind == FIXED else int(amount),
            number=str(wish.get("number") or ""),
            expires_at=None if life is None else self.now() + float(life),
            name=str(wish.get("name", "")),
            single_use=kind == CLOSED,
            listed=listed,
        )

    def do_expire(self, params: dict) -> dict[str, Any]:
        """Its time is over now."""
        account = self._account(params)
        if account.status != ACTIVE:
            raise ControlError(f"{account.reference} is {account.status}")
        accounts.expire(self, account)
        return account.entry()

    # -- money ----------------------------------------------------------------------

    def do_settle(self, params: dict) -> dict[str, Any]:
        """Settle ``payment_ids`` (or ``payment_id``), by default all that are paid."""
        wanted = params.get("payment_ids") or params.get("payment_id")
        wanted = [wanted] if isinstance(wanted, str) else wanted
        chosen = (
            [self._payment(number) for number in wanted]
            if wanted
            else list(self.books.payments.values())
        )
        return {"settled": [p.id for p in chosen if receipts.settle(self, p)]}

    def do_reverse(self, params: dict) -> dict[str, Any]:
        """Take the money of ``payment_id`` back; ``how``: row, void, chargeback."""
        payment = self._payment(params["payment_id"])
        reversals.reverse(self, payment, str(params.get("how", "row")))
        return payment.entry()

    def do_win_chargeback(self, params: dict) -> dict[str, Any]:
        """The chargeback of ``payment_id`` is withdrawn."""
        payment = self._payment(params["payment_id"])
        reversals.win(self, payment)
        return payment.entry()

    def do_refund(self, params: dict) -> dict[str, Any]:
        """Give ``amount`` of ``payment_id`` back, as somebody in the dashboard."""
        payment = self._payment(params["payment_id"])
        row = reversals.refund(self, payment, int(params["amount"]))
        return ledger.transaction_object(self, row)

    def do_touch(self, params: dict) -> dict[str, int]:
        """All rows of the ledger are updated, and nothing in them changes."""
        for row in self.books.rows:
            row.updated = self.now()
        return {"touched": len(self.books.rows)}

    def do_withdraw(self, params: dict) -> dict[str, Any]:
        row = ledger.withdraw(self, int(params["amount"]))
        return ledger.transaction_object(self, row)

    def do_top_up(self, params: dict) -> dict[str, Any]:
        row = ledger.top_up(self, int(params["amount"]))
        return ledger.transaction_object(self, row)

    def do_payout_outcome(self, params: dict) -> dict[str, Any]:
        """End the payout ``key`` (id or reference); ``failure_code`` on request."""
        payout = self._payout(str(params["key"]))
        outcome, code = str(params["outcome"]), str(params.get("failure_code", ""))
        payouts.end(self, payout, outcome, code)
        return payouts.entry(payout)

    def _payout(self, key: str) -> Any:
        found = self.books.payouts.get(key)
        of_reference = self.books.payouts_of(key)
        if found is None and not of_reference:
            raise ControlError(f"no payout {key}")
        return found or of_reference[-1]

    def _payment(self, number: str) -> Payment:
        if number not in self.books.payments:
            raise ControlError(f"no payment {number}")
        return self.books.payments[number]

    # -- webhooks -------------------------------------------------------------------

    def do_event(self, params: dict) -> dict[str, Any]:
        """Tell of ``payment_id`` in any state, or of the account ``reference``.

        ``kind``: paid, pending, failed, expired; ``account`` for the account itself.
        ``changes`` replaces fields of the body, or of its ``data``.
        """
        with self.lock:
            topic, key, body = self._event(params)
            inner = body.get("data", body)
            inner.update(params.get("changes", {}))
            text = json.dumps(body, separators=(",", ":"))
            delivery = self.pushes.new(topic, key, text.encode())
        return self.post_now(delivery, params)

    def _event(self, params: dict) -> tuple[str, str, dict]:
        kind = params.get("kind", "paid")
        if kind == "account":
            account = self._account(params)
            topic, body = push.account_event(self, account)
            return topic, account.reference, body
        payment = self._payment(str(params.get("payment_id", "")))
        topic, body = push.payment_event(self, payment, kind)
        return topic, payment.account.reference, body


def _check_names(params: dict, known: frozenset[str]) -> None:
    unknown = set(params) - known
    if unknown:
        raise ControlError(f"unknown: {', '.join(sorted(unknown))}")
