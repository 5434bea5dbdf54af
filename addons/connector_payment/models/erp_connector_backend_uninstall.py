"""What of the gateways is open when the add-on is to go: money above all."""

from odoo import api, models
from odoo.addons.connector_payment.providers import PROVIDERS
from odoo.tools.translate import LazyTranslate

from .connector_payment_payout import OPEN as NOT_RELEASED
from .connector_payment_payout import TRAVELS
from .connector_payment_settlement import UNMATCHED
from .connector_payment_va import OPEN

_lt = LazyTranslate(__name__)

ADD_ON = "connector_payment"
#: Models of Odoo on whose records activities are raised.
EXTENDED = ("account.move", "account.payment")
#: (model, states in which it is open, words)
DOCUMENTS = (
    ("connector.payment.va", OPEN, _lt("Virtual accounts that can still be paid")),
    (
        "connector.payment.receipt",
        ("new", "held", "unidentified"),
        _lt("Receipts that are not booked, or belong to nobody"),
    ),
    (
        "connector.payment.payout",
        (*NOT_RELEASED, "approved", *TRAVELS),
        _lt("Payouts that have not ended"),
    ),
    ("connector.payment.refund", ("requested", "sent"), _lt("Refunds on their way")),
    (
        "connector.payment.settlement",
        UNMATCHED,
        _lt("Settlements that are not matched with the bank"),
    ),
)


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    @api.model
    def _providers_of(self, add_ons):
        ours = set(PROVIDERS) if ADD_ON in add_ons else set()
        return super()._providers_of(add_ons) | ours

    @api.model
    def _open_business(self, add_ons):
        found = super()._open_business(add_ons)
        if ADD_ON not in add_ons:
            return found
        return [*found, *self._money_there(), *self._open_documents()]

    @api.model
    def _money_there(self):
        accounts = self.sudo().with_context(active_test=False).search([])
        return [
            self.env._(
                "%(account)s: %(amount)s is in the books as money at the gateway",
                account=backend.display_name,
                amount=backend.company_currency_id.format(backend.balance_here),
            )
            for backend in accounts.filtered("is_gateway")
            if not backend.company_currency_id.is_zero(backend.balance_here)
        ]

    @api.model
    def _open_documents(self):
        lines = []
        for model, states, words in DOCUMENTS:
            count = self.env[model].sudo().search_count([("state", "in", states)])
            if count:
                lines.append(f"{self.env._(words)}: {count}")
        return lines
