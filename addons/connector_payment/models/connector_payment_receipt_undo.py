"""What changes afterwards: money assigned, taken back, given back."""

from odoo import fields, models
from odoo.exceptions import UserError

from .connector_payment_guard import as_bookkeeper


class ConnectorPaymentReceipt(models.Model):
    _inherit = "connector.payment.receipt"

    # ---- assign what belonged to nobody ----------------------------------------------

    def action_accept_suggestion(self):
        """Give each to its suggested customer and invoice.

        What is suggested is looked up for each anew: the invoice of one is paid then,
        and nobody else's any more.
        """
        for receipt in as_bookkeeper(self):
            receipt.invalidate_recordset(["suggested_partner_id", "suggested_move_ids"])
            if receipt.suggested_partner_id:
                receipt._assign(
                    receipt.suggested_partner_id, receipt.suggested_move_ids
                )

    def _assign(self, partner, invoices=None):
        """An entry from unidentified receipts to the customer, all of it reconciled."""
        self.ensure_one()
        if self.state != "unidentified":
            raise UserError(
                self.env._("%s is assigned already.", self.external_id or "")
            )
        self._check_theirs(partner, invoices)
        self.partner_id = partner
        debts = invoices._connector_debts() if invoices else self._oldest_debts()
        debts = debts.filtered(lambda line: line.account_id == debts[0].account_id)
        entry = self._assignment_entry(partner, debts.account_id)
        suspense, receivable = entry.line_ids
        payment_side = self.payment_id.move_id.line_ids.filtered(
            lambda line: line.account_id == suspense.account_id
        )
        plan = [payment_side + suspense]
        if debts:
            plan.append(receivable + debts)
        self.env["account.move.line"]._reconcile_plan(plan)
        self._note_assignment(entry, receivable, debts)

    def _check_theirs(self, partner, invoices):
        """The invoices are that customer's, and of our company."""
        payer = partner.commercial_partner_id
        for move in invoices or ():
            ours = move.company_id == self.company_id
            if not ours or move.commercial_partner_id != payer:
                raise UserError(
                    self.env._(
                        "%(invoice)s is no invoice of %(partner)s in %(company)s. "
                        "Choose the customer whose invoice it is.",
                        invoice=move.display_name,
                        partner=partner.display_name,
                        company=self.company_id.name,
                    )
                )

    def _assignment_entry(self, partner, account):
        """To the account of the debts; to the customer's own where there are none."""
        company = self.company_id
        payer = partner.commercial_partner_id.with_company(company)
        account = account or payer.property_account_receivable_id
        name = self._memo()
        backend = self.backend_id
        day = backend._booking_date(backend._local_date(fields.Datetime.now()))
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": self._misc_journal().id,
                "date": day,
                "ref": name,
                "line_ids": [
                    fields.Command.create(
                        {
                            "name": name,
                            "account_id": account_id,
                            "partner_id": payer.id,
                            "currency_id": self.currency_id.id,
                            "amount_currency": sign * self.amount,
                            "balance": sign * self.amount,
                        }
                    )
                    for sign, account_id in (
                        (1, self.backend_id.suspense_account_id.id),
                        (-1, account.id),
                    )
                ],
            }
        )
        entry.action_post()
        return entry

    def _misc_journal(self):
        journals = self.env["account.journal"]
        domain = journals._check_company_domain(self.company_id)
        return journals.search([*domain, ("type", "=", "general")], limit=1)

    def _oldest_debts(self):
        """As money on a fixed account would be attributed."""
        plan = self._attribute()[self]
        return self.env["account.move.line"].concat(*plan.lines)

    def _note_assignment(self, entry, receivable, debts):
        self.write(
            {
                "state": "booked",
                "outcome": "credit" if not debts else self._outcome_of(debts.move_id),
                "assign_move_id": entry.id,
                "invoice_ids": [fields.Command.set(debts.move_id.ids)],
                "amount_unused": -receivable.amount_residual,
            }
        )
        self.message_post(
            body=self.env._(
                "Assigned to %(partner)s by %(user)s.",
                partner=self.partner_id.display_name,
                user=self.env.user.name,
            )
        )

    def _outcome_of(self, moves):
        return "several" if len(moves) > 1 else "exact"

    # ---- money taken back ------------------------------------------------------------

    def _undo_wanted(self):
        wanted = self.filtered(lambda r: r.reversal_wanted and r.state != "reversed")
        for receipt in wanted:
            if not receipt._undo_is_held():
                receipt._undo()

    def _undo_is_held(self):
        """Nothing may be posted today: the owner knows now, the entries follow."""
        if not self.payment_id:
            return False
        reason, text = self.backend_id._hold_today()
        if reason and self.hold_reason != text:
            self.hold_reason = text
            self._tell_owner(self.env._("Payment taken back"))
        return bool(reason)

    def _undo(self):
        """The gateway took the money back: invoices are open again, with a trace.

        What the gateway has settled stays settled; the reversal's own outstanding item
        waits for the gateway's row that takes the money back.
        """
        self.ensure_one()
        invoices = self.invoice_ids
        entries = self.assign_move_id | self.payment_id.move_id
        self.write(
            {
                "state": "reversed",  # first: what it had paid stays on it
                "hold": False,
                "hold_reason": False,
                "amount_unused": 0,
            }
        )
        posted = entries.filtered(lambda entry: entry.state == "posted")
        (entries - posted).line_ids.remove_move_reconcile()  # somebody's draft
        self.backend_id._reverse_entries(posted, self.backend_id.outstanding_account_id)
        self.payment_id.state = "rejected"
        text = self.env._(
            "The gateway took the payment %(payment)s back (%(status)s).",
            payment=self.external_id,
            status=self.raw_status or "",
        )
        for record in (self, *invoices):
            record.message_post(body=text)
        self._tell_owner(self.env._("Payment taken back"))
        self.va_id._sync_debts()

    # ---- money given back ------------------------------------------------------------

    def _tell_refunds(self):
        """The gateway gave money back that no refund of ours asked for."""
        for receipt in self.filtered("refunded_amount"):
            ours = receipt._refunds_of_ours()
            more = receipt.refunded_amount - ours
            if receipt.currency_id.compare_amounts(more, 0) > 0:
                receipt._tell_owner(self.env._("Refunded outside Odoo"))

    def _refunds_of_ours(self):
        return 0.0
