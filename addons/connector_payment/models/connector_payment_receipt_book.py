"""Into the books: payments made, posted and reconciled by the hundred.

All of it stands in one line (the finish lock of the topics), so that no two receipts
are given the same debt.
"""

import logging
from functools import cache
from itertools import islice

import psycopg2
from psycopg2 import errors as pg

from odoo import api, fields, models
from odoo.addons.connector_payment.tools.topics import BOOK
from odoo.addons.erp_connector_base.client.provider import Event
from odoo.addons.erp_connector_base.client.topic import Outcome
from odoo.exceptions import UserError
from odoo.fields import Domain

from .connector_payment_guard import as_bookkeeper
from .connector_payment_receipt_attribute import RUPIAH
from .erp_connector_backend_accounting import METHOD_IN

_logger = logging.getLogger(__name__)

BATCH = 200
#: What may end by itself: a closed period, a window, a refusal.
RELEASED = ("lock", "window", "refused")
#: Oddities somebody should know of; what is only too much shows in the list.
ODD = ("late", "closed", "cancelled", "duplicate")
#: A collision, or no database: the engine tries again.
AGAIN = (psycopg2.InterfaceError, psycopg2.OperationalError)
#: Nobody reads these at two hundred payments a second.
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "connector_va_sync": False,
}


