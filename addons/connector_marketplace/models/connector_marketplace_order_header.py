"""What is told of an order beside its lines: status, dates, address, notes, holds."""

from odoo import models
from odoo.addons.connector_marketplace.providers.schema import GONE, OrderStatus
from odoo.addons.erp_connector_base.tools.moments import naive

from .connector_marketplace_buyer import _key, address_mark
from .connector_marketplace_order import NOT_YET, QUOTATION

#: Cause of an activity on a sale.
ADDRESS_CHANGED = "order.address"

#: What Odoo would look up anew for another customer.
OF_THE_CUSTOMER = (
    "partner_id",
    "partner_invoice_id",
    "partner_shipping_id",
    "fiscal_position_id",
    "pricelist_id",
    "payment_term_id",
    "team_id",
    "user_id",
    "note",
)
#: An order that has ended is neither held nor does it wait for charges.
ENDED = {"connector_hold": False, "connector_platform_hold": False}


class ConnectorMarketplaceOrder(models.AbstractModel):
    _inherit = "connector.marketplace.order"

    def _status_values(self, order, sale=None):
        """What the platform says now; what it says no more stays as it was."""
        sale = sale or self.env["sale.order"]
        values = {
            "connector_status": str(order.status),
            "connector_raw_status": order.raw_status,
            "connector_updated_at": naive(order.updated_at),
            "connector_seller_note": order.note,
            **self._hold_values(order, sale),
        }
        if order.total is not None:
            values["connector_total"] = float(order.total)
            values["connector_total_known"] = True
        told = {
            "connector_ship_by": naive(order.ship_by),
            "connector_buyer_note": order.message,
            "connector_cod": order.cod,
            "connector_dropshipper": ", ".join(
                filter(None, (order.dropshipper, order.dropshipper_phone))
            ),
            "connector_carrier": order.carrier,
            "connector_payment_method": order.payment_method,
        }
        values |= {name: value for name, value in told.items() if value}
        if order.ship_by and sale and sale.commitment_date == sale.connector_ship_by:
            values["commitment_date"] = naive(order.ship_by)
        return values

    def _hold_values(self, order, sale):
        """Deliveries are held while the platform says not to ship."""
        if order.status == OrderStatus.CANCELLED:
            return {**ENDED, "connector_charges_pending": False}
        reason = "" if order.status in GONE else order.hold  # it may be booked out
        if not reason and order.status in NOT_YET and sale.state == "sale":
            reason = order.raw_status
        hold = sale.connector_hold
        if hold != "changed":
            hold = "platform" if reason else False
        return {"connector_platform_hold": reason or False, "connector_hold": hold}

    def _new_values(self, sale, values):
        """Those of `values` that `sale` does not have yet."""
        old = sale._convert_to_write({name: sale[name] for name in values})
        return {k: v for k, v in values.items() if (old[k] or False) != (v or False)}

    # ---- where the parcel goes -------------------------------------------------------

    def _address_changed(self, sale, order):
        """Whether the platform tells (another) address, in full."""
        mark = address_mark(order)
        if not mark or sale.connector_address_mark:
            return bool(mark) and mark != sale.connector_address_mark
        address = order.address
        wanted = self.env["connector.marketplace.buyer"]._address_values(address)
        contact = sale.connector_contact_id
        there = {field: contact[field] for field in wanted if field in contact}
        parents = {"parent_id": False}
        return _key({**wanted, **parents}) != _key({**there, **parents})

    def _follow_address(self, backend, sale, order):
        """The open deliveries go where the platform says, unless somebody chose."""
        changed = self._address_changed(sale, order)
        if changed or not sale.connector_address_mark:
            sale.connector_address_mark = address_mark(order)
        if not changed:
            return ""
        buyers = self.env["connector.marketplace.buyer"]
        contact = buyers._delivery_contacts(
            backend, [order], {order.id: sale.partner_id}
        )[order.id]
        before = sale.connector_contact_id
        ours = sale.partner_shipping_id in before | sale.partner_id
        sale.connector_contact_id = contact
        if not ours and sale.partner_shipping_id != contact:
            return self._tell_address(backend, sale, order)
        self._ship_to(sale, contact)
        if before and sale.state == "sale" and sale._connector_has_begun():
            self._hold_changed(
                backend, sale, order, self.env._("another delivery address")
            )
        return self.env._("The platform's delivery address was taken over.")

    def _ship_to(self, sale, contact):
        """What is done already keeps the address it went to."""
        done = {p: p.partner_id for p in sale.picking_ids if p.state == "done"}
        sale.with_context(update_delivery_shipping_partner=True).write(
            {
                "partner_shipping_id": contact.id,
                "fiscal_position_id": sale.fiscal_position_id.id,  # else looked up anew
            }
        )
        for picking, partner in done.items():
            picking.partner_id = partner

    def _tell_address(self, backend, sale, order):
        backend._notify_owner(
            self.env._("%s: the platform tells another address", order.id),
            self.env._(
                "Somebody chose the delivery address of %s by hand, so it was kept. "
                "The platform tells another one: compare them.",
                sale.name,
            ),
            record=sale,
            cause=ADDRESS_CHANGED,
        )
        return self.env._("Another delivery address was told; the chosen one stays.")

    # ---- a quotation that becomes firm -----------------------------------------------

    def _header_values(self, backend, sale, order):
        """What only a paid order tells: who bought, and who ships it."""
        values = {}
        if order.fulfilled_by_platform and sale.warehouse_id == backend.warehouse_id:
            values["warehouse_id"] = backend.platform_warehouse_id.id
        anonymous = sale.partner_id == backend.shop_partner_id
        if anonymous and order.buyer.id and sale.state in QUOTATION:
            buyers = self.env["connector.marketplace.buyer"]
            customer = buyers._customers(backend, [order])[order.id]
            if customer != sale.partner_id:
                everything = self._values(backend, order, customer, customer)
                values |= {name: everything[name] for name in OF_THE_CUSTOMER}
        return values
