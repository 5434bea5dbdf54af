"""Orders that a person has taken in hand: deleted here, or waiting for a mapping."""

from dataclasses import replace

from odoo import fields, models
from odoo.addons.connector_marketplace.providers.schema import OrderStatus
from odoo.addons.erp_connector_base.client.topic import Outcome

from .connector_marketplace_order import BEHIND
from .erp_connector_binding import ORDER

#: Statuses in which the platform has done with an order.
OVER = {OrderStatus.CANCELLED, OrderStatus.COMPLETED}


class ConnectorMarketplaceOrder(models.AbstractModel):
    _inherit = "connector.marketplace.order"

    # ---- deleted ---------------------------------------------------------------------

    def _deleted(self, backend, refs):
        """Those of `refs` whose sale a person has deleted."""
        if not refs:
            return set()
        return set(self.env["erp.connector.binding"]._find(backend, ORDER, refs))

    def _stay_deleted(self, backend, order):
        """It is not made anew; somebody is told while the platform goes on with it."""
        cause = f"order.deleted.{order.id}"
        if order.status in OVER:
            backend._settle_notice(cause)
            return Outcome.ignored(
                self.env._(
                    "Its sales order was deleted here; on the platform it is %s.",
                    order.raw_status,
                )
            )
        backend._notify_owner(
            self.env._("%s was deleted here, but goes on", order.id),
            self.env._(
                "The sales order of %(order)s was deleted, but the platform goes on "
                "with it (%(status)s). Cancel it there; or delete its mapping under "
                "Connectors ▸ Mappings and replay its last message, to have it back.",
                order=order.id,
                status=order.raw_status,
            ),
            cause=cause,
        )
        return Outcome.ignored(
            self.env._(
                "Its sales order was deleted here by hand and is not made anew, but "
                "the platform goes on with it: %s.",
                order.raw_status,
            )
        )

    # ---- what is said of them --------------------------------------------------------

    def _note_made(self, sale, order):
        """What the message says of an order that was just made, or became firm."""
        notes = [self._note_total(sale, order)]
        if sale.connector_left_before:
            notes.insert(
                0,
                self.env._(
                    "The parcel had left before the order came in (%s): it counts as "
                    "delivered, opens no delivery and takes no stock.",
                    order.raw_status,
                ),
            )
        if sale.connector_platform_hold:
            notes.append(
                self.env._("Deliveries are held: %s.", sale.connector_platform_hold)
            )
        return " ".join(filter(None, notes))

    def _with_doubts(self, orders, outcomes):
        """Say where a read was taken although the platform had told more."""
        return {id_: self._with_doubt(orders[id_], o) for id_, o in outcomes.items()}

    def _with_doubt(self, order, outcome):
        if not order.behind or outcome.error:
            return outcome
        doubt = self.env._(
            "The platform had told %(told)s, but shows %(read)s however often it is "
            "read: that was taken.",
            told=order.behind,
            read=order.raw_status,
        )
        note = " ".join(filter(None, (outcome.note, doubt)))
        return replace(outcome, note=note, reference=BEHIND)

    # ---- waiting ---------------------------------------------------------------------

    def _end_waiting(self, backend, messages, outcomes):
        """Older messages of these orders wait no more: later news stand for them."""
        handled = messages.filtered(lambda m: outcomes[m.id].state != "failed")
        waiting = self.env["erp.connector.message"].search(
            [
                ("backend_id", "=", backend.id),
                ("business_key", "in", handled.mapped("business_key")),
                ("state", "=", "waiting"),
                ("id", "not in", messages.ids),
            ]
        )
        latest = {m.business_key: m.id for m in handled.sorted("id")}
        older = waiting.filtered(lambda m: m.id < latest[m.business_key])
        if not older:
            return
        reason = self.env._("Later news of this order were handled instead.")
        older._append_history(self.env._("Superseded"), reason)
        older.sudo().write(
            {
                "state": "ignored",
                "note": reason,
                "processed_at": fields.Datetime.now(),
                "waiting_for_ids": [fields.Command.clear()],
            }
        )
