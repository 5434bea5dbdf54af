"""Orders whose breakdown is missing: who is asked for again, when, and till when."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.connector_marketplace.providers import schema
from odoo.addons.erp_connector_base.client.provider import Event
from odoo.addons.erp_connector_base.tools.moments import aware
from odoo.fields import Domain
from odoo.tools import SQL

#: Seconds until a missing breakdown is asked for the 1st, 2nd, ... time.
WAITS = (60, 300, 900, 3600, 10800, 21600, 43200, *[86400] * 6)
#: So often an order is asked for that the platform does not show at all: ten hours.
PATIENT_ASKS = 6
#: Orders that one look of the scheduled action takes, of all shops together.
LOOK = 1000
#: Cause of the activity on an order that is not asked for any more.
CHARGES_MISSING = "order.charges_missing"


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def write(self, vals):
        """Charges that are not waited for any more are not missing."""
        waited = self.browse()
        if vals.get("connector_charges_pending") is False:
            waited = self.filtered("connector_charges_pending")
        result = super().write(vals)
        self.env["mail.activity"]._connector_settle(waited, CHARGES_MISSING)
        return result

    @api.model
    def _connector_to_ask(self):
        """Those to be asked for now. Not those of which a message is on its way: it
        reads the breakdown anyway.
        """
        now = fields.Datetime.now()
        self.flush_model()
        self.env["erp.connector.message"].flush_model()
        due = Domain("connector_charges_pending", "=", True)
        due &= Domain("connector_charges_at", "<=", now)
        due &= Domain.custom(to_sql=lambda *_args: SQL(_NOT_UNDER_WAY, now=now))
        order = "connector_charges_at, id"
        backends = self.env["erp.connector.backend"]
        return backends._fair(self, due, LOOK, order, account="connector_backend_id")

    def _connector_ask_charges(self):
        """One account's orders go into its inbox, each with its next turn noted."""
        messages = self.env["erp.connector.message"]
        messages._ingest(self.connector_backend_id, [_asking(sale) for sale in self])
        for tries, sales in self.grouped("connector_charges_tries").items():
            sales._connector_asked(tries + 1)

    def _connector_asked(self, tries):
        more = tries < len(WAITS)
        now = fields.Datetime.now()
        next_at = more and now + timedelta(seconds=WAITS[tries])
        self.write({"connector_charges_tries": tries, "connector_charges_at": next_at})
        if not more:
            self._connector_tell_missing(
                self.env._(
                    "The platform has shown no breakdown of this order for a week; it "
                    "is not asked for any more by itself. Compare the order with the "
                    "platform and enter what is missing, or replay one of its messages."
                )
            )

    def _connector_not_shown(self):
        """The platform does not know the order that was asked for."""
        if self.connector_charges_tries < PATIENT_ASKS:
            return
        self.connector_charges_at = False
        self._connector_tell_missing(
            self.env._(
                "The platform does not show this order any more, so its charges are "
                "not asked for by themselves any longer. See on the platform what "
                "became of it, and enter what is missing, or replay one of its "
                "messages."
            )
        )

    def _connector_tell_missing(self, note):
        for backend, sales in self.grouped("connector_backend_id").items():
            backend._notify_owner(
                self.env._("Charges are still missing"),
                note,
                record=sales,
                cause=CHARGES_MISSING,
            )


def _asking(sale):
    """An event of no news: it happened when the order was changed last."""
    key = f"{mark(sale.connector_order_ref)}{sale.connector_charges_tries}"
    return Event(
        schema.ORDER_STATUS,
        sale.connector_order_ref,
        f"{key}:{sale.connector_charges_at.isoformat()}",
        "{}",
        aware(sale.connector_updated_at or None),
    )


def mark(order_ref):
    """How the keys of messages begin that ask for an order's charges."""
    return f"{order_ref}:charges:"


#: By the index of open messages, an order at a time: whatever else is in the table.
_NOT_UNDER_WAY = """
    sale_order.id NOT IN (
        SELECT sale.id FROM sale_order sale CROSS JOIN LATERAL (
               SELECT m.id FROM erp_connector_message m
                WHERE m.backend_id = sale.connector_backend_id
                  AND m.business_key = sale.connector_order_ref
                  AND m.topic = 'order.status' AND m.direction = 'in'
                  AND m.state IN ('pending', 'processing', 'retry', 'uncertain')
                LIMIT 1) AS open
         WHERE sale.connector_charges_pending AND sale.connector_charges_at <= %(now)s)
"""
