"""Settlements of gateways without a ledger: lots of payments the bank gets in one sum.

Payments of a day are handed over so many business days later. Until the bank's line
shows the lot, its fees are expected ones; a settlement file makes them exact.
"""

from odoo import api, fields, models
from odoo.addons.connector_payment.tools.settling import business_day_after

from .connector_payment_settlement import UNMATCHED
from .connector_payment_transaction_book import Leg


class ConnectorPaymentSettlement(models.Model):
    _inherit = "connector.payment.settlement"

    # ---- lots ------------------------------------------------------------------------

    @api.model
    def _make_lots(self, backend):
        """Put every payment into the lot of its day, and add the lots up anew."""
        free = self.env["connector.payment.receipt"].search(
            [
                ("backend_id", "=", backend.id),
                ("state", "in", ("booked", "unidentified")),
                ("settlement_id", "=", False),
                ("payment_id.is_matched", "=", False),
            ]
        )
        days = free._settle_days(backend)
        for day, receipts in free.grouped(lambda r: days[r.id]).items():
            receipts.settlement_id = self._lot_of(backend, day)
        lots = self._open_lots(backend)
        lots._drop_reversed()
        lots._take_back(backend)
        lots._add_up()

    @api.model
    def _open_lots(self, backend):
        return self.search(
            [
                ("backend_id", "=", backend.id),
                ("style", "=", "direct"),
                ("state", "in", UNMATCHED),
            ],
            order="date, id",
        )

    @api.model
    def _lot_of(self, backend, day):
        """The open lot of a day."""
        lot = self._open_lots(backend).filtered(lambda s: s.date == day)[:1]
        return lot or self.create(
            {
                **self._common_values(backend),
                "style": "direct",
                "date": day,
                "due_date": self._due_on(backend, day),
            }
        )

    def _drop_reversed(self):
        """What was taken back before it was handed over never comes."""
        gone = self.receipt_ids.filtered(lambda r: r.state == "reversed")
        gone.settlement_id = False

    @api.model
    def _take_back(self, backend):
        """Refunds and reversals of settled payments: the next lot pays for them."""
        if not self:
            return
        items = self.env["account.move.line"].search(
            [
                ("account_id", "=", backend.outstanding_account_id.id),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("balance", "<", 0),
                ("company_id", "=", backend.company_id.id),
            ]
        )
        # the lots of all accounts may share an outstanding account
        taken = self.search([("taken_line_ids", "in", items.ids)]).taken_line_ids
        for item in items - taken:
            later = self.filtered(lambda s, i=item: s.date >= i.date) or self[-1:]
            later[:1].taken_line_ids |= item

    def _add_up(self):
        for lot in self:
            receipts = lot.receipt_ids
            self.env["connector.payment.fee"]._expect(lot.backend_id, receipts)
            open_items = lot.taken_line_ids.filtered(lambda line: not line.reconciled)
            taken = sum(open_items.mapped("amount_residual"))
            values = {
                "receipt_count": len(receipts),
                "gross": sum(receipts.mapped("amount")) + taken,
                "fee": sum(receipts.mapped("fee")),
                "fee_tax": sum(receipts.mapped("fee_tax")),
                "fee_withheld": sum(receipts.mapped("fee_withheld")),
                "is_exact": all(receipts.mapped("fee_final")),
            }
            kept = values["fee"] + values["fee_tax"] + values["fee_withheld"]
            if lot.backend_id.fee_mode == "billed":
                kept = 0.0
                values |= {"fee": 0.0, "fee_tax": 0.0, "fee_withheld": 0.0}
            values["net"] = values["gross"] - kept
            lot.write(values)
        self.filtered(lambda s: not s.receipt_ids and not s.taken_line_ids).unlink()

    # ---- payouts ---------------------------------------------------------------------

    @api.model
    def _settle_payouts(self, backend):
        """Paid out without a ledger to say so: the gateway's balance is less."""
        payouts = self.env["connector.payment.payout"].search(
            [
                ("backend_id", "=", backend.id),
                "|",
                "&",
                ("state", "=", "succeeded"),
                ("settlement_id", "=", False),
                "&",
                ("state", "=", "reversed"),
                ("settlement_id", "!=", False),
            ]
        )
        back = payouts.filtered(lambda p: p.state == "reversed")
        moves = (payouts - back).payment_id.move_id | back._return_entries()
        items = self._outstanding_items(backend, moves)
        ready = payouts.filtered(lambda p: p._entry_to_settle().id in items)
        if ready and not backend._posting_hold(self._today(backend))[0]:
            self._book_payouts(backend, ready, items)

    @api.model
    def _today(self, backend):
        return backend._local_date(fields.Datetime.now())

    @api.model
    def _book_payouts(self, backend, payouts, items):
        """An entry of these payouts, fees and all, out of the gateway's balance."""
        fresh = payouts.filtered(lambda p: p.state == "succeeded")
        fresh._expect_fees(backend)
        lines = [items[payout._entry_to_settle().id] for payout in payouts]
        # money out: the items are credits
        gross = sum(line.amount_residual for line in lines)
        fee, tax = sum(fresh.mapped("fee")), sum(fresh.mapped("fee_tax"))
        settlement = self.create(
            {
                **self._common_values(backend),
                "style": "balance",
                "state": "booked",
                "date": backend._booking_date(self._today(backend)),
                "gross": gross,
                "fee": fee,
                "fee_tax": tax,
                "net": gross - fee - tax,
            }
        )
        settlement._book_legs(settlement._payout_legs(lines))
        fresh.settlement_id = settlement
        (payouts - fresh).settlement_id = False

    def _payout_legs(self, lines):
        backend = self.backend_id
        legs = [
            Leg(
                line.account_id, line.name, -line.amount_residual, line, line.partner_id
            )
            for line in lines
        ]
        balance, label = backend.journal_id.default_account_id, self.env._("Payouts")
        legs += [
            Leg(backend._fee_account(), self.env._("Fee"), self.fee),
            Leg(backend._fee_tax_account(), self.env._("VAT on fee"), self.fee_tax),
            Leg(balance, label, self.net),
        ]
        return [leg for leg in legs if not self.currency_id.is_zero(leg.balance)]

    @api.model
    def _common_values(self, backend):
        company = backend.company_id
        return {
            "backend_id": backend.id,
            "company_id": company.id,
            "currency_id": company.currency_id.id,
        }


