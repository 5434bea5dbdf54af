"""The end of payouts in the books: paid, or undone with a trace; and made again."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.addons.connector_payment.tools.topics import PAYOUT_BOOK, PAYOUT_SEND
from odoo.addons.erp_connector_base.client.topic import Outcome
from odoo.exceptions import UserError
from odoo.fields import Domain

from .connector_payment_payout import BACK
from .connector_payment_payout_release import APPROVER, BOOKING, MAKER

IN_BOOKS = ("in_process", "paid")
#: Payouts that one message to a user names.
MOST_LINES = 50


class ConnectorPaymentPayout(models.Model):
    _inherit = "connector.payment.payout"

    # ---- finish: one at a time -------------------------------------------------------

    @api.model
    def _handle_book(self, messages, _answers):
        """Only a reason to book: `finish` does it."""
        return {m.id: Outcome.done(self.browse(m.res_id)) for m in messages}

    @api.model
    def _book(self, messages):
        ours = messages.filtered(lambda m: m.res_model == self._name)
        self.browse(ours.mapped("res_id")).exists()._book_payouts()

    def _enqueue_book(self, mark=""):
        """Stand in the line of those who book, where there is something to book."""
        wanted = self.filtered(lambda p: p._is_to_validate() or p._is_to_undo())
        for state, payouts in wanted.grouped("state").items():
            payouts._enqueue(PAYOUT_BOOK, mark or f":{state}")

    @api.model
    def _enqueue_left_behind(self, backend, mark):
        """Ended some time ago, and not in the books yet: a window was shut, maybe."""
        if backend._has_window():
            return
        old = fields.Datetime.subtract(fields.Datetime.now(), minutes=5)
        wanted = Domain("state", "=", "succeeded") & Domain(
            "payment_id.state", "=", "in_process"
        )
        if not backend._hold_today()[0]:
            wanted |= Domain("state", "in", BACK) & Domain(
                "payment_id.state", "in", IN_BOOKS
            )
        ours = Domain("backend_id", "=", backend.id) & Domain("write_date", "<", old)
        self.search(ours & wanted)._enqueue_book(mark)

    def _is_to_validate(self):
        return self.state == "succeeded" and self.payment_id.state == "in_process"

    def _is_to_undo(self):
        return self.state in BACK and self.payment_id.state in IN_BOOKS

    def _book_payouts(self):
        """Safe to run twice."""
        for backend, payouts in self.grouped("backend_id").items():
            if backend._has_window():
                continue
            ours = payouts.with_company(backend.company_id).with_context(**BOOKING)
            ours.filtered(lambda p: p._is_to_validate()).payment_id.action_validate()
            if not backend._hold_today()[0]:
                ours.filtered(lambda p: p._is_to_undo())._undo(backend)

    # ---- undone ----------------------------------------------------------------------

    def _undo(self, backend):
        """The money is ours again: what it had paid is owed again."""
        if not self:
            return
        entries = self.payment_id.move_id
        contrary = backend._reverse_entries(entries, backend.payout_account_id)
        self.payment_id.write({"state": "rejected"})
        undone_by = contrary.grouped("reversed_entry_id")
        for payout in self:
            payout.undo_move_id = undone_by.get(payout.payment_id.move_id)
        self._say_undone()

    def _say_undone(self):
        """A note on payout, payment and documents, and an activity for its maker."""
        texts = {payout: payout._undone_text() for payout in self}
        on_documents = {}
        for payout, text in texts.items():
            for move in payout.line_ids.move_id:
                on_documents.setdefault(move, []).append(text)
        for notes in (
            {payout: [text] for payout, text in texts.items()},
            {payout.payment_id: [text] for payout, text in texts.items()},
            on_documents,
        ):
            for record in list(notes)[:1]:
                bodies = {r.id: Markup("<br/>").join(notes[r]) for r in notes}
                record.browse(bodies)._message_log_batch(bodies)
        came_back = self.filtered(lambda p: p.state == "reversed")
        came_back._tell_undone(self.env._("Payout came back"), texts)
        for maker, payouts in (self - came_back).grouped("maker_id").items():
            payouts._tell_undone(self.env._("Payout not made"), texts, maker)

    def _undone_text(self):
        return self.env._(
            "Payout %(payout)s: %(state)s. %(why)s The payment %(payment)s was undone "
            "by %(entry)s.",
            payout=self.name,
            state=self._state_label(),
            why=self.failure or "",
            payment=self.payment_id.name or "",
            entry=self.undo_move_id.name or "",
        )

    def _tell_undone(self, summary, texts, user=None):
        """As `_tell`, an activity each; but one message of all of them to the user."""
        fresh = self.sudo().filtered(
            lambda p: summary not in p.activity_ids.mapped("summary")
        )
        if not fresh:
            return
        user = user or fresh.backend_id.user_id[:1] or self.env.ref("base.user_admin")
        todo = self.env.ref("mail.mail_activity_data_todo")
        activities = self.env["mail.activity"].sudo()
        if len(fresh) > 1:
            activities = activities.with_context(mail_activity_quick_update=True)
            fresh._notify_undone(summary, texts, user)
        activities.create(
            [
                {
                    "activity_type_id": todo.id,
                    "automated": True,
                    "summary": summary,
                    "note": self.env._(
                        "%s Mend the cause, then repeat the payout.", texts[payout]
                    ),
                    "res_model_id": self.env["ir.model"]._get_id(self._name),
                    "res_id": payout.id,
                    "user_id": user.id,
                }
                for payout in fresh
            ]
        )

    def _notify_undone(self, summary, texts, user):
        lines = [texts[payout] for payout in self[:MOST_LINES]]
        if len(self) > MOST_LINES:
            lines.append("…")
        self.env["mail.thread"].sudo().message_notify(
            partner_ids=user.partner_id.ids,
            subject=f"{summary} ({len(self)})",
            body=Markup("<br/>").join(lines),
        )

    # ---- again -----------------------------------------------------------------------

    def action_reopen(self):
        """A new payout, in draft, of what is still owed; the old one stays as it is."""
        self._check_group(MAKER)
        wanted = self._as_ours().filtered(
            lambda p: (
                p.state in BACK
                and not p.retry_ids.filtered(lambda r: r.state != "cancelled")
            )
        )
        if not wanted:
            raise UserError(self.env._("Nothing here can be repeated (any more)."))
        if wanted.filtered(lambda p: p._is_to_undo()):
            raise UserError(
                self.env._("Its payment is not undone yet. Try again in a minute.")
            )
        new = self.browse()
        for payout in wanted:
            payment = payout.payment_id.with_context(**BOOKING)._connector_again()
            new |= self._for_payments(
                payment,
                {payment: payout.line_ids},
                retry_of_id=payout.id,
                batch_id=payout.batch_id.id,
            )
        return new._get_records_action(name=self.env._("Payouts"))

    def action_give_up(self):
        """A person asked the gateway, and it has none: its answer is lost for good."""
        self._check_group(APPROVER)
        for payout in self._as_ours().filtered("is_uncertain"):
            lost = payout._messages(
                [("topic", "=", PAYOUT_SEND), ("state", "=", "uncertain")]
            )
            note = self.env._("Not at the gateway, says %s.", self.env.user.name)
            lost.write({"state": "ignored", "note": note})
            payout.message_post(body=note)
            payout._end("failed", note)
            payout._enqueue_book()


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    def _has_window(self):
        """Whether a window holds all postings now; see the account's blackouts."""
        return self._posting_hold(fields.Date.today())[0] == "window"

    def _hold_today(self):
        """Why nothing may be posted with today's date: (reason, text), or ("", "")."""
        return self._posting_hold(self._local_date(fields.Datetime.now()))
