"""How to pay, in what is sent with an invoice; and what to know before it is sent."""

from markupsafe import Markup

from odoo import api, models


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    @api.model
    def _get_default_mail_body(self, move, mail_template, mail_lang):
        """How to pay by transfer, below what the template says."""
        body = super()._get_default_mail_body(move, mail_template, mail_lang)
        invoice = move.with_context(lang=mail_lang) if mail_lang else move
        vas = invoice._connector_open_vas()
        making = invoice._connector_awaits_number()
        if not body or not (vas or making):
            return body
        values = {"vas": vas, "making": making, "invoice": invoice}
        block = (
            self.env["ir.qweb"]
            .with_context(lang=mail_lang)
            ._render("connector_payment.mail_virtual_accounts", values)
        )
        return Markup(body) + block  # noqa: S704

    # ---- before it is sent -----------------------------------------------------------

    @api.model
    def _get_alerts(self, moves, moves_data):
        """A number that is not there yet, or never comes, is said before sending."""
        alerts = super()._get_alerts(moves, moves_data)
        waiting = moves.filtered(lambda m: m._connector_awaits_number())
        if waiting:
            alerts["connector_va_waiting"] = self._connector_waiting(moves, waiting)
        refused = moves.filtered(lambda m: m._connector_is_refused())
        if refused:
            alerts["connector_va_refused"] = self._connector_refused(refused)
        return alerts

    def _connector_waiting(self, moves, waiting):
        if len(moves) > 1:
            message = self.env._(
                "%s of these invoices wait for the number of their virtual account. "
                "Each is sent when its number is there, at the latest after ten "
                "minutes.",
                len(waiting),
            )
            return {"level": "info", "message": message}
        return {
            "level": "warning",
            "message": self.env._(
                "The number of the virtual account is not there yet. Look again in a "
                "few seconds; if you send now, the customer finds the number on the "
                "invoice's page, to which the e-mail leads."
            ),
            "action_text": self.env._("Look Again"),
            "action": moves.action_send_and_print(),
        }

    def _connector_refused(self, refused):
        vas = refused.sudo().connector_va_ids.filtered(lambda va: va.state == "failed")
        return {
            "level": "warning",
            "message": self.env._(
                "The gateway refused the virtual account: the invoice goes out without "
                "a number to pay to. Correct the reason and make the account again, or "
                "send without it."
            ),
            "action_text": self.env._("View Virtual Accounts"),
            "action": vas._get_records_action(name=self.env._("Virtual Accounts")),
        }

    # ---- in the background -----------------------------------------------------------

    @api.model
    def _generate_and_send_invoices(self, moves, from_cron=False, **kwargs):
        """Those that wait for a number stay in the queue; see `_connector_held`."""
        if from_cron:
            moves -= moves._connector_held()
            if not moves:
                return self.env["ir.attachment"]
        return super()._generate_and_send_invoices(moves, from_cron=from_cron, **kwargs)
