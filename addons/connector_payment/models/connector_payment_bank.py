from odoo import api, fields, models
from odoo.addons.connector_payment.providers import PROVIDERS


class ConnectorPaymentBank(models.Model):
    _name = "connector.payment.bank"
    _description = "Bank of Virtual Accounts and Payouts"
    _order = "sequence, name"

    name = fields.Char(required=True)
    code = fields.Char(
        required=True, help="Short name in lower case, such as bca or mandiri."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    bank_id = fields.Many2one(
        "res.bank",
        "Bank in Odoo",
        help="Bank accounts of contacts at this bank are paid out to through it.",
    )
    clearing_code = fields.Char(
        "Clearing Code", help="The three digits a payer types before the number."
    )
    instructions = fields.Html(
        "How to Pay",
        translate=True,
        help="Shown to customers under the number. Write {number} and {amount} where "
        "they belong.",
    )
    channel_ids = fields.One2many("connector.payment.channel", "bank_id")

    _code_uniq = models.Constraint("UNIQUE(code)", "This bank is in the table already.")

    def _channel(self, provider):
        self.ensure_one()
        return self.channel_ids.filtered(lambda c: c.provider == provider)[:1]


class ConnectorPaymentChannel(models.Model):
    _name = "connector.payment.channel"
    _description = "What a Gateway Offers at a Bank"
    _order = "provider, bank_id"

    bank_id = fields.Many2one(
        "connector.payment.bank", required=True, index=True, ondelete="cascade"
    )
    provider = fields.Selection("_selection_provider", required=True)
    va_code = fields.Char(
        "Virtual Account Code", help="The gateway's name of the bank for accounts."
    )
    offers_fixed = fields.Boolean("Fixed")
    offers_closed = fields.Boolean("Closed", default=True)
    has_biller_code = fields.Boolean(
        "Bill", help="The payer types a biller code and a bill key."
    )
    amount_min = fields.Float("Smallest Amount", digits=(16, 2))
    amount_max = fields.Float("Largest Amount", digits=(16, 2))
    refundable = fields.Boolean(help="The gateway can give payments of this kind back.")
    payout_code = fields.Char(
        "Payout Code", help="The gateway's name of the bank for payouts."
    )
    settle_days = fields.Integer(
        "Settles After (days)", help="Business days from payment to settlement."
    )

    _bank_provider_uniq = models.Constraint(
        "UNIQUE(bank_id, provider)", "A gateway has each bank once."
    )

    @api.model
    def _selection_provider(self):
        return [(code, p.name) for code, p in PROVIDERS.items()]
