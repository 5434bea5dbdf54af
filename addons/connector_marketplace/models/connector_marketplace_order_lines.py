"""Lines of a sale that follow the platform, and keep what a person did to them."""

from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal

from markupsafe import Markup

from odoo import models
from odoo.addons.connector_marketplace.rules import lines as rules
from odoo.addons.connector_marketplace.rules.lines import CHARGE, exact
from odoo.fields import Command

from .connector_marketplace_order import QUOTATION
from .connector_marketplace_order_divided import ORDER_CHANGED, ORDER_EDITED
from .sale_order_invoice import CHARGES_LATE, ORDER_INVOICED


class NotJoinedError(Exception):
    """What is open was not lessened: by a return of what is here, or not at all."""


class ConnectorMarketplaceOrder(models.AbstractModel):
    _inherit = "connector.marketplace.order"

    # ---- what has changed ------------------------------------------------------------

    def _pieces_changed(self, sale, order):
        """Whether the platform wants other pieces than it said last."""
        wanted = rules.totals((x.listing_id, Decimal(x.quantity)) for x in order.lines)
        if any(line.connector_line_ref for line in sale.order_line):
            said = rules.totals(
                (line.connector_line_ref, exact(line.connector_quantity))
                for line in sale.order_line
                if line._connector_is_article()
            )
            return said != wanted
        goods = sale.order_line.filtered(
            lambda x: not x.display_type and not x.connector_charge
        )
        pieces = sum(map(exact, goods.mapped("product_uom_qty")), Decimal())
        return pieces != sum(wanted.values(), Decimal())

    # ---- following -------------------------------------------------------------------

    def _follow_lines(self, backend, sale, order):
        """(what was done, as text; None) or ("", an outcome to wait with).

        Before picking has begun the lines, and with them the deliveries, become what
        the platform says now; afterwards a person decides, and deliveries are held.
        """
        products, reasons = self._products_of(backend, sale, order)
        missing = {line.listing_id for line in order.lines} & set(reasons)
        if missing:
            return "", self._waiting(missing, reasons)
        taxes = self._line_taxes(backend, [order], products)
        commands = self.env["connector.marketplace.line"]._commands(
            backend, order, products, taxes
        )
        values = [command[2] for command in commands]
        self._adopt(sale, values)
        self._adopt_own(sale, values)
        self._adopt_charges(sale, values)
        steps = rules.steps(_kept(sale), self._wanted(sale, order, values))
        if not steps:
            return "", None
        steps = self._divided(sale, steps)
        with _unlocked(sale):
            return self._apply(backend, sale, order, steps, values), None

    def _products_of(self, backend, sale, order):
        """Products by listing: as on the sale, else as mapped now."""
        there = {
            line.connector_line_ref: line.product_id.id
            for line in sale.order_line
            if line._connector_is_article()
        }
        lines = tuple(x for x in order.lines if x.listing_id not in there)
        if not lines:
            return there, {}
        products, reasons = self.env["connector.marketplace.line"]._products(
            backend, [replace(order, lines=lines)]
        )
        return {**products, **there}, reasons

    def _wanted(self, sale, order, values):
        wanted = [
            rules.Line(
                row["connector_line_ref"],
                exact(row["product_uom_qty"]),
                exact(row["price_unit"]),
                number,
            )
            for number, row in enumerate(values)
        ]
        if order.has_breakdown:
            return wanted
        unsure = {line.listing_id for line in order.lines if line.bundled}
        return rules.without_breakdown(_kept(sale), wanted, unsure)

    # ---- applying --------------------------------------------------------------------

    def _apply(self, backend, sale, order, steps, values):
        moved = any(s.new_quantity and not _is_charge(s) for s in steps)
        held = moved and sale.state == "sale" and sale._connector_has_begun()
        back = self._left_too_many(sale, steps) if moved else {}
        if held and not sale._connector_leaving():  # no step is open any more
            held = bool(back) or self._below_delivered(sale, steps)
        invoiced = bool(sale.order_line.invoice_lines.filtered(_counts))
        news = [step for step in steps if step.news]
        told = {step: self._told_step(sale, step, values) for step in news}
        late = invoiced and order.has_breakdown and _may_add(sale, news)
        if held or not self._follows(sale, steps, values, invoiced, late):
            held = moved and sale.state == "sale"
            self._write_steps(sale, steps, values, held, invoiced, late)
        changes = "; ".join(told.values())
        edited = [
            s for s in steps if s.edited_price or (s.edited_quantity and not held)
        ]
        if back and not sale._connector_leaving():
            self._expect_back(backend, sale, order, changes, back)
        elif held:
            self._hold_changed(backend, sale, order, changes)
        if moved and any(s.kept and s.quantity < s.kept.said_quantity for s in steps):
            self._tell_copies(backend, sale, order)
        if edited:
            self._tell_edited(backend, sale, order, changes, edited)
        if invoiced:
            added = [s for s in news if late and _is_new_charge(s)]
            self._tell_late(backend, sale, order, added, told)
            left = [s for s in news if s not in added]
            self._tell_invoiced(backend, sale, order, left, told)
        return self.env._("Changed on the platform: %s.", changes)

    def _follows(self, sale, steps, values, invoiced, late):
        """Whether lines and open deliveries were changed; else nothing was.

        A delivery that somebody has taken another way (another place to take from,
        another type) is not found by Odoo: beside it there would be a return.
        """
        try:
            with self.env.cr.savepoint():
                before = sale._connector_moves()
                self._write_steps(sale, steps, values, False, invoiced, late)
                new = (sale._connector_moves() - before).exists()
                if any(m.location_id._connector_is_customer() for m in new):
                    raise NotJoinedError
                if any(line._connector_opens_too_many() for line in sale.order_line):
                    raise NotJoinedError
        except NotJoinedError:
            return False
        return True

    def _write_steps(self, sale, steps, values, held, invoiced, late):
        """`late`: charges that an invoiced order has been waiting for."""
        for step in steps:
            if step.kept:
                line = sale.order_line.browse(step.kept.id)
                wanted = values[step.wanted.number] if _is_listed(step) else {}
                self._write_step(line, step, wanted, held, invoiced)
        sale.write(
            {
                "order_line": [
                    Command.create(_made(values[step.wanted.number], held))
                    for step in steps
                    if not step.kept and (late or not (invoiced and _is_charge(step)))
                ]
            }
        )

    def _write_step(self, line, step, wanted, held, invoiced):
        """What the platform says is noted; it is done where nobody did otherwise."""
        said = {}
        if step.news:
            said["connector_quantity"] = float(step.quantity)
        if step.news and step.wanted:
            said["connector_price"] = float(step.wanted.price)
        price = step.new_price and not step.edited_price and not invoiced
        quantity = step.to
        if held if not _is_charge(step) else invoiced:
            quantity = None
        if price or quantity is not None:
            # a new quantity would have Odoo look up another price
            said["price_unit"] = float(step.wanted.price) if price else line.price_unit
        if price and "tax_ids" in wanted:
            said["tax_ids"] = wanted["tax_ids"]
        if quantity is not None:
            said["product_uom_qty"] = float(quantity)
        if not step.wanted and quantity == 0 and line.order_id.state in QUOTATION:
            line.unlink()
            return
        if quantity is not None and line.order_id.connector_left_before:
            line.qty_delivered = float(quantity)  # first: nothing less is ordered
        line.write(said)

    def _told_step(self, sale, step, values):
        """One change for a person to read: what, from, to."""
        if step.kept:
            name = sale.order_line.browse(step.kept.id).product_id.display_name
        else:
            row = values[step.wanted.number]
            name = self.env["product.product"].browse(row["product_id"]).display_name
        if step.new_quantity and not _is_charge(step):
            old, new = step.kept and step.kept.said_quantity, step.quantity
        else:
            old, new = step.kept and step.kept.said_price, step.wanted
            new = new and new.price
        return f"{name}: {_shown(old)} → {_shown(new)}"

    # ---- telling ---------------------------------------------------------------------

    def _hold_changed(self, backend, sale, order, changes):
        sale.connector_hold = "changed"
        note = self.env._(
            "Picking of %(sale)s had begun when the platform changed it: "
            "%(changes)s. Deliveries are held. Put back what is not to go, set the "
            "quantities on the order and on the delivery, then release the "
            "deliveries.",
            sale=sale.name,
            changes=changes,
        )
        if left := sale._connector_left_text():
            note += " " + self.env._("These have left already: %s.", left)
        self._tell_change(
            backend,
            changes,
            self.env._("%s was changed on the platform", order.id),
            note,
            record=sale,
            cause=ORDER_CHANGED,
        )

    def _tell_change(self, backend, changes, summary, note, record, cause):
        """An activity; what changes while it is open is added to it, in order."""
        there = self.env["mail.activity"].sudo()._connector_open(record, cause)
        if not there:
            backend._notify_owner(summary, note, record=record, cause=cause)
        then = self.env._("Then the platform changed: %s.", changes)
        for activity in there:
            activity.note = (activity.note or "") + Markup("<p>%s</p>") % then

    def _tell_edited(self, backend, sale, order, changes, edited):
        """Deliveries of other pieces than the platform wants are held, too."""
        held = any(s.edited_quantity for s in edited)
        if held:
            sale.connector_hold = "changed"
        note = self.env._(
            "The platform changed %(sale)s (%(changes)s), but somebody had changed "
            "the same lines here: they were left as they are. Compare them with "
            "the platform; if deliveries are held, release them then.",
            sale=sale.name,
            changes=changes,
        )
        if any(s.undecided for s in edited):
            note = self._undecided_text(sale, order, changes, edited)
        self._tell_change(
            backend,
            changes,
            self.env._("%s is not as on the platform", order.id),
            note,
            record=sale,
            cause=ORDER_CHANGED if held else ORDER_EDITED,
        )

    def _tell_late(self, backend, sale, order, steps, told):
        if not steps:
            return
        changes = "; ".join(told[step] for step in steps)
        self._tell_change(
            backend,
            changes,
            self.env._("Charges of %s came after its invoice", order.id),
            self.env._(
                "%(sale)s was invoiced before the platform told its charges: "
                "%(changes)s; %(amount)s in all. They are on the order now: create "
                "another invoice of it, which becomes a credit note where they lessen "
                "the total.",
                sale=sale.name,
                changes=changes,
                amount=sale.currency_id.format(
                    float(sum(step.quantity * step.wanted.price for step in steps))
                ),
            ),
            record=sale,
            cause=CHARGES_LATE,
        )

    def _tell_invoiced(self, backend, sale, order, steps, told):
        """Other pieces than invoiced; prices left as they are, if the total differs."""
        total = order.total and float(order.total)
        if total and sale._connector_invoices_agree(total):
            backend._settle_notice(ORDER_INVOICED, record=sale)
            return
        difference = sale.amount_total - float(order.total or 0)
        agrees = order.total and sale.currency_id.is_zero(difference)
        if not steps or (agrees and not any(s.new_quantity for s in steps)):
            return
        changes = "; ".join(told[step] for step in steps)
        self._tell_change(
            backend,
            changes,
            self.env._("%s was changed after it was invoiced", order.id),
            self.env._(
                "The platform changed %(sale)s (%(changes)s), but it is invoiced: "
                "these prices and charges were left as they are. Now its total "
                "differs by %(difference)s from the platform's: correct it by a "
                "credit note or another invoice.",
                sale=sale.name,
                changes=changes,
                difference=sale.currency_id.format(difference),
            ),
            record=sale,
            cause=ORDER_INVOICED,
        )


