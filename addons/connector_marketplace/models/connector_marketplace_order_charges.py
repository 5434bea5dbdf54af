"""A breakdown that is not there yet: shown, asked for again, and completed."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.erp_connector_base.client.topic import Outcome
from odoo.addons.erp_connector_base.models.erp_connector_backend_words import (
    without_place,
)

from .sale_order_charges import WAITS

#: Cause of an activity on the account.
NO_RIGHT = "payment.no_right"


class ConnectorMarketplaceOrder(models.AbstractModel):
    _inherit = "connector.marketplace.order"

    def _charge_values(self, order, sale=None):
        """What a sale keeps of whether its breakdown was read."""
        if order.has_breakdown:
            return {
                "connector_charges_pending": False,
                "connector_charges_at": False,
                "connector_charges_tries": 0,
            }
        if not order.breakdown_error or (sale and sale.connector_charges_pending):
            return {}
        now = fields.Datetime.now()
        return {
            "connector_charges_pending": True,
            "connector_charges_tries": 0,
            "connector_charges_at": now + timedelta(seconds=WAITS[0]),
        }

    def _note_total(self, sale, order):
        """What the message says of the money: nothing when it agrees."""
        differs = not sale.currency_id.is_zero(sale.connector_difference)
        reason = self._reason_of(sale, order, differs)
        if (sale.connector_difference_reason or "") != reason:
            sale.connector_difference_reason = reason
        if differs:
            money = sale.currency_id.format
            return self.env._(
                "The order's total is %(ours)s, the platform's %(theirs)s: a "
                "difference of %(difference)s. %(why)s",
                ours=money(sale.amount_total),
                theirs=money(sale.connector_total),
                difference=money(sale.connector_difference),
                why=reason,
            )
        return reason if sale.connector_charges_pending else ""

    def _reason_of(self, sale, order, differs):
        """Why it differs; what was said of it stays until something better is."""
        if order.breakdown_error:
            return self.env._(
                "No breakdown could be read: %s. Charges are pending and asked for "
                "again.",
                without_place(order.breakdown_error),
            )
        if not differs and not sale.connector_charges_pending:
            return ""
        if not order.has_breakdown:
            return sale.connector_difference_reason or ""
        names = ", ".join(f"{name} {amount}" for name, amount in order.unknown.items())
        if names:
            return self.env._("Amounts of unknown meaning: %s", names)
        return self.env._("The platform explains it by no amount of its breakdown.")

    # ---- the right to read it --------------------------------------------------------

    def _tell_rights(self, backend, orders):
        """One activity on the account while the app may not read breakdowns."""
        orders = list(orders)
        refusal = next((o.breakdown_error for o in orders if o.no_right), "")
        if refusal:
            backend._notify_owner(
                self.env._("%s: charges cannot be read", backend.name),
                self.env._(
                    "The app has no right to the platform's payment data: %s. Orders "
                    "come in without vouchers, shipping and fees, and are shown as "
                    "Charges Pending. Give the app this right on the platform; they "
                    "are completed by themselves then.",
                    without_place(refusal),
                ),
                cause=NO_RIGHT,
            )
        elif any(order.has_breakdown for order in orders):
            self._settle_right(backend)

    def _settle_right(self, backend):
        """It works (again): what waits for it is asked for at once."""
        if not self.env["mail.activity"].sudo()._connector_open(backend, NO_RIGHT):
            return
        backend._settle_notice(NO_RIGHT)
        pending = self.env["sale.order"].search(
            [
                ("connector_backend_id", "=", backend.id),
                ("connector_charges_pending", "=", True),
            ]
        )
        pending.connector_charges_at = fields.Datetime.now()

    # ---- asking again ----------------------------------------------------------------

    @api.model
    def _cron_fetch_charges(self):
        """Put orders whose breakdown is due into the inbox, to be read once more."""
        sales = self.env["sale.order"]._connector_to_ask()
        sales.connector_backend_id._each_of(
            sales, "_connector_ask_charges", account="connector_backend_id"
        )

    def _not_shown(self, sale):
        """What was asked for has a ladder of its own: no dead letter for each try."""
        if sale:
            sale._connector_not_shown()
        return Outcome.ignored(
            self.env._("The platform does not show this order: nothing was read.")
        )
