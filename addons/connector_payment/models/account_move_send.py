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
        if not body or not vas:
            return body
        values = {"vas": vas, "invoice": invoice}
        block = (
            self.env["ir.qweb"]
            .with_context(lang=mail_lang)
            ._render("connector_payment.mail_virtual_accounts", values)
        )
        return Markup(body) + block  # noqa: S704
