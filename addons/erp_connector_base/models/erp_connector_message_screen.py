"""What the message screens show besides the message itself."""

import json

from odoo import api, fields, models

ONE_LINE = 140
NEEDS_OPERATOR = ("dead", "waiting")
#: Errors whose text is written for people; any other is named besides (KeyError: …).
SPEAKING = ("TransientError", "AuthenticationError", "RejectedError", "UserError")
SPEAKING += ("UnexpectedResponseError", "UncertainError", "ValidationError")
#: Errors after which a replay leads nowhere: Ignore is the way out.
SETTLED_BY_HAND = ("UnexpectedResponseError", "SettledByHandError")


class ErpConnectorMessage(models.Model):
    _inherit = "erp.connector.message"
    #: Who sees a message may also write a note about it.
    _mail_post_access = "read"

    error_line = fields.Char("Reason", compute="_compute_error_line")
    advice = fields.Char("What to do", compute="_compute_advice")
    way_out = fields.Char(
        compute="_compute_advice", help="What helps: replay, or ignore."
    )
    silence = fields.Char(related="backend_id.silence", string="Account Without Answer")
    account_state = fields.Selection(related="backend_id.state", string="Account State")

    def _compute_payload_excerpt(self):
        """JSON with a line for each value, as people read it."""
        result = super()._compute_payload_excerpt()
        for message in self:
            message.payload_excerpt = _indented(message.payload_excerpt)
        return result

    @api.depends("error", "error_type", "note")
    def _compute_error_line(self):
        for message in self:
            text = " ".join((message.error or message.note or "").split())
            speaks = text.endswith((".", "!", "?", "…"))
            if message.error_type and not (
                speaks or message.error_type.endswith(SPEAKING)
            ):
                text = f"{message.error_type}: {text}"
            message.error_line = (
                text if len(text) <= ONE_LINE else f"{text[: ONE_LINE - 1]}…"
            )

    @api.depends("state", "error_type", "account_state", "backend_id")
    @api.depends_context("uid", "lang")
    def _compute_advice(self):
        by_state, by_error = self._advice_by_state(), self._advice_by_error()
        is_operator = self.env.user.has_group("erp_connector_base.group_operator")
        for message in self:
            advice = by_state.get(message.state)
            if message.state == "dead":
                advice = by_error.get(message.error_type) or self._advice_unknown(
                    message
                )
            elif message.state == "pending" and message.silence:
                advice = self.env._("It waits: %s", message.silence)
            elif message.state == "pending" and message.account_state != "connected":
                advice = self.env._(
                    "The account is not connected; the message goes on by itself as "
                    "soon as it is."
                )
            if advice and message.state in NEEDS_OPERATOR and not is_operator:
                advice += " " + self.env._("A Connector Operator can do this.")
            message.advice = advice
            by_hand = message.error_type in SETTLED_BY_HAND
            message.way_out = "ignore" if by_hand else "replay"

    def _advice_by_state(self):
        _ = self.env._
        return {
            "retry": _("Nothing to do: it is tried again by itself."),
            "waiting": _(
                "Choose the Odoo record for each line under Waiting For; the message "
                "goes on by itself after the last one."
            ),
            "uncertain": _(
                "The request left, but its answer never came. The platform is asked "
                "before anything is sent again; look there too if this stays."
            ),
        }

    def _advice_unknown(self, message):
        _ = self.env._
        if not message.error_type:
            return _(
                "Mend what is named here, then press Replay. If you have settled it by "
                "hand, press Ignore."
            )
        return _(
            "The connector met something it was not made for (%(error)s). Press Replay "
            "after an update; if it stays, report it with message number %(id)s.",
            error=message.error_type,
            id=message.id,
        )

    def _advice_by_error(self):
        _ = self.env._
        return {
            "RejectedError": _(
                "The platform understood this and refused it. Mend what it names, "
                "then press Replay."
            ),
            "UnexpectedResponseError": _(
                "No document describes this, so nothing was guessed, and a replay "
                "changes nothing. Settle by hand what follows from the content below, "
                "then press Ignore."
            ),
            "AuthenticationError": _(
                "The platform no longer accepts the credentials. Link the account "
                "again, then press Replay."
            ),
            "TransientError": _(
                "Every try failed although the error looked temporary. When the "
                "platform works again, press Replay."
            ),
            **dict.fromkeys(
                ("UserError", "ValidationError", "RedirectWarning", "LockError"),
                _(
                    "Odoo refused this for the reason given. Mend the record or the "
                    "setting, then press Replay."
                ),
            ),
            "AccessError": _(
                "Somebody who manages access rights and companies has to mend this; "
                "then press Replay."
            ),
            "MissingError": _(
                "Put another record in the place of the one that is gone, then press "
                "Replay."
            ),
            "SettledByHandError": _(
                "Odoo does not do this by itself. Settle it by hand as the reason "
                "says, then press Ignore."
            ),
        }


def _indented(text):
    """`text` laid out if it is JSON, else as it is."""
    try:
        return json.dumps(json.loads(text or ""), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
