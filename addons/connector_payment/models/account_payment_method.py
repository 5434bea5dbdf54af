from odoo import api, models

from .erp_connector_backend_accounting import METHOD_IN, METHOD_OUT


class AccountPaymentMethod(models.Model):
    _inherit = "account.payment.method"

    @api.model
    def _get_payment_method_information(self):
        """Ours are put on a gateway's journal by its account, on no other one."""
        ours = {"mode": "connector", "type": ("bank",)}
        information = super()._get_payment_method_information()
        return {**information, METHOD_IN: ours, METHOD_OUT: ours}
