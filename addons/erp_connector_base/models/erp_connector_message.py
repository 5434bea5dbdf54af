from odoo import api, fields, models
from odoo.addons.erp_connector_base.client import redact
from odoo.addons.erp_connector_base.client.errors import UnexpectedResponseError
from odoo.addons.erp_connector_base.client.topic import Outcome
from odoo.addons.erp_connector_base.tools.moments import naive
from odoo.addons.erp_connector_base.tools.topics import TOPICS
from odoo.exceptions import UserError
from odoo.tools import SQL

STATES = [
    ("pending", "Pending"),
    ("processing", "Processing"),
    ("retry", "Retrying"),
    ("uncertain", "Uncertain"),
    ("waiting", "Needs Mapping"),
    ("done", "Done"),
    ("dead", "Dead"),
    ("ignored", "Ignored"),
]

#: States in which a message still stands before later ones of its business key.
OPEN_STATES = ("pending", "processing", "retry", "uncertain")

#: Colour of the last event on the screen, by state.
KINDS = {"done": "success", "dead": "danger"}


class ErpConnectorMessage(models.Model):
    _name = "erp.connector.message"
    _description = "Connector Message"
    _inherit = ["erp.connector.unmailed", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "business_key"

    backend_id = fields.Many2one(
        "erp.connector.backend",
        "Account",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", readonly=True)
    direction = fields.Selection(
        [("in", "Inbound"), ("out", "Outbound")], required=True, readonly=True
    )
    topic = fields.Selection("_selection_topic", required=True, readonly=True)
    lane = fields.Char(required=True, readonly=True)
    business_key = fields.Char(
        "Business Key",
        readonly=True,
        help="The business object, as the platform calls it: for an order its number. "
        "Messages with the same key are handled one after the other.",
    )
    dedup_key = fields.Char(
        readonly=True, help="Equal for two tellings of one fact; only one is kept."
    )
    payload = fields.Text(readonly=True, copy=False, groups="base.group_system")
    payload_excerpt = fields.Text(
        "Content", compute="_compute_payload_excerpt", compute_sudo=True
    )
    state = fields.Selection(STATES, required=True, readonly=True, default="pending")
    attempts = fields.Integer(readonly=True, aggregator=None)
    next_attempt_at = fields.Datetime("Next Attempt", readonly=True)
    error = fields.Text(readonly=True)
    error_type = fields.Char(readonly=True)
    note = fields.Text("Result", readonly=True)
    history = fields.Json(readonly=True)
    history_text = fields.Html(
        "What happened", compute="_compute_history_text", sanitize=False
    )
    correlation_id = fields.Char(readonly=True)
    reference = fields.Char(
        "Acknowledgement", readonly=True, help="The other side's reference, if any."
    )
    res_model = fields.Char("Model", readonly=True)
    res_id = fields.Many2oneReference("Record ID", model_field="res_model")
    record_name = fields.Char(compute="_compute_record_name")
    occurred_at = fields.Datetime(
        "Happened", readonly=True, help="When it happened, by the platform's clock."
    )
    create_date = fields.Datetime("Received", readonly=True)
    processed_at = fields.Datetime("Handled", readonly=True)
    attempt_token = fields.Char(readonly=True, copy=False)
    lease_until = fields.Datetime(readonly=True, copy=False)
    worker = fields.Char(readonly=True, copy=False)
    suspect = fields.Boolean(
        readonly=True,
        copy=False,
        help="Its worker died at it, so it is tried with fewer others.",
    )
    waiting_for_ids = fields.Many2many(
        "erp.connector.binding",
        "erp_connector_binding_waiting_rel",
        "message_id",
        "binding_id",
        string="Waiting For",
        readonly=True,
    )
    call_ids = fields.Many2many(
        "erp.connector.call", compute="_compute_call_ids", string="Calls"
    )

    _dedup_uniq = models.UniqueIndex(
        "(backend_id, direction, dedup_key)", "This event is in the table already."
    )
    _ready_idx = models.Index(
        "(lane, backend_id, topic, COALESCE(next_attempt_at, create_date), id) "
        "WHERE state || '' = 'pending'"
    )
    _uncertain_idx = models.Index(
        "(next_attempt_at, id) WHERE state || '' = 'uncertain'"
    )
    _retry_idx = models.Index("(next_attempt_at) WHERE state || '' = 'retry'")
    _processing_idx = models.Index("(lease_until) WHERE state || '' = 'processing'")
    _open_key_idx = models.Index(
        "(backend_id, business_key, id) WHERE state IN "
        "('pending', 'processing', 'retry', 'uncertain')"
    )
    _attention_idx = models.Index(
        "(backend_id, state) WHERE state IN ('dead', 'waiting', 'uncertain', 'retry')"
    )
    _business_key_idx = models.Index("(business_key, backend_id)")
    _record_idx = models.Index("(res_model, res_id) WHERE res_id IS NOT NULL")
    _account_idx = models.Index("(backend_id, create_date)")
    _received_idx = models.Index("(create_date, backend_id)")

    # ---- topics ----------------------------------------------------------------------

    @api.model
    def _topics(self):
        """Every topic: {name: Topic}. An add-on adds its own table to this one."""
        return dict(TOPICS)

    @api.model
    def _selection_topic(self):
        topics = self._topics().values()
        return [(topic.name, self.env._(topic.label)) for topic in topics]

    def _topic(self):
        self.ensure_one()
        return self._topics().get(self.topic)

    # ---- screens ---------------------------------------------------------------------

    @api.depends("payload")
    def _compute_payload_excerpt(self):
        for message in self:
            message.payload_excerpt = redact.redact_text(message.payload or "")

    @api.depends("res_model", "res_id")
    @api.depends_context("uid")
    def _compute_record_name(self):
        """Read a model at a time: lists show this."""
        for model, messages in self.grouped("res_model").items():
            ids = [m.res_id for m in messages if m.res_id and model in self.env]
            records = self.env[model].browse(ids).exists() if ids else self.browse()
            names = {r.id: r.display_name for r in records._filtered_access("read")}
            for message in messages:
                message.record_name = names.get(message.res_id, False)

    def _record(self):
        """The Odoo record this message touched, if there is one the user may see."""
        self.ensure_one()
        if not self.res_id or self.res_model not in self.env:
            return None
        record = self.env[self.res_model].browse(self.res_id).exists()
        return record if record and record.has_access("read") else None

    @api.depends("history", "correlation_id")
    def _compute_call_ids(self):
        for message in self:
            tokens = {h["token"] for h in message.history or [] if h.get("token")}
            tokens |= {message.correlation_id, message.attempt_token} - {False}
            message.call_ids = self.env["erp.connector.call"].search(
                [("correlation_id", "in", list(tokens))], limit=100, order="id"
            )

    @api.depends("history", "state", "processed_at")
    def _compute_history_text(self):
        for message in self:
            message.history_text = self.env["ir.qweb"]._render(
                "erp_connector_base.message_timeline", {"message": message}
            )

    def _timeline(self):
        """What became of this message, oldest first, for the screen.

        Each event is {"at", "what", "detail", "kind"}; kind is one of Bootstrap's
        colours.
        """
        self.ensure_one()
        _ = self.env._
        events = [_event(self.create_date, _("Received"), "", "info")]
        for entry in self.history or []:
            moment = fields.Datetime.to_datetime(entry["at"][:19].replace("T", " "))
            events.append(_event(moment, entry["event"], entry.get("detail") or ""))
        for call in self.call_ids:
            answer = call.error or f"HTTP {call.status}, {call.duration_ms} ms"
            kind = "danger" if call.failed else "primary"
            what = f"{call.method} {call.path}"
            events.append(_event(call.create_date, what, answer, kind))
        if self.processed_at:
            label = dict(self._fields["state"]._description_selection(self.env))
            kind = KINDS.get(self.state, "secondary")
            detail = self.note or self.error or ""
            events.append(_event(self.processed_at, label[self.state], detail, kind))
        return sorted(events, key=lambda event: event["at"])

    def action_open_record(self):
        self.ensure_one()
        if not self._record():
            raise UserError(self.env._("This message touched no record you can see."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

    def action_resolve(self):
        """Open the dialogue that asks why; the button's context says what to do."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Replay or Ignore"),
            "res_model": "erp.connector.resolve",
            "view_mode": "form",
            "target": "new",
            "context": {**self.env.context, "default_message_ids": self.ids},
        }

    # ---- in and out ------------------------------------------------------------------

    @api.model
    def _ingest(self, backend, events, lane=None):
        """Store events that are not in the inbox yet; returns how many were new.

        One statement, no ORM: webhooks stand in a queue behind it.
        """
        topics = self._topics()
        return self._insert(
            [
                self._row(backend, topics[event.topic], event, lane=lane)
                for event in events
            ]
        )

    @api.model
    def _enqueue(self, backend, event, record=None):
        """Store an outbound intent in the current transaction: it leaves after commit.

        Returns False when the same intent (dedup key) is in the outbox already.
        """
        return bool(self._enqueue_all([(backend, event, record)]))

    @api.model
    def _enqueue_all(self, wishes):
        """The same for many (backend, event, record) in one statement; how many are
        new.
        """
        topics = self._topics()
        return self._insert(
            [
                self._row(backend, topics[event.topic], event, record)
                for backend, event, record in wishes
            ]
        )

    def _row(self, backend, topic, event, record=None, lane=None):
        return (
            backend.id,
            topic.direction,
            topic.name,
            lane or topic.lane,
            storable(event.business_key),
            storable(event.dedup_key),
            storable(event.payload),
            naive(event.occurred_at) or None,
            record._name if record else None,
            record.id if record else None,
        )

    def _insert(self, rows):
        """Store rows that are new, and ask for their lanes; how many were new."""
        if not rows:
            return 0
        self.env.cr.execute(
            SQL(
                _INSERT,
                rows=SQL(", ").join(
                    SQL(
                        "(%s::int, %s, %s, %s, %s, %s, %s, %s::timestamp, %s, %s::int)",
                        *row,
                    )
                    for row in rows
                ),
                now=fields.Datetime.now(),
            ),
            log_exceptions=False,  # payloads hold personal data
        )
        (new,) = self.env.cr.fetchone()
        if new:
            self.env["ir.cron"]._connector_notify()
        return new

    @api.model
    def _handle_unreadable(self, messages, _answers):
        """A verified body nobody could read stays visible until somebody saw it."""
        return {
            message.id: Outcome.failed(
                UnexpectedResponseError(
                    self.env._(
                        "This webhook was signed correctly, but its content is not "
                        "known. Read it below, then ignore it or report it."
                    )
                )
            )
            for message in messages
        }

    @api.model
    def _handle_other(self, messages, _answers):
        """Verified and readable, but of no use: kept for whoever asks."""
        note = self.env._("Kept for the record: nothing acts on this kind of event.")
        return {message.id: Outcome.ignored(note) for message in messages}


def _event(at, what, detail, kind="secondary"):
    return {"at": at, "what": what, "detail": detail, "kind": kind}


def storable(text):
    """Text PostgreSQL can hold: NUL is shown as its JSON escape."""
    return text.replace("\x00", "\\u0000") if text else text


#: Triggers go in with the rows: see `_connector_wake` for why they always do.
_INSERT = """
    WITH new AS (
        INSERT INTO erp_connector_message (
            backend_id, company_id, direction, topic, lane, business_key, dedup_key,
            payload, occurred_at, res_model, res_id, state, attempts, correlation_id,
            create_date, write_date)
        SELECT v.backend_id,
               (SELECT company_id FROM erp_connector_backend WHERE id = v.backend_id),
               v.direction, v.topic, v.lane, v.business_key, v.dedup_key, v.payload,
               v.occurred_at, v.res_model, v.res_id, 'pending', 0,
               gen_random_uuid()::text, clock_timestamp() AT TIME ZONE 'UTC',
               clock_timestamp() AT TIME ZONE 'UTC'
          FROM (VALUES %(rows)s) AS v (backend_id, direction, topic, lane,
                    business_key, dedup_key, payload, occurred_at, res_model, res_id)
        ON CONFLICT (backend_id, direction, dedup_key) DO NOTHING
        RETURNING lane
    ), woken AS (
        INSERT INTO ir_cron_trigger (cron_id, call_at)
        SELECT id, %(now)s FROM ir_cron
         WHERE active AND connector_lane IN (SELECT lane FROM new)
    )
    SELECT count(*) FROM new
"""
