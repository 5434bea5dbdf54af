"""A payment, as the gateway tells of it, as the values of a receipt."""

from datetime import datetime

from odoo import api, fields, models
from odoo.addons.connector_payment.providers import schema
from odoo.addons.erp_connector_base.client.exact_json import dump
from odoo.addons.erp_connector_base.client.redact import redact_text
from odoo.addons.erp_connector_base.tools.moments import naive

#: Nothing was paid to us before; some write a missing time as year 1.
FIRST_DAY = datetime(2000, 1, 1)  # noqa: DTZ001 - naive UTC, as Odoo's own


class ConnectorPaymentReceipt(models.Model):
    _inherit = "connector.payment.receipt"

    @api.model
    def _values(self, backend, payment, va):
        currency = self._currency(backend, payment, va)
        hold, reason = self._first_hold(backend, payment, currency)
        return {
            "backend_id": backend.id,
            "company_id": backend.company_id.id,
            "external_id": payment.id,
            "va_id": va.id if va else False,
            "va_reference": payment.number
            or (va and va.number)
            or payment.va_reference
            or payment.va_id,
            "partner_id": va.partner_id.id if va else False,
            "bank": (va and va.bank_id.name) or payment.channel,
            "currency_id": (currency or backend.company_id.currency_id).id,
            "amount": max(float(payment.amount or 0), 0),
            "paid_at": self._when(payment),
            "remark": payment.remark,
            "sender_name": payment.sender_name,
            "raw_status": payment.raw_status,
            "state": "held" if hold else "new",
            "hold": hold,
            "hold_reason": reason,
            **(self._fee_values(payment.fee) if payment.fee else {}),
        }

    @api.model
    def _currency(self, backend, payment, va):
        """The payment's currency; an older webhook does not say: the account's then."""
        if not payment.currency:
            return va.currency_id if va else backend.company_id.currency_id
        currencies = self.env["res.currency"].with_context(active_test=False)
        return currencies.search([("name", "=", payment.currency.upper())], limit=1)

    @api.model
    def _first_hold(self, backend, payment, currency):
        """(hold, reason) of what cannot be booked as it is, ("", "") otherwise."""
        if currency != backend.company_id.currency_id:
            text = self.env._("It is in %s.", payment.currency)
            return "currency", text
        if payment.doubtful or payment.status == schema.PaymentStatus.UNKNOWN:
            return "doubtful", payment.doubtful or payment.raw_status
        if payment.amount is None or payment.amount <= 0:
            return "amount", redact_text(dump(dict(payment.raw)), 200)
        return False, False

    @api.model
    def _when(self, payment):
        """When it was paid; a time that cannot be, such as year 1, is no time."""
        now = fields.Datetime.now()
        told = naive(payment.paid_at)
        return told if told and FIRST_DAY < told < now else now

    @api.model
    def _fee_values(self, fee):
        return {
            "fee": float(fee.amount),
            "fee_tax": float(fee.tax),
            "fee_withheld": float(fee.withheld),
            "fee_final": fee.final,
        }
