"""What the gateway alone knows is written by its messages, never by a person.

Clerks may change accounts and receipts, by their buttons. By a call of their own they
could also give a customer another number to pay to, or a receipt another amount.
"""

from odoo import api, models
from odoo.exceptions import AccessError


def hands_off(records, vals_list, names):
    """Raise when a person writes any of these fields."""
    touched = {name for vals in vals_list for name in vals if name in names}
    if touched and not records.env.su:
        labels = [records._fields[name].string for name in sorted(touched)]
        raise AccessError(
            records.env._(
                "Only the gateway says this: %(fields)s.", fields=", ".join(labels)
            )
        )


class ConnectorPaymentVa(models.Model):
    _inherit = "connector.payment.va"

    @api.model_create_multi
    def create(self, vals_list):
        hands_off(self, vals_list, {"number", "biller_code", "external_id"})
        return super().create(vals_list)

    def write(self, vals):
        fixed = {"backend_id", "biller_code", "company_id", "currency_id"}
        hands_off(self, [vals], fixed | {"external_id", "number"})
        return super().write(vals)


class ConnectorPaymentReceipt(models.Model):
    _inherit = "connector.payment.receipt"

    def write(self, vals):
        told = {
            "amount",
            "bank",
            "external_id",
            "paid_at",
            "raw_status",
            "va_reference",
        }
        kept = {"fee", "fee_tax", "fee_withheld", "fee_final", "refunded_amount"}
        fixed = {"backend_id", "company_id", "currency_id"}
        hands_off(self, [vals], told | kept | fixed)
        return super().write(vals)
