"""From the ledger's rows to journal items: what may be booked, and as what."""

from dataclasses import dataclass
from typing import Any

from odoo import api, fields, models
from odoo.fields import Domain

from .connector_payment_transaction import COUNTS, GONE, TRANSFERS, UNBOOKED

#: Rows booked in one pass, a few seconds long: who receives money waits behind it.
MOST = 500


@dataclass
class Leg:
    """A journal item to be made; `item` is the one it is reconciled with."""

    account: Any
    label: str
    balance: float
    item: Any = None
    partner: Any = None


class ConnectorPaymentTransaction(models.Model):
    _inherit = "connector.payment.transaction"

    # ---- what should stand in the books ----------------------------------------------

    def _parts(self):
        """(gross, tax, withheld, net) that should be booked; the fee is the rest."""
        if self.status in GONE:
            return self._kept_parts()
        if self._is_billed():
            return (self.amount, 0.0, 0.0, self.amount)
        return (self.amount, self.fee_tax, self.fee_withheld, self.net)

    def _kept_parts(self):
        """The money went back; the gateway may have kept the fee of it all the same."""
        moved = self.settled or not self.money_in
        if not moved or not self.fee_final or self.fee_returned or self._is_billed():
            return (0.0, 0.0, 0.0, 0.0)
        kept = self.fee + self.fee_tax + self.fee_withheld
        return (0.0, self.fee_tax, self.fee_withheld, -kept if self.money_in else kept)

    def _booked_parts(self):
        if not self.is_booked:
            return (0.0, 0.0, 0.0, 0.0)
        return (
            self.booked_gross,
            self.booked_tax,
            self.booked_withheld,
            self.booked_net,
        )

    def _is_billed(self):
        """The fee comes with a monthly bill: the setting, or the row itself says so."""
        billed = self.backend_id.fee_mode == "billed"
        kept = self.fee + self.fee_tax + self.fee_withheld
        whole = not self.currency_id.compare_amounts(self.net, self.amount)
        return (billed and self.kind not in TRANSFERS) or (bool(kept) and whole)

    def _adds_up(self):
        """Amount, fee and net agree, as the gateway's own arithmetic has it."""
        if self._is_billed():
            return True
        kept = self.fee + self.fee_tax + self.fee_withheld
        net = self.amount - kept if self.money_in else self.amount + kept
        return not self.currency_id.compare_amounts(net, self.net)

    # ---- what may be booked ----------------------------------------------------------

    @api.model
    def _book_due(self, backend):
        """Book rows that are due and may be; returns whether there may be more.

        Those that wait stand in nobody's way, however many they are.
        """
        due = Domain("backend_id", "=", backend.id) & Domain("is_due", "=", True)
        seen = 0
        while rows := self.search(
            due & Domain("id", ">", seen), order="id", limit=MOST
        ):
            if rows._book_some(backend):
                return len(rows) == MOST
            seen = rows[-1].id
        return False

    def _book_some(self, backend):
        """Book those that may be; whether any is not due any more."""
        loose = self.filtered(
            lambda r: not (r.receipt_ids or r.receipt_id or r.payout_id or r.refund_id)
        )
        loose._link()
        self._take_charged_back()
        items = self._open_items()
        ready = self.filtered(lambda r: r._is_ready(items))
        for day, group in ready.grouped(lambda r: r._day()).items():
            reason, text = backend._posting_hold(day)
            if reason:
                group.filtered(lambda r, text=text: r.issue != text).issue = text
            else:
                group._book_day(backend, day, items)
        return not all(self.mapped("is_due"))

    def _book_day(self, backend, day, items):
        """One entry for all, and one of its own for each transfer."""
        settlements = self.env["connector.payment.settlement"]
        transfers = self.filtered(lambda r: r.kind in TRANSFERS)
        rest = self - transfers
        if backend.settle_when == "day" and day >= backend._local_date(_now()):
            rest = rest.browse()
        groups = [(rest, "balance")]
        groups += [(row, "transfer") for row in transfers]
        for rows, style in groups:
            if rows:
                settlements._book_rows(backend, day, rows, style, items)

    def _day(self):
        """The day it was settled, never before the day its payment is booked on.

        What changes later, or goes back, has the day of the change.
        """
        moment = self.changed_at
        if self.settles_at and not self.is_booked and self.status not in GONE:
            moment = min(self.settles_at, moment)
        day = self.backend_id._local_date(moment)
        return max([day, *self._moves().mapped("date")])

    def _is_ready(self, items):
        state, issue = self._obstacle(items)
        if state and (self.state, self.issue) != (state, issue):
            self.write({"state": state, "issue": issue})
        return not state

    def _obstacle(self, items):
        """(state, why) of what keeps it out of the books; ("", "") if nothing does."""
        backend = self.backend_id
        if self.currency_id != backend.company_id.currency_id:
            return "attention", self.env._("It is in %s.", self.currency_id.name)
        if not self.accepted:
            trouble = self._trouble() if self.status in COUNTS else self._gone_trouble()
            if trouble:
                return "attention", trouble
        waits = self._waits(items)
        return ("waiting", waits) if waits else ("", "")

    def _trouble(self):
        """What a person must decide."""
        if self.kind in ("adjustment", "unknown"):
            return self.env._("The gateway calls it %s.", self.raw_kind or "?")
        if not self._adds_up():
            return self.env._("Amount, fee and net do not add up.")
        if self.kind == "payment":
            return self._payment_trouble()
        if self.kind == "payout" and not self.payout_id:
            return self.env._("Odoo made no such payout.")
        if self.kind == "refund" and not self.refund_id:
            return self.env._("Odoo made no such refund.")
        if self.kind == "chargeback":
            return self._receipt_trouble(self.receipt_id)
        return ""

    def _gone_trouble(self):
        if self.kind == "chargeback" and self.is_booked:
            return self.env._("The chargeback was withdrawn: the money is back.")
        return ""

    def _payment_trouble(self):
        receipts = self.receipt_ids
        back = receipts.filtered(lambda r: r.state == "reversed")
        if back - self._charged_back(back):
            return self.env._("It was taken back, and now the gateway has it again.")
        return self._receipt_trouble(receipts)

    def _receipt_trouble(self, receipts):
        if not receipts:
            return self.env._("Odoo knows no such payment.")
        total = sum(receipts.mapped("amount"))
        if self.currency_id.compare_amounts(total, self.amount):
            return self.env._(
                "The ledger says %(there)s, the receipt %(here)s.",
                there=self.currency_id.format(self.amount),
                here=self.currency_id.format(total),
            )
        return ""

    def _waits(self, items):
        """Why its turn has not come yet."""
        if (self.receipt_ids | self.receipt_id).filtered(lambda r: r.state in UNBOOKED):
            return self.env._("Its receipt is not booked yet.")
        if self.accepted or not self._moves_gross():
            return ""
        moves = self._moves()
        if any(not items.get(move.id) for move in moves):
            return self.env._("Its payment has no open item to settle.")
        if self._ours() and not moves:
            return self.env._("Its payment is not in the books yet.")
        return ""

    def _moves_gross(self):
        gross, booked = self._parts()[0], self._booked_parts()[0]
        return bool(self.currency_id.compare_amounts(gross, booked))

    def _ours(self):
        return self.receipt_ids or self.receipt_id or self.payout_id or self.refund_id

    # ---- whose items it settles ------------------------------------------------------

    def _moves(self):
        """Entries whose outstanding items this row settles, or whose reversals."""
        if self.kind == "payment" and self.status not in GONE:
            return self.receipt_ids.payment_id.move_id
        if self.kind in ("payment", "chargeback"):
            paid = (self.receipt_ids | self.receipt_id).payment_id.move_id
            return paid.reversal_move_ids.filtered(lambda m: m.state == "posted")
        record = self.payout_id or self.refund_id
        moves = record.payment_id.move_id if record else self.env["account.move"]
        if self.status in GONE:
            return moves.reversal_move_ids.filtered(lambda m: m.state == "posted")
        return moves.filtered(lambda m: m.state == "posted")

    def _open_items(self):
        """{entry id: its open outstanding item}, in one query."""
        moves = self.env["account.move"].concat(*(row._moves() for row in self))
        return self.env["connector.payment.settlement"]._outstanding_items(
            self.backend_id, moves
        )

    # ---- chargebacks -----------------------------------------------------------------

    @api.model
    def _charged_back(self, receipts):
        """Those of the receipts that a row of its own has taken back."""
        if not receipts:
            return receipts
        domain = [("receipt_id", "in", receipts.ids), ("kind", "=", "chargeback")]
        rows = self.search([*domain, ("status", "in", COUNTS)])
        return rows.filtered(lambda r: r._is_whole_chargeback()).receipt_id

    def _take_charged_back(self):
        """Undo receipts that are booked now; both entries wait for rows of their own.

        Payment and chargeback are settled one by one, whichever comes first: where
        they were set off against each other, they are taken apart again.
        """
        rows = self.filtered(lambda r: r._is_whole_chargeback())
        for row in rows:
            row._tell_reversal()
        rows.receipt_id.filtered("reversal_wanted")._book_receipts()
        receipts = self.receipt_ids | rows.receipt_id
        back = self._charged_back(receipts.filtered(lambda r: r.state == "reversed"))
        paid = back.payment_id.move_id
        ours = (paid | paid.reversal_move_ids).line_ids
        partials = ours.matched_credit_ids.filtered(
            lambda p: (
                p.debit_move_id.move_id in paid
                and p.credit_move_id.move_id.reversed_entry_id
                == p.debit_move_id.move_id
                and p.debit_move_id.account_id == self.backend_id.outstanding_account_id
            )
        )
        partials.unlink()

    # ---- journal items ---------------------------------------------------------------

    def _legs(self, items):
        """Journal items from what the books have to what they should have."""
        self.ensure_one()
        pairs = zip(self._parts(), self._booked_parts(), strict=True)
        gross, tax, withheld, net = (now - before for now, before in pairs)
        sign = 1 if self.money_in else -1
        fee = sign * (gross - net) - tax - withheld
        backend, label = self.backend_id, self._label()
        legs = self._gross_legs(-sign * gross, items)
        legs += [
            Leg(backend._fee_account(), self.env._("Fee"), fee),
            Leg(backend._fee_tax_account(), self.env._("VAT on fee"), tax),
            Leg(backend._withholding_account(), self.env._("Tax withheld"), withheld),
            Leg(backend.journal_id.default_account_id, label, sign * net),
        ]
        return [leg for leg in legs if not self.currency_id.is_zero(leg.balance)]

    def _gross_legs(self, balance, items):
        """An item for each payment it settles; the rest goes to suspense."""
        if self.kind == "fee":
            return [Leg(self.backend_id._fee_account(), self.env._("Fee"), balance)]
        legs, rest = [], balance
        for item in self._items_settled(items) if balance else ():
            label = item.name or self.external_id
            share = -item.amount_residual
            legs.append(Leg(item.account_id, label, share, item, item.partner_id))
            rest -= share
        if not self.currency_id.is_zero(rest):
            legs.append(Leg(self._other_account(), self.external_id, rest))
        return legs

    def _items_settled(self, items):
        if self.kind in TRANSFERS:
            returned = self._returns_transfer()
            return [item for s in returned for item in s._transfer_item()]
        return [items[move.id] for move in self._moves() if items.get(move.id)]

    def _returns_transfer(self):
        """Settlements of transfers that failed before the bank saw them."""
        back = self.filtered(lambda r: r.kind in TRANSFERS and r.status in GONE)
        return back.settlement_id.filtered(lambda s: not s.statement_line_id)

    def _sums(self):
        """(gross, fee, tax, withheld, net) that booking these changes; out is minus."""
        sums = [0.0] * 4
        for row in self:
            sign = 1 if row.money_in else -1
            signs = (sign, 1, 1, sign)
            pairs = zip(signs, row._parts(), row._booked_parts(), strict=True)
            for n, (factor, now, was) in enumerate(pairs):
                sums[n] += factor * (now - was)
        gross, tax, withheld, net = sums
        return gross, gross - net - tax - withheld, tax, withheld, net

    def _other_account(self):
        if self.kind in TRANSFERS:
            return self.backend_id._transfer_account()
        return self.backend_id.suspense_account_id

    def _label(self):
        return dict(self._fields["kind"]._description_selection(self.env))[self.kind]

    def _note_booked(self, settlement):
        """Remember what stands in the books for these rows now."""
        for row in self:
            gross, tax, withheld, net = row._parts()
            gone = row.status in GONE
            row.write(
                {
                    "state": "undone" if gone else "booked",
                    "issue": False,
                    "is_due": False,
                    "is_booked": any((gross, tax, withheld, net)) or not gone,
                    "booked_gross": gross,
                    "booked_tax": tax,
                    "booked_withheld": withheld,
                    "booked_net": net,
                    "settlement_id": settlement.id,
                }
            )

    # ---- what left with which withdrawal ---------------------------------------------

    @api.model
    def _balance_taken(self, backend):
        """How much has left the gateway's balance for other reasons than fees of money
        in, less what was put in by hand.
        """
        rows = self._read_group(
            [
                ("backend_id", "=", backend.id),
                ("is_booked", "=", True),
                ("kind", "!=", "payment"),
            ],
            ["money_in"],
            ["booked_net:sum"],
        )
        return sum(-net if money_in else net for money_in, net in rows)


def group_legs(legs):
    """Legs with an item stay alone; the others are summed by account and label."""
    alone = [leg for leg in legs if leg.item]
    sums = {}
    for leg in legs:
        if not leg.item:
            key = (leg.account, leg.label)
            sums.setdefault(key, Leg(leg.account, leg.label, 0.0))
            sums[key].balance += leg.balance
    return alone + list(sums.values())


def _now():
    return fields.Datetime.now()
