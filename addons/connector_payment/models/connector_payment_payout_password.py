"""Payouts that wait at the gateway for an approver's one-time password.

The password lives half a minute, so nothing of it can wait in a line: it leaves while
the approver looks on. What may be repeated is the approval alone, which moves a payout
once however often it comes; where a payout stands is what the gateway says when asked.
"""

from odoo import models
from odoo.addons.connector_payment.tools.topics import PAYOUT_APPROVE
from odoo.addons.erp_connector_base.client.errors import ConnectorError, RejectedError
from odoo.exceptions import UserError

from .connector_payment_payout_release import APPROVER


class ConnectorPaymentPayout(models.Model):
    _inherit = "connector.payment.payout"

    def _ask_for_password(self):
        """The approver is told once, for all of a batch."""
        summary = self._password_summary()
        target = self.batch_id or self
        if summary in target.activity_ids.mapped("summary"):
            return
        person = self.approver_id or self.backend_id.user_id
        target.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=summary,
            note=self.env._("They wait at the gateway: press Release with Password."),
            user_id=(person or self.env.ref("base.user_admin")).id,
        )

    def _password_summary(self):
        return self.env._("One-time password wanted")

    def action_release(self):
        """The dialogue that asks for the password, once for all of these."""
        self._check_group(APPROVER)
        waiting = self.filtered(
            lambda p: p.state == "queued" and p.payout_release == "otp"
        )
        if not waiting:
            raise UserError(self.env._("Nothing here waits for a one-time password."))
        if len(waiting.backend_id) > 1:
            raise UserError(self.env._("Choose payouts of one gateway account."))
        waiting.sudo()._check_hands()
        return self.env["connector.payment.release"]._open(waiting)

    def _check_releasable(self):
        """The last look before the gateway pays: as for a release without password."""
        self._check_hands()
        backend = self.backend_id
        if (
            backend.state != "connected"
            or {"", PAYOUT_APPROVE} & backend._held_topics()
        ):
            raise UserError(
                self.env._("%s is paused now: nothing leaves.", backend.name)
            )
        refusals = [refusal for p in self if (refusal := p._blocked())]
        if refusals:
            raise UserError("\n".join(str(r.error) for r in refusals[:20]))

    def _release_with(self, password):
        """What the gateway answers, in words; "" when it has released them.

        Three transactions: who does it is kept before it leaves; the call is kept
        whatever comes; then the gateway is asked where they stand. No row of a payout
        is written here, so that a webhook which is faster collides with nothing.
        """
        backend = self.backend_id
        with backend._own_transaction() as env:
            text = env._("Released with a one-time password by %s.", env.user.name)
            mine = self.with_env(env)
            mine._message_log_batch(bodies=dict.fromkeys(mine.ids, text))
        with backend._own_transaction() as env:
            words = self.with_env(env)._send_password(password)
        with backend._own_transaction() as env:
            self.with_env(env)._look_now()
        return words

    def _send_password(self, password):
        backend = self.backend_id
        try:
            with backend._transport() as transport:
                client = backend._gateway_client(transport)
                client.approve_payouts(tuple(self.mapped("external_id")), password)
        except RejectedError as error:
            return self.env._(
                "The gateway did not accept it (%s). Try again with a new password.",
                getattr(error, "words", error),
            )
        except ConnectorError as error:
            return self.env._(
                "It is not known whether the gateway released them (%s). It is asked "
                "now. If they still wait in a minute, try again with a new password: "
                "none of them can be paid twice by that.",
                error,
            )
        return ""

    def _password_given(self):
        """What still waits will ask again."""
        for target in (self.filtered(lambda p: not p.batch_id), self.batch_id):
            asked = target.activity_ids.filtered(
                lambda a: a.summary == self._password_summary()
            )
            asked.action_feedback()
