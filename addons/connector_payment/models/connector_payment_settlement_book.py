"""Settlements into the books: one entry, one reconciliation, for all of their items."""

from odoo import api, fields, models

from .connector_payment_receipt_book import QUIET
from .connector_payment_transaction_book import Leg, group_legs


class ConnectorPaymentSettlement(models.Model):
    _inherit = "connector.payment.settlement"

    # ---- rows of the gateway's ledger ------------------------------------------------

    @api.model
    def _book_rows(self, backend, day, rows, style, items):
        """One settlement of ledger rows settled on one day."""
        settlement = self.create(self._row_values(backend, day, rows, style))
        legs = [leg for row in rows for leg in row._legs(items)]
        rows._returns_transfer().write({"state": "booked"})
        if legs:
            settlement._book_legs(legs)
        rows._note_booked(settlement)
        rows.receipt_ids.write({"settlement_id": settlement.id})
        rows.payout_id.write({"settlement_id": settlement.id})
        if settlement.style == "transfer" and settlement.net > 0:
            settlement._hand_over()
        return settlement

    @api.model
    def _row_values(self, backend, day, rows, style):
        gross, fee, tax, withheld, net = rows._sums()
        if style == "transfer":
            # as the bank sees it: what leaves the gateway arrives there
            gross, net = -gross, -gross
        waits = style == "transfer" and not rows._returns_transfer()
        return {
            **self._common_values(backend),
            "style": style,
            "state": "open" if waits else "booked",
            "date": backend._booking_date(day),
            "due_date": self._due_on(backend, day) if style == "transfer" else False,
            "receipt_count": len(rows.receipt_ids),
            "gross": gross,
            "fee": fee,
            "fee_tax": tax,
            "fee_withheld": withheld,
            "net": net,
            "is_exact": True,
        }

    def _hand_over(self):
        """What came into the balance first leaves it first."""
        self.ensure_one()
        rows = self.env["connector.payment.transaction"]
        taken = rows._balance_taken(self.backend_id)
        receipts = self.env["connector.payment.receipt"]
        domain = [("backend_id", "=", self.backend_id.id)]
        for (net,) in receipts._read_group(
            [*domain, ("withdrawal_id", "!=", False)], [], ["net:sum"]
        ):
            taken -= net
        here = receipts.search(
            [*domain, ("settlement_id", "!=", False), ("withdrawal_id", "=", False)],
            order="paid_at, id",
        )
        gone = []
        for receipt in here:
            taken -= receipt.net
            if self.currency_id.compare_amounts(taken, 0) < 0:
                break
            gone.append(receipt.id)
        receipts.browse(gone).write({"withdrawal_id": self.id})
        self.receipt_count = len(gone)

    # ---- entries ---------------------------------------------------------------------

    def _book_legs(self, legs):
        """An entry of these legs, posted, and reconciled in one plan."""
        self.ensure_one()
        legs = group_legs(legs)
        moves = self.env["account.move"].with_company(self.company_id)
        entry = moves.with_context(**QUIET).create(self._entry_values(legs))
        entry.action_post()
        made = entry.line_ids.sorted("id")
        self._reconcile_items(
            [leg.item + line for leg, line in zip(legs, made, strict=True) if leg.item]
        )
        self.move_id = entry
        return entry

    def _entry_values(self, legs):
        return {
            "move_type": "entry",
            "journal_id": self.backend_id.journal_id.id,
            "date": self.date,
            "ref": self.env._("Settlement: %s", self.name),
            "line_ids": [fields.Command.create(self._item_values(leg)) for leg in legs],
        }

    def _item_values(self, leg):
        balance = self.currency_id.round(leg.balance)
        values = {
            "name": leg.label,
            "account_id": leg.account.id,
            "partner_id": leg.partner.id if leg.partner else False,
            "currency_id": self.currency_id.id,
            "amount_currency": balance,
            "balance": balance,
        }
        if leg.item:
            # otherwise a model of distributions is looked for, item by item
            values["analytic_distribution"] = False
        return values

    def _reconcile_items(self, groups):
        if groups:
            lines = self.env["account.move.line"].with_context(**QUIET)
            lines._reconcile_plan(groups)

    @api.model
    def _outstanding_items(self, backend, moves):
        """{entry id: its open item on one of the account's outstanding accounts}."""
        payments = moves.origin_payment_id
        accounts = backend.outstanding_account_id | backend.payout_account_id
        accounts |= payments.outstanding_account_id
        lines = self.env["account.move.line"].search(
            [
                ("move_id", "in", moves.ids),
                ("account_id", "in", accounts.ids),
                ("reconciled", "=", False),
            ]
        )
        return {line.move_id.id: line for line in lines}

    # ---- lots that go straight to the bank -------------------------------------------

    def _book_lot(self, bank_amount, day):
        """The lot as the bank shows it; what differs from our fees is fee, too."""
        self.ensure_one()
        backend = self.backend_id
        extra = self.currency_id.round(self.net - bank_amount)
        self.write({"date": backend._booking_date(day)})
        legs = self._lot_item_legs()
        legs += [
            Leg(backend._fee_account(), self.env._("Fee"), self.fee + extra),
            Leg(backend._fee_tax_account(), self.env._("VAT on fee"), self.fee_tax),
            Leg(
                backend._withholding_account(),
                self.env._("Tax withheld"),
                self.fee_withheld,
            ),
            Leg(backend._transfer_account(), self.name, bank_amount),
        ]
        self._book_legs([g for g in legs if not self.currency_id.is_zero(g.balance)])
        self.receipt_ids.write({"fee_final": True})

    def _lot_item_legs(self):
        items = self._lot_items()
        return [
            Leg(
                line.account_id, line.name, -line.amount_residual, line, line.partner_id
            )
            for line in items
        ]

    def _lot_items(self):
        """Open items of the lot's payments, and those it pays for."""
        moves = self.receipt_ids.payment_id.move_id
        found = self._outstanding_items(self.backend_id, moves)
        lines = self.env["account.move.line"].concat(*found.values())
        return lines + self.taken_line_ids.filtered(lambda line: not line.reconciled)

    def _transfer_item(self):
        """The open item that the bank line is reconciled with."""
        account = self.backend_id._transfer_account()
        return self.move_id.line_ids.filtered(
            lambda line: line.account_id == account and not line.reconciled
        )
