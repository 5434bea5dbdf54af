from odoo import api, fields, models


class ConnectorPaymentBank(models.Model):
    _inherit = "connector.payment.bank"

    gateways_text = fields.Char(compute="_compute_texts")
    payouts_text = fields.Char(compute="_compute_texts")

    @api.depends("channel_ids.va_code", "channel_ids.payout_code")
    def _compute_texts(self):
        """Which gateways offer what, in one line each."""
        names = dict(self.env["connector.payment.channel"]._selection_provider())
        for bank in self:
            accounts = bank.channel_ids.filtered("va_code")
            payouts = bank.channel_ids.filtered("payout_code")
            bank.gateways_text = ", ".join(names[c.provider] for c in accounts)
            bank.payouts_text = ", ".join(names[c.provider] for c in payouts)
