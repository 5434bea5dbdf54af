"""Lines of a sale that stand for no line of the platform, or for a part of one."""

from odoo import models
from odoo.addons.connector_marketplace.providers.schema import OrderStatus
from odoo.addons.connector_marketplace.rules import divided as rules
from odoo.addons.connector_marketplace.rules.lines import Kept, exact
from odoo.tools import html2plaintext

from .connector_marketplace_order import QUOTATION
from .sale_order_delivery import COPY_ASKED, COPY_CHANGED

#: Causes of activities on a sale.
ORDER_CHANGED = "order.changed"
ORDER_EDITED = "order.edited"


class ConnectorMarketplaceOrder(models.AbstractModel):
    _inherit = "connector.marketplace.order"

    def _own_lines(self, sale):
        """Lines of goods that a person has made."""
        charges = sale.connector_backend_id.charge_ids.product_id
        return sale.order_line.filtered(
            lambda line: (
                not line.connector_line_ref
                and not line.display_type
                and not line.is_downpayment
                and line.product_id.type == "consu"
                and line.product_id not in charges
            )
        )

    def _divided(self, sale, steps):
        """`steps`, with what becomes of pieces that are on other lines than told."""
        if not any(step.new_quantity for step in steps):
            return steps
        articles = sale.order_line.filtered(lambda x: x._connector_is_article())
        own = self._own_lines(sale)
        steps = rules.divided(steps, [_goods(line) for line in articles | own])
        if own and sale.state in QUOTATION:
            return [rules.beside(step) for step in steps]
        return steps

    def _adopt(self, sale, values):
        """Lines of before this was noted stand for what the platform says of them."""
        if any(line.connector_line_ref for line in sale.order_line):
            return
        free = sale.order_line.filtered(lambda line: not line.display_type)
        found = []
        for fits in (_is_same, _is_charge_of, _is_alike):
            for wanted in [w for w in values if all(w is not w2 for _l, w2 in found)]:
                line = free.filtered(lambda x, f=fits, w=wanted: f(x, w))[:1]
                free -= line
                found += [(line, wanted)] if line else []
        for line, wanted in found:
            self._stand_for(line, wanted)

    def _adopt_own(self, sale, values):
        """A line that a person has made in place of the platform's, which is gone,
        stands for it."""
        refs = set(sale.order_line.mapped("connector_line_ref"))
        if sale.state not in QUOTATION or not refs - {False}:
            return
        free = self._own_lines(sale)
        for wanted in values:
            if wanted["connector_line_ref"] in refs:
                continue
            line = free.filtered(
                lambda x, w=wanted: (
                    x.product_id.id == w["product_id"]
                    and x.product_uom_qty == w["product_uom_qty"]
                )
            )[:1]
            free -= line
            self._stand_for(line, wanted)

    def _adopt_charges(self, sale, values):
        """A charge that a person has entered, since the platform did not tell it yet,
        stands for it."""
        refs = set(sale.order_line.mapped("connector_line_ref"))
        free = sale.order_line.filtered(
            lambda x: not (x.connector_line_ref or x.display_type or x.is_downpayment)
        )
        for wanted in values:
            kind = wanted.get("connector_charge")
            if not kind or wanted["connector_line_ref"] in refs:
                continue
            line = free.filtered(lambda x, w=wanted: _is_entered(x, w))[:1]
            free -= line
            line.connector_charge = kind
            self._stand_for(line, wanted)

    def _stand_for(self, line, wanted):
        """`line` is what the platform means, as it is now."""
        if line:
            line.write(
                {
                    "connector_line_ref": wanted["connector_line_ref"],
                    "connector_quantity": line.product_uom_qty,
                    "connector_price": line.price_unit,
                }
            )

    # ---- telling ---------------------------------------------------------------------

    def _pieces_told(self, lines):
        """For a person to compare: what the platform said last, and what is here."""
        return "; ".join(
            self.env._(
                "%(product)s: %(wanted)g on the platform, %(here)s here",
                product=product.display_name,
                wanted=sum(same.mapped("connector_quantity")),
                here=" + ".join(f"{line.product_uom_qty:g}" for line in same),
            )
            for product, same in lines.grouped("product_id").items()
        )

    def _tell_changed_meanwhile(self, backend, sale):
        """A cancellation was asked for and refused; somebody had counted on it."""
        lines = sale.order_line.filtered(lambda x: x._connector_is_article())
        lines |= self._own_lines(sale).filtered(
            lambda x: x.product_id in lines.product_id
        )
        other = lines.browse()
        for same in lines.grouped("product_id").values():
            here = exact(sum(same.mapped("product_uom_qty")))
            if here != exact(sum(same.mapped("connector_quantity"))):
                other |= same
        if not other:
            return
        backend._notify_owner(
            self.env._("%s is not as on the platform", sale.connector_order_ref),
            self.env._(
                "The cancellation of %(sale)s was not carried out, so the platform "
                "wants all of it; but here it has other pieces: %(lines)s. Set the "
                "quantities to those of the platform, or agree with the buyer.",
                sale=sale.name,
                lines=self._pieces_told(other),
            ),
            record=sale,
            cause=ORDER_EDITED,
        )

    def _copies(self, sale):
        return self.env["sale.order"].search([("connector_copy_of_id", "=", sale.id)])

    def _tell_copies(self, backend, sale, order, cause=COPY_CHANGED):
        """Whoever ships a copy is to know that there may be nothing to ship."""
        copies = self._copies(sale)
        if cause == COPY_CHANGED and order.status == OrderStatus.CANCELLED:
            backend._settle_notice(COPY_ASKED, record=copies)
        says = self.env._(
            "%(status)s, %(pieces)g pieces",
            status=order.raw_status,
            pieces=sum(line.quantity for line in order.lines),
        )
        for copy in copies.filtered(lambda x: x.state == "sale"):
            if not copy._connector_leaving() or self._is_told(copy, cause, says):
                continue
            self._tell_change(
                backend,
                says,
                self.env._("%s was changed or given up", order.id),
                self.env._(
                    "%(copy)s was duplicated from %(sale)s. If it is for the same "
                    "parcel, cancel it or lessen its lines; nothing holds its "
                    "deliveries. Of %(sale)s the platform says now: %(says)s.",
                    copy=copy.name,
                    sale=sale.name,
                    says=says,
                ),
                record=copy,
                cause=cause,
            )

    def _is_told(self, copy, cause, says):
        """Whether the open activity says so at its end."""
        there = self.env["mail.activity"].sudo()._connector_open(copy, cause)
        note = html2plaintext(there.note or "").strip().rstrip(".")
        return note.endswith(says)

    def _undecided_text(self, sale, order, changes, steps):
        """What to do about pieces of which nobody can tell which are meant."""
        unsure = [step for step in steps if step.undecided]
        ids = {step.kept.id for step in unsure if step.kept}
        refs = {step.wanted.ref for step in unsure if not step.kept}
        lines = sale.order_line.filtered(
            lambda line: line.id in ids or line.connector_line_ref in refs
        )
        return self.env._(
            "The platform changed %(sale)s (%(changes)s), but somebody had divided its "
            "pieces among several lines here, or added some. It cannot be told which "
            "of them are not to go, so deliveries are held. %(lines)s. Set the "
            "quantities of these lines to what is to go, then press Release "
            "Deliveries.",
            sale=sale.name,
            changes=changes,
            lines=self._pieces_told(lines),
        )


