"""Four eyes: a maker submits, another person approves, and only then it is booked."""

from odoo import fields, models
from odoo.addons.connector_payment.tools.booking import BOOKING
from odoo.addons.connector_payment.tools.topics import PAYOUT_CANCEL, PAYOUT_SEND
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .connector_payment_payout import LIVE, OPEN, TRAVELS, stamp

MAKER = "connector_payment.group_maker"
APPROVER = "connector_payment.group_approver"


class ConnectorPaymentPayout(models.Model):
    _inherit = "connector.payment.payout"

    def _check_group(self, *groups):
        self.check_access("read")
        if not any(self.env.user.has_group(group) for group in groups):
            names = [self.env.ref(group).sudo().name for group in groups]
            raise AccessError(
                self.env._("Only for: %(groups)s.", groups=", ".join(names))
            )

    # ---- the maker -------------------------------------------------------------------

    def action_submit(self):
        """Ready for the other pair of eyes."""
        self._check_group(MAKER)
        drafts = self._as_ours().filtered(lambda p: p.state == "draft")
        if not drafts:
            raise UserError(self.env._("There is no draft payout here."))
        for backend, payouts in drafts.grouped("backend_id").items():
            backend._check_bank_accounts(payouts.payment_id.partner_bank_id)
        drafts._check_problems()
        drafts._check_balances()
        for payout in drafts:
            payout.line_ids = payout.line_ids or payout.payment_id._connector_items()
            payout.write(
                {
                    **payout._snapshot(),
                    "description": (payout.memo or payout.name)[:100],
                    "state": "to_approve",
                    "maker_id": self.env.uid,
                    "submitted_at": fields.Datetime.now(),
                }
            )

    def _check_problems(self):
        """Say all that is wrong at once."""
        problems = [p._state_problem() or p._problem() for p in self]
        problems = list(dict.fromkeys(filter(None, problems)))
        if problems:
            raise UserError("\n".join(problems[:20]))

    def _state_problem(self):
        payment = self.payment_id
        if payment.state in ("draft", "in_process"):
            return ""
        if payment.state == "paid" and not payment.is_matched:
            return ""  # nothing of it has left the outstanding account
        labels = dict(payment._fields["state"]._description_selection(self.env))
        return self.env._(
            "%(partner)s: the payment is %(state)s.",
            partner=self.partner_id.display_name or "?",
            state=labels[payment.state],
        )

    def _check_balances(self):
        for backend, payouts in self.grouped("backend_id").items():
            released = self.sudo().search(
                [
                    ("backend_id", "=", backend.id),
                    ("state", "in", ("approved", "queued")),
                ]
            )
            waiting = sum((released - payouts).mapped("amount"))
            backend._check_balance(sum(payouts.mapped("amount")), waiting)

    # ---- the approver ----------------------------------------------------------------

    def action_approve(self):
        """Book the payments and let them leave, all in one transaction."""
        self._check_group(APPROVER)
        waiting = self._as_ours().filtered(lambda p: p.state == "to_approve")
        if not waiting:
            raise UserError(self.env._("Nothing here waits for an approval any more."))
        waiting._check_hands()
        changed = waiting.filtered(lambda p: p._has_changed())
        changed._take_back(self.env._("It was changed after it had been submitted."))
        waiting -= changed
        waiting._check_problems()
        waiting._check_balances()
        waiting._release()
        return changed._say_taken_back()

    def _check_hands(self):
        """Whoever made, changed or submitted a payout cannot approve it."""
        for payout in self:
            payment = payout.payment_id
            hands = payout.maker_id | payout.editor_id | payout.create_uid
            if self.env.user in hands | payment.create_uid:
                raise UserError(
                    self.env._(
                        "%(payout)s: you made, changed or submitted it yourself. "
                        "Somebody else has to approve it.",
                        payout=payout.name,
                    )
                )

    def _release(self):
        """From here on there is no way back but through the gateway."""
        if not self:
            return
        self._lock_waiting()
        self._post_payments()
        self.write(
            {
                "state": "approved",
                "approver_id": self.env.uid,
                "approved_at": fields.Datetime.now(),
            }
        )
        self._enqueue(PAYOUT_SEND)

    def _lock_waiting(self):
        """Two approvals at once: the later one collides here, and starts over."""
        self.env.cr.execute(
            SQL(
                "SELECT id FROM connector_payment_payout WHERE id = ANY(%s) "
                "AND state = 'to_approve' FOR NO KEY UPDATE",
                self.ids,
            )
        )
        if self.env.cr.rowcount != len(self):
            raise UserError(self.env._("Somebody was faster. Look at them again."))

    def _say_taken_back(self):
        if not self:
            return True
        text = self.env._(
            "%(payouts)s changed after submission: back to the maker.",
            payouts=", ".join(self.mapped("name")),
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": text,
                "type": "warning",
                "sticky": True,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # ---- into the books --------------------------------------------------------------

    def _post_payments(self):
        """One post, one reconcile plan for all of them."""
        for backend, payouts in self.grouped("backend_id").items():
            payouts = payouts.with_company(backend.company_id).with_context(**BOOKING)
            new = payouts.filtered(lambda p: p.payment_id.state == "draft")
            new._check_still_owed()
            (payouts - new)._check_still_paying()
            day = backend._booking_date(backend._local_date(fields.Datetime.now()))
            new.payment_id.write({"date": day})
            new.payment_id._connector_post()
            new._reconcile_items()

    def _check_still_owed(self):
        """No two payouts of this approval, nor anybody else, took the same debt."""
        held = self._holding(self.line_ids, LIVE)
        left = {
            line: 0.0 if line in held else owed
            for line, owed in self.line_ids._connector_owed().items()
        }
        for payout in self.filtered("line_ids"):
            rest = payout.amount
            for line in payout.line_ids.filtered(payout._owes):
                taken = min(max(left[line], 0.0), rest)
                left[line] -= taken
                rest -= taken
            if payout.currency_id.compare_amounts(rest, 0) > 0:
                payout._say_not_owed(rest)

    def _owes(self, line):
        """Whether the item is still the payee's, and not somebody else's."""
        ours, theirs = self.partner_id, line.partner_id
        return ours.commercial_partner_id == theirs.commercial_partner_id

    def _check_still_paying(self):
        """A payment that was booked by hand still pays what was submitted."""
        for payout in self:
            payment = payout.payment_id
            if payout.line_ids - payment._connector_items():
                payout._say_not_owed(payout.amount)
            if not payment._connector_is_booked():
                raise UserError(
                    self.env._(
                        "%(payout)s: the entry of %(payment)s does not show the money "
                        "leaving. Discard the payout, and pay it by a new one.",
                        payout=payout.name,
                        payment=payment.display_name,
                    )
                )

    def _say_not_owed(self, amount):
        raise UserError(
            self.env._(
                "%(payout)s to %(partner)s: %(amount)s of it is not owed any "
                "more. Discard the payout.",
                payout=self.name,
                partner=self.partner_id.display_name,
                amount=self.currency_id.format(amount),
            )
        )

    def _reconcile_items(self):
        groups = []
        for payout in self.filtered("line_ids"):
            payment = payout.payment_id
            ours = payment.move_id.line_ids.filtered(
                lambda line, p=payment: line.account_id == p.destination_account_id
            )
            groups.append(ours + payout.line_ids.filtered(lambda li: not li.reconciled))
        if groups:
            self.env["account.move.line"]._reconcile_plan(groups)

    # ---- back ------------------------------------------------------------------------

    def action_take_back(self):
        """To the maker: not submitted any more."""
        self._check_group(MAKER, APPROVER)
        self._as_ours()._take_back(self.env._("Sent back by %s.", self.env.user.name))

    def _take_back(self, why):
        for payout in self.filtered(lambda p: p.state == "to_approve"):
            payout.write({"state": "draft", "submitted_at": False})
            payout.message_post(body=why)

    def action_discard(self):
        """It shall not be paid: the payment behind it is cancelled or undone, too."""
        self._check_group(MAKER, APPROVER)
        self._as_ours()._discard(self.env._("Discarded by %s.", self.env.user.name))

    def _discard(self, why):
        payouts = self.filtered(lambda p: p.state in OPEN)
        payouts.write({"state": "cancelled", "failure": why})
        drafts = payouts.payment_id.filtered(lambda p: p.state == "draft")
        drafts.with_context(**BOOKING).action_cancel()
        payouts._enqueue_book()

    def action_cancel(self):
        """Stop it: before it leaves, or at the gateway if that is still possible."""
        self._check_group(MAKER, APPROVER)
        payouts = self._as_ours()
        payouts.filtered(lambda p: p.state == "approved")._cancel_before_sent()
        there = payouts.filtered(lambda p: p.state in TRAVELS)
        there._enqueue(PAYOUT_CANCEL, f":{stamp()}")

    def _cancel_before_sent(self):
        """Only what surely has not left; a claim that is faster wins."""
        for payout in self:
            messages = payout._messages([("topic", "=", PAYOUT_SEND)])
            if not all(_surely_here(message) for message in messages):
                raise UserError(
                    self.env._(
                        "%(payout)s has left, or may have: it cannot be stopped here. "
                        "Wait until the gateway says where it is.",
                        payout=payout.name,
                    )
                )
            note = self.env._("Cancelled by %s.", self.env.user.name)
            messages.write({"state": "ignored", "note": note})
            payout._end("cancelled", note)
        self._enqueue_book()


def _surely_here(message):
    """A retry is of a request that cannot have arrived; see the engine."""
    if message.state == "ignored":
        return not message.attempts
    return message.state in ("pending", "retry")