class ConnectorPaymentReceipt(models.Model):
    _inherit = "connector.payment.receipt"

    # ---- finish: after the receipts are safe -----------------------------------------

    @api.model
    def _book(self, messages):
        """Book what these messages brought in; {message id: Outcome}."""
        receipts = self._brought_by(messages)
        receipts._book_receipts()
        labels = dict(self._fields["state"]._description_selection(self.env))
        return {
            m.id: Outcome.done(self.browse(m.res_id), labels[r.state])
            for m in messages
            if m.res_model == self._name and (r := self.browse(m.res_id))
        }

    @api.model
    def _brought_by(self, messages):
        """Receipts of these messages, and new ones of the same accounts."""
        told = messages.filtered(lambda m: m.res_model == self._name)
        receipts = self.browse(told.mapped("res_id")).exists()
        return receipts | self.search(
            [("state", "=", "new"), ("va_id", "in", receipts.va_id.ids)]
        )

    def _book_receipts(self):
        """Book these, whatever state they are in; safe to run twice."""
        self._undo_wanted()
        waiting = self.filtered(lambda r: r.state in ("new", "held"))
        waiting = waiting.filtered(lambda r: not r.reversal_wanted)
        for company, receipts in waiting.grouped("company_id").items():
            ready = (
                receipts.with_company(company).with_context(**QUIET)._release_holds()
            )
            if ready:
                ready._book_surely()
        self._tell_refunds()

    def _book_surely(self):
        """Book them; what Odoo refuses is held alone, and says why.

        The others go through: halved until the one that is refused stands alone.
        """
        try:
            with self.env.cr.savepoint():
                self._book_ready()
        except (*AGAIN, pg.UniqueViolation):
            raise
        except Exception as error:
            if len(self) > 1:
                half = len(self) // 2
                self[:half]._book_surely()
                self[half:]._book_surely()
            else:
                self._hold_refused(error)

    def _hold_refused(self, error):
        if isinstance(error, UserError):
            reason = str(error)
        else:
            reason = self.env._("It failed (%s): see the log.", type(error).__name__)
            _logger.error("Receipt %s: %s", self.id, reason, exc_info=_shown(error))
        self.write({"state": "held", "hold": "refused", "hold_reason": reason})
        self.backend_id._notify_owner(
            self.env._("Payments could not be booked"),
            self.env._(
                "Open Receipts, filter Held: each says what Odoo refuses. Correct it; "
                "they are tried again every hour."
            ),
        )

    def _release_holds(self):
        """Those that may be booked now; the others say why not."""
        ready = self.browse()
        holds = {}
        for receipt in self:
            if receipt.hold in ("currency", "doubtful", "amount"):
                receipt.state = "held"
                continue
            day = receipt._day()
            key = (receipt.backend_id, day)
            if key not in holds:
                holds[key] = receipt.backend_id._posting_hold(day)
            reason, text = holds[key]
            if reason and not self.env.context.get("connector_book_now"):
                receipt.write({"state": "held", "hold": reason, "hold_reason": text})
            else:
                ready |= receipt
        return ready

    def _day(self):
        return self.backend_id._local_date(self.paid_at)

    # ---- the batch -------------------------------------------------------------------

    def _book_ready(self):
        """One create, one post, one reconcile plan."""
        for backend in self.backend_id.sudo():
            account = backend.outstanding_account_id
            backend._ensure_method(METHOD_IN, "inbound", account)
        plans = self._attribute()
        payments = self.env["account.payment"].create(
            [receipt._payment_values(plans[receipt]) for receipt in self]
        )
        pairs = list(zip(self, payments, strict=True))
        payments._connector_post(
            {
                payment.id: [receipt._write_off(plans[receipt])]
                for receipt, payment in pairs
                if plans[receipt].write_off
            }
        )
        self.fetch(["invoice_ids"])
        self._reconcile_all(pairs, plans)
        for receipt, payment in pairs:
            receipt.write(receipt._booked_values(payment, plans[receipt]))
        self.va_id._after_money()
        self.env["connector.payment.va"]._after_booking(self.invoice_ids)
        self._confirm_orders()
        self._tell_oddities(plans)

    def _payment_values(self, plan):
        backend = self.backend_id
        values = {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": self.partner_id.commercial_partner_id.id,
            "amount": self.amount,
            "currency_id": self.currency_id.id,
            "date": backend._booking_date(self._day()),
            "journal_id": backend.journal_id.id,
            "payment_method_line_id": backend._method_line("inbound").id,
            "memo": self._memo(),
        }
        if not self.partner_id:
            values["destination_account_id"] = backend.suspense_account_id.id
        elif plan.lines:
            values["destination_account_id"] = plan.lines[0].account_id.id
        return values

    def _memo(self):
        parts = [self.va_id.name or self.va_reference, self.external_id, self.remark]
        return " ".join(part for part in parts if part)[:200]

    def _write_off(self, plan):
        name = self.env._("Difference within the tolerance")
        if abs(plan.write_off) < RUPIAH:
            name = self.env._("Rounded to whole rupiah")
        return {
            "name": name,
            "account_id": plan.write_off_account.id,
            "partner_id": self.partner_id.commercial_partner_id.id,
            "currency_id": self.currency_id.id,
            "amount_currency": plan.write_off,
            "balance": plan.write_off,
        }

    def _reconcile_all(self, pairs, plans):
        items = self.env["account.move.line"]
        groups = []
        for receipt, payment in pairs:
            if plans[receipt].lines:
                ours = payment.move_id.line_ids.filtered(
                    lambda line, p=payment: (
                        line.account_id == p.destination_account_id
                        and not line.reconciled
                    )
                )
                groups.append(ours + items.concat(*plans[receipt].lines))
        if groups:
            items._reconcile_plan(groups)

    def _booked_values(self, payment, plan):
        moves = [line.move_id.id for line in plan.lines]
        return {
            "state": "booked" if self.partner_id else "unidentified",
            "outcome": plan.outcome,
            "circumstance": plan.circumstance,
            "payment_id": payment.id,
            "invoice_ids": [fields.Command.set(moves)],
            "amount_unused": plan.unused,
            "hold": False,
            "hold_reason": False,
        }

    # ---- who should know -------------------------------------------------------------

    def _tell_oddities(self, plans):
        for receipt, plan in plans.items():
            backend = receipt.backend_id
            if plan.outcome == "unidentified":
                backend._notify_owner(
                    self.env._("Unidentified receipts"),
                    self.env._(
                        "Money came in that belongs to no account of ours. It stands "
                        "on the account of unidentified receipts: open Unidentified "
                        "Receipts and assign it."
                    ),
                )
            elif plan.circumstance in ODD:
                receipt._tell_owner(receipt._oddity())
            elif plan.shortage > backend.underpayment_tolerance:
                receipt._tell_owner(self.env._("Customer paid too little"))

    def _oddity(self):
        labels = dict(self._fields["circumstance"]._description_selection(self.env))
        return self.env._("Payment: %s", labels[self.circumstance])

    def _tell_owner(self, summary):
        amount = self.currency_id.format(self.amount)
        note = self.env._(
            "%(partner)s paid %(amount)s to %(account)s. Invoices: %(invoices)s. "
            "Credit left: %(credit)s.",
            partner=self.partner_id.display_name or "?",
            amount=amount,
            account=self.va_id.display_name or self.va_reference or "?",
            invoices=", ".join(self.invoice_ids.mapped("name")) or "-",
            credit=self.currency_id.format(self.amount_unused),
        )
        self.backend_id._notify_owner(summary, note, self)

    def _confirm_orders(self):
        """A quotation whose account is paid becomes an order; else somebody is told."""
        for va in self.va_id.filtered("order_id"):
            order = va.order_id
            short = va.currency_id.compare_amounts(va.amount_paid, va.amount) < 0
            if short or order.state not in ("draft", "sent"):
                continue
            if va.backend_id.confirm_orders:
                va.backend_id._confirm_paid(order)

    # ---- held, and by hand -----------------------------------------------------------

    @api.model
    def _handle_held(self, messages, _answers):
        """Only a reason to book: `finish` does it."""
        return {m.id: Outcome.done(self.browse(m.res_id)) for m in messages}

    def _enqueue_book(self):
        """Stand in the line of those who book; once an hour, if it keeps failing."""
        messages = self.env["erp.connector.message"].sudo()
        stamp = fields.Datetime.now().isoformat()[:13]
        wishes = []
        for receipt in self:
            key = f"book:{receipt.id}:{stamp}"
            event = Event(BOOK, f"receipt:{receipt.id}", key, "{}")
            wishes.append((receipt.backend_id, event, receipt))
        messages._enqueue_all(wishes)

    @api.model
    def _cron_book_held(self):
        """Held receipts whose hold may be over, and any that were left behind."""
        backends = self.env["erp.connector.backend"].search(
            [("state", "=", "connected")]
        )
        backends.filtered("is_gateway")._each(self._enqueue_released)

    @api.model
    def _enqueue_released(self, backend):
        """Some that may be booked now; those that were tried last have their turn last.

        What a lock holds takes nobody's place; in a window nothing is booked.
        """
        if backend._has_window():
            return
        old = fields.Datetime.subtract(fields.Datetime.now(), minutes=5)
        held = Domain("state", "=", "held") & Domain("hold", "in", RELEASED)
        left = Domain("state", "=", "new") & Domain("create_date", "<", old)
        ours = Domain("backend_id", "=", backend.id) & (held | left)
        hold_on = cache(lambda day: backend._posting_hold(day)[0])
        waiting = self.search_fetch(ours, ["paid_at"], order="write_date, id")
        free = (r for r in waiting if not hold_on(r._day()))
        self.union(*islice(free, 5 * BATCH))._enqueue_book()

    def action_book_now(self):
        """Book on the first open day, whatever holds it."""
        ours = as_bookkeeper(self)
        for receipt in ours.filtered(lambda r: r.state == "held"):
            if receipt.hold in ("currency", "amount") or receipt.amount <= 0:
                raise UserError(
                    self.env._(
                        "%(name)s cannot be booked as it is: %(reason)s Book it by "
                        "hand in the gateway's journal.",
                        name=receipt.external_id,
                        reason=receipt.hold_reason or "",
                    )
                )
            receipt.write({"hold": False, "hold_reason": False, "state": "new"})
        ours.with_context(connector_book_now=True)._book_receipts()


def _shown(error):
    """A refusal of the database repeats the row, with what the payer wrote."""
    return None if isinstance(error, psycopg2.Error) else error


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    def _confirm_paid(self, order):
        """The money is booked, whatever the order says."""
        loud = {k: v for k, v in self.env.context.items() if k not in QUIET}
        order = order.with_context(loud)
        try:
            with self.env.cr.savepoint():
                order.action_confirm()
        except AGAIN:
            raise
        except Exception as error:
            text = str(error) if isinstance(error, UserError) else type(error).__name__
            _logger.warning("Order %s is paid but not confirmed", order.id)
            self._notify_owner(self.env._("Paid, but not confirmed"), text, order)
