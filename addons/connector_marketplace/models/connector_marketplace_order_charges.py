"""A breakdown that is not there yet: shown, asked for again, and completed."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.connector_marketplace.providers import schema
from odoo.addons.erp_connector_base.client.provider import Event
from odoo.addons.erp_connector_base.models.erp_connector_backend_words import (
    without_place,
)

#: Seconds until a missing breakdown is asked for the 1st, 2nd, ... time.
WAITS = (60, 300, 900, 3600, 10800, 21600, 43200, *[86400] * 6)
#: Pending orders that one look of the scheduled action takes.
LOOK = 1000

#: Causes of activities: on the account, and on a sale.
NO_RIGHT = "payment.no_right"
CHARGES_MISSING = "order.charges_missing"


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
        sales = self.env["sale.order"].search(
            [
                ("connector_charges_pending", "=", True),
                ("connector_charges_at", "<=", fields.Datetime.now()),
                ("connector_backend_id.state", "=", "connected"),
            ],
            order="connector_charges_at, id",
            limit=LOOK,
        )
        for backend, group in sales.grouped("connector_backend_id").items():
            self.env["erp.connector.message"]._ingest(
                backend, [_asking(sale) for sale in group]
            )
        for tries, group in sales.grouped("connector_charges_tries").items():
            self._asked_again(group, tries + 1)

    def _asked_again(self, sales, tries):
        more = tries < len(WAITS)
        next_at = fields.Datetime.now() + timedelta(seconds=WAITS[tries] if more else 0)
        sales.write(
            {
                "connector_charges_tries": tries,
                "connector_charges_at": next_at if more else False,
            }
        )
        if more:
            return
        for backend, group in sales.grouped("connector_backend_id").items():
            backend._notify_owner(
                self.env._("Charges are still missing"),
                self.env._(
                    "The platform has shown no breakdown of this order for a week; it "
                    "is not asked for any more by itself. Compare the order with the "
                    "platform and enter what is missing, or replay one of its messages."
                ),
                record=group,
                cause=CHARGES_MISSING,
            )


def _asking(sale):
    moment = sale.connector_charges_at.isoformat()
    tries = sale.connector_charges_tries
    key = f"{sale.connector_order_ref}:charges:{tries}:{moment}"
    return Event(schema.ORDER_STATUS, sale.connector_order_ref, key, "{}")