def _is_entered(line, wanted):
    return all(
        line[name] == wanted[name] for name in ("product_uom_qty", "price_unit")
    ) and (line.product_id.id == wanted["product_id"])


def _is_same(line, wanted):
    """What it stands for, to the rupiah."""
    return line.price_unit == wanted["price_unit"] and _is_alike(line, wanted)


def _is_alike(line, wanted):
    """The same article or charge; a charge may have had another product."""
    kind = wanted.get("connector_charge", False)
    return line.connector_charge == kind and (
        bool(kind) or line.product_id.id == wanted["product_id"]
    )


def _is_charge_of(line, wanted):
    """Some charge of this amount, where no line says that it is this one."""
    kind = wanted.get("connector_charge")
    kinds = line.order_id.order_line.mapped("connector_charge")
    charges = line.connector_charge and kind and kind not in kinds
    return bool(charges) and line.price_unit == wanted["price_unit"]


def _goods(line):
    ref = line.connector_line_ref or rules.OWN
    kept = Kept(
        line.id,
        ref,
        exact(line.connector_quantity) if ref else exact(0),
        exact(line.connector_price) if ref else exact(line.price_unit),
        exact(line.product_uom_qty),
        exact(line.price_unit),
    )
    kind = (
        line.price_unit,
        line.discount,
        frozenset(line.tax_ids.ids),
        frozenset(line.route_ids.ids),
    )
    odd = line.product_uom_id != line.product_id.uom_id
    return rules.Goods(kept, line.product_id.id, kind, odd)