@contextmanager
def _unlocked(sale):
    """A locked order follows the platform, too; then it is locked again."""
    locked = sale.locked
    if locked:
        sale.locked = False
    yield
    if locked:
        sale.locked = True


def _kept(sale):
    return [
        rules.Kept(
            line.id,
            line.connector_line_ref,
            exact(line.connector_quantity),
            exact(line.connector_price),
            exact(line.product_uom_qty),
            exact(line.price_unit),
        )
        for line in sale.order_line
        if line.connector_line_ref
    ]


def _made(values, held):
    """A new line; while deliveries are held it waits for a person without pieces."""
    article = not values["connector_line_ref"].startswith(CHARGE)
    return {**values, "product_uom_qty": 0} if held and article else values


def _is_listed(step):
    return step.wanted is not None and step.wanted.number >= 0


def _is_charge(step):
    return (step.kept or step.wanted).ref.startswith(CHARGE)


def _is_new_charge(step):
    return not step.kept and _is_charge(step)


def _may_add(sale, steps):
    """Whether new charges are added to an invoiced order: it waits for them, or they
    are all that is new. A charge under another name would be there twice."""
    return sale.connector_charges_pending or all(map(_is_new_charge, steps))


def _counts(invoice_line):
    return invoice_line.parent_state != "cancel"


def _shown(number):
    return f"{(number or Decimal()).normalize():,f}"