class ConnectorPaymentReceipt(models.Model):
    _inherit = "connector.payment.receipt"

    def _paying_bank(self):
        """The bank of its virtual account, else the one the gateway names."""
        if self.va_id.bank_id:
            return self.va_id.bank_id
        channels = self.env["connector.payment.channel"].search(
            [("provider", "=", self.backend_id.provider)]
        )
        named = (self.bank or "").lower()
        return channels.filtered(
            lambda c: named in ((c.va_code or "").lower(), c.bank_id.name.lower())
        ).bank_id[:1]

    def _settle_days(self, backend):
        """{receipt id: day on which the gateway hands it over}."""
        channels = self.env["connector.payment.channel"].search(
            [("provider", "=", backend.provider)]
        )
        waits = {channel.bank_id: channel.settle_days for channel in channels}
        return {
            receipt.id: business_day_after(
                backend._local_date(receipt.paid_at),
                waits.get(receipt._paying_bank(), 0),
            )
            for receipt in self
        }


class ConnectorPaymentPayout(models.Model):
    _inherit = "connector.payment.payout"

    def _return_entries(self):
        """Entries that brought the money back."""
        return self.payment_id.move_id.reversal_move_ids.filtered(
            lambda m: m.state == "posted"
        )

    def _entry_to_settle(self):
        if self.state == "reversed":
            return self._return_entries()[:1]
        return self.payment_id.move_id

    def _expect_fees(self, backend):
        """From the table of fees, as far as the gateway has not told them."""
        table = self.env["connector.payment.fee"]._rules_of(backend, "payout")
        rule = table[self.env["connector.payment.bank"]]
        for payout in self.filtered(lambda p: not p.fee):
            payout.fee, payout.fee_tax = rule._amounts(payout.amount)
