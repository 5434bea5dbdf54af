"""Settlements and the bank's own lines: paired where there is no doubt, shown else."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.connector_payment.tools.settling import (
    pairs_that_fit,
    runs_that_fit,
)
from odoo.exceptions import UserError

from .connector_payment_settlement import UNMATCHED


class ConnectorPaymentSettlement(models.Model):
    _inherit = "connector.payment.settlement"

    @api.model
    def _match_all(self, backend):
        """Match what is beyond doubt; say what is late or different."""
        waiting = self.search(
            [("backend_id", "=", backend.id), ("state", "in", UNMATCHED)],
            order="date, id",
        )
        waiting._notice_matched()
        waiting = waiting.filtered(lambda s: s.state in UNMATCHED)
        if not waiting:
            return
        lines = self._free_lines(backend, waiting)
        waiting -= waiting._match_pairs(lines)
        lines = lines.filtered(lambda line: not line.is_reconciled)
        waiting -= waiting._match_runs(lines)
        lines = lines.filtered(lambda line: not line.is_reconciled)
        waiting._show_differences(lines)

    def _notice_matched(self):
        """Somebody reconciled the transfer without us."""
        for settlement in self.filtered(lambda s: s.style == "transfer" and s.move_id):
            if settlement._transfer_item():
                continue
            account = settlement.backend_id._transfer_account()
            ours = settlement.move_id.line_ids.filtered(
                lambda line, a=account: line.account_id == a
            )
            others = ours.matched_debit_ids.debit_move_id
            others |= ours.matched_credit_ids.credit_move_id
            line = others.move_id.statement_line_id[:1]
            if line:
                settlement._note_match(line, line.amount)

    @api.model
    def _free_lines(self, backend, settlements):
        """Lines of the bank that nothing is matched to, around these settlements."""
        if not backend.bank_journal_id or not settlements:
            return self.env["account.bank.statement.line"]
        first = min(settlements.mapped("date")) - timedelta(days=1)
        return self.env["account.bank.statement.line"].search(
            [
                ("journal_id", "=", backend.bank_journal_id.id),
                ("is_reconciled", "=", False),
                ("date", ">=", first),
            ],
            order="date, id",
        )

    # ---- beyond doubt ----------------------------------------------------------------

    def _match_pairs(self, lines):
        """One settlement, one line."""
        if not lines:
            return self.browse()
        wishes = [(s._cents(s.net), s._first_day(), s.due_date) for s in self]
        offers = [(self._cents(line.amount), line.date) for line in lines]
        tolerance = self._cents(self.backend_id.match_tolerance)
        pairs = pairs_that_fit(wishes, offers, tolerance)
        done = self.browse()
        for ours, theirs in pairs:
            done |= self[ours]._try_match(lines[theirs])
        return done

    def _first_day(self):
        """Gateways are sometimes a day early by our clock."""
        return self.date - timedelta(days=1)

    def _match_runs(self, lines):
        """Neighbouring lots that the bank got in one sum."""
        done = self.browse()
        tolerance = self._cents(self.backend_id.match_tolerance)
        for line in lines.filtered(lambda x: x.amount > 0):
            lots = (self - done).filtered(
                lambda s, x=line: (
                    s.style == "direct" and s._first_day() <= x.date <= s.due_date
                )
            )
            amounts = [self._cents(lot.net) for lot in lots]
            runs = runs_that_fit(amounts, self._cents(line.amount), tolerance)
            if len(runs) == 1:
                start, end = runs[0]
                done |= lots[start:end]._try_match(line)
        return done

    def _cents(self, amount):
        """Whole smallest units: sums are compared exactly."""
        currency = self.env.company.currency_id if not self else self[0].currency_id
        return round(amount / (currency.rounding or 0.01))

    def _try_match(self, line):
        """Match, unless the books refuse: then the settlement says why."""
        held = [self.backend_id._posting_hold(line.date)]
        if held[0][0]:
            self.write({"issue": held[0][1]})
            return self.browse()
        try:
            with self.env.cr.savepoint():
                self._match(line)
        except UserError as error:
            self.write({"issue": str(error)})
            return self.browse()
        return self

    # ---- the match -------------------------------------------------------------------

    def _match(self, line):
        """These settlements are this line of the bank; what differs is a fee."""
        backend = self.backend_id.ensure_one()
        expected = sum(self.mapped("net"))
        difference = self.currency_id.round(line.amount - expected)
        shares = dict.fromkeys(self, 0.0) | {self[-1]: difference}
        left = 0.0 if all(s.style == "direct" for s in self) else difference
        for settlement in self.filtered(lambda s: s.style == "direct"):
            share = 0.0 if left else shares[settlement]
            settlement._book_lot(settlement.net + share, line.date)
        items = self.env["account.move.line"].concat(
            *(s._transfer_item() for s in self)
        )
        if not items:
            raise UserError(self.env._("There is nothing left to match."))
        line._connector_settle(items, backend._fee_account(), left)
        for settlement in self:
            share = shares[settlement]
            settlement._note_match(line, settlement.net + share)

    def _note_match(self, line, bank_amount):
        self.write(
            {
                "state": "matched",
                "statement_line_id": line.id,
                "bank_amount": bank_amount,
                "difference": self.currency_id.round(bank_amount - self.net),
                "issue": False,
            }
        )
        self.sudo().activity_unlink(["mail.mail_activity_data_todo"])

    def _unmatch(self):
        """The bank line is free again; what was booked with it is taken back."""
        for settlement in self:
            if settlement.style == "direct" and settlement.move_id:
                move, nothing = settlement.move_id, self.env["account.account"]
                settlement.backend_id._reverse_entries(move, nothing, move.date)
                settlement.move_id = False
        self.write(
            {
                "state": "open",
                "statement_line_id": False,
                "bank_amount": 0,
                "difference": 0,
                "issue": self.env._("Taken apart by hand."),
            }
        )

    # ---- what does not fit -----------------------------------------------------------

    def _show_differences(self, lines):
        """A line that speaks of the gateway and fits nothing; a bank that is late."""
        odd = self._odd_lines(lines)
        for settlement in self:
            line = odd.get(settlement)
            if line:
                settlement._say_different(line)
            elif settlement.state == "difference":
                settlement.write({"state": "open", "difference": 0, "issue": False})
            today = self._today(settlement.backend_id)
            if not line and settlement.due_date < today:
                settlement._say_late()

    def _odd_lines(self, lines):
        """{settlement: line}: each line that names the gateway, at the nearest one."""
        word = (self.backend_id.bank_label or "").lower()
        odd = {}
        for line in lines:
            fits = self.filtered(lambda s, x=line: s not in odd and s._may_be(x))
            if word and word in (line.payment_ref or "").lower() and fits:
                nearest = min(fits, key=lambda s, x=line: abs(x.amount - s.net))
                odd[nearest] = line
        return odd

    def _may_be(self, line):
        """Whether the line came in time, and moved money the same way."""
        in_time = self._first_day() <= line.date <= self.due_date
        return in_time and line.amount * self.net > 0

    def _say_different(self, line):
        difference = self.currency_id.round(line.amount - self.net)
        if self.state == "difference" and self.difference == difference:
            return
        note = self.env._(
            "The bank has %(there)s, expected were %(here)s: %(difference)s.",
            there=self.currency_id.format(line.amount),
            here=self.currency_id.format(self.net),
            difference=self.currency_id.format(difference),
        )
        values = {"state": "difference", "difference": difference, "issue": note}
        self.write(values)
        summary = self.env._("Settlement differs from the bank")
        self.backend_id._notify_owner(summary, note, self)

    def _say_late(self):
        note = self.env._(
            "%(amount)s should be at the bank since %(day)s. Import the bank's "
            "statement, or choose the line by hand.",
            amount=self.currency_id.format(self.net),
            day=fields.Date.to_string(self.due_date),
        )
        if self.issue != note:
            self.issue = note
            self.backend_id._notify_owner(self.env._("Settlement is late"), note, self)
