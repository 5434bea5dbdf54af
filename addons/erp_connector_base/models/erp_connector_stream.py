"""Whether an account's webhooks arrive: the last one, and those refused since.

A platform whose webhooks are refused says so in its own dashboard only, and the polls
heal what is missing, late: without this nobody would know.
"""

import time
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

#: Causes of activities on an account.
REFUSED = "webhook.refused"
SILENT = "webhook.silent"
LARGE = "webhook.large"
#: So many are refused in a row before somebody is told.
REFUSALS = 5
#: News that only a look found, since the last webhook, before somebody is told.
UNTOLD = 3
#: A webhook that is no later than this is not missing (minutes).
QUIET = 5
LOOK_BACK = timedelta(days=1)
#: One that was too large is of no interest any more after so long without another.
LARGE_BACK = timedelta(days=7)
#: An accepted webhook is noted once in so many seconds by each process.
SELDOM = 60

#: When this process noted one: {(database, account id): monotonic seconds}.
_NOTED = {}


class ErpConnectorStream(models.Model):
    _name = "erp.connector.stream"
    _description = "Webhooks of an Account"
    _rec_name = "backend_id"

    backend_id = fields.Many2one(
        "erp.connector.backend",
        "Account",
        required=True,
        ondelete="cascade",
        readonly=True,
    )
    company_id = fields.Many2one("res.company", readonly=True)
    accepted_at = fields.Datetime("Last Webhook", readonly=True)
    refused_at = fields.Datetime("Last Refused", readonly=True)
    refused_since = fields.Datetime("Refused Since", readonly=True)
    refused_count = fields.Integer("Refused Since Then", readonly=True)
    large_at = fields.Datetime("Last Too Large", readonly=True)
    large_count = fields.Integer("Too Large", readonly=True)
    untold_count = fields.Integer("Found by Looking Only", readonly=True)

    _backend_uniq = models.Constraint(
        "UNIQUE(backend_id)", "An account has one stream of webhooks."
    )

    # ---- what the controller tells ---------------------------------------------------

    @api.model
    def _accepted(self, backend):
        """A webhook of the platform got in. Not a write for each: the row is hot."""
        key = (self.env.cr.dbname, backend.id)
        if time.monotonic() - _NOTED.get(key, -SELDOM) < SELDOM:
            return
        _NOTED[key] = time.monotonic()
        try:
            with backend._own_transaction() as env:
                env[self._name]._note_accepted(backend.id)
        except psycopg2.Error:  # another process notes it at this moment
            _NOTED.pop(key, None)

    def _note_accepted(self, backend_id):
        """Whatever was wrong is over, and so are the activities about it."""
        self._make_row(backend_id)
        self._execute(_ACCEPTED, backend=backend_id)
        ended = self.env.cr.fetchone()
        if ended and any(ended):
            backend = self.env["erp.connector.backend"].sudo().browse(backend_id)
            backend._settle_notice(REFUSED, SILENT)

    @api.model
    def _refused(self, backend_id, times, too_large=False):
        """`too_large`: for their size, while smaller ones may well get in."""
        if not backend_id:
            return
        _NOTED.pop((self.env.cr.dbname, backend_id), None)
        self._make_row(backend_id)
        self._execute(_REFUSED, backend=backend_id, times=times)
        if too_large:
            self._execute(_LARGE, backend=backend_id, times=times, age=LARGE_BACK)

    def _make_row(self, backend_id):
        self._execute(_MAKE, backend=backend_id)

    def _execute(self, query, **values):
        self.env.cr.execute(SQL(query, **values), log_exceptions=False)

    # ---- who is told -----------------------------------------------------------------

    @api.model
    def _cron_watch(self):
        """Tell the owner of webhooks that are refused, or do not come any more."""
        streams = self.sudo().search([("backend_id.active", "=", True)])
        refused = streams.filtered(lambda s: s.refused_count >= REFUSALS)
        refused.backend_id._each_of(refused, "_tell_refused")
        large = streams.filtered("large_count")
        large.backend_id._each_of(large, "_tell_large")
        silent = streams.filtered(lambda s: s._may_be_silent())
        silent.backend_id._each_of(silent, "_look_for_silence")

    def _tell_refused(self):
        backend = self.backend_id
        note = self.env._(
            "%(count)s since %(since)s, and none was accepted. The platform sends with "
            "another key than this account has, or somebody else sends. Compare key "
            "and webhook address with those on the platform. Until then news comes "
            "late: only when Odoo looks for it.",
            count=self.refused_count,
            since=backend._local_text(self.refused_since),
        )
        if self._are_mostly_large():
            note = self._large_words()
            backend._settle_notice(LARGE)
        backend._notify_owner(
            self.env._("Webhooks of %s are refused", backend.name), note, cause=REFUSED
        )

    def _too_many_large(self):
        """Whether so many were too large lately that it is no accident."""
        since = fields.Datetime.now() - LARGE_BACK
        return self.large_count >= REFUSALS and self.large_at >= since

    def _are_mostly_large(self):
        """Whether it is their size for which they are refused now."""
        return (
            self._too_many_large()
            and self.large_at >= self.refused_since
            and 2 * self.large_count > self.refused_count
        )

    def _tell_large(self):
        """What gets in meanwhile does not show it: these are the larger ones."""
        backend = self.backend_id
        if not self._too_many_large():
            backend._settle_notice(LARGE)
        elif self.refused_count < REFUSALS or not self._are_mostly_large():
            backend._notify_owner(
                self.env._("Webhooks of %s are too large", backend.name),
                self._large_words(),
                cause=LARGE,
            )

    def _large_words(self):
        return self.env._(
            "%(count)s were refused because they are larger than %(limit)s KB, the "
            "last one on %(last)s. If the platform sends such webhooks, raise Largest "
            "Webhook on the account, and the limit of the proxy before Odoo. Until "
            "then their news comes late: only when Odoo looks for it.",
            count=self.large_count,
            limit=self.backend_id.webhook_limit,
            last=self.backend_id._local_text(self.large_at),
        )

    def _may_be_silent(self):
        late = fields.Datetime.now() - timedelta(minutes=QUIET)
        return (
            self.accepted_at
            and self.accepted_at < late
            and not self.untold_count
            and self.backend_id.state == "connected"
        )

    def _look_for_silence(self):
        """What a look found, and no webhook told, although it had time to."""
        backend = self.backend_id
        now = fields.Datetime.now()
        since = max(self.accepted_at + timedelta(minutes=2), now - LOOK_BACK)
        count = backend._untold_news(since, now - timedelta(minutes=1))
        if count < UNTOLD:
            return
        self.untold_count = count
        backend._notify_owner(
            self.env._("Webhooks of %s do not come any more", backend.name),
            self.env._(
                "The last one came %(last)s. Since then Odoo found %(count)s news by "
                "looking that no webhook told of. Compare the webhook address with "
                "the one on the platform, and see whether the platform has switched "
                "it off.",
                last=backend._local_text(self.accepted_at),
                count=count,
            ),
            cause=SILENT,
        )


_MAKE = """
    INSERT INTO erp_connector_stream (backend_id, company_id, refused_count,
                                      untold_count)
    SELECT id, company_id, 0, 0 FROM erp_connector_backend WHERE id = %(backend)s
    ON CONFLICT DO NOTHING
"""

_ACCEPTED = """
    UPDATE erp_connector_stream stream
       SET accepted_at = now() AT TIME ZONE 'UTC', refused_since = NULL,
           refused_count = 0, untold_count = 0
      FROM (SELECT id, refused_count, untold_count FROM erp_connector_stream
             WHERE backend_id = %(backend)s FOR NO KEY UPDATE SKIP LOCKED) AS before
     WHERE stream.id = before.id
    RETURNING before.refused_count, before.untold_count
"""

_REFUSED = """
    UPDATE erp_connector_stream
       SET refused_count = refused_count + %(times)s,
           refused_at = now() AT TIME ZONE 'UTC',
           refused_since = COALESCE(refused_since, now() AT TIME ZONE 'UTC')
     WHERE id IN (SELECT id FROM erp_connector_stream
                   WHERE backend_id = %(backend)s FOR NO KEY UPDATE SKIP LOCKED)
"""

_LARGE = """
    UPDATE erp_connector_stream
       SET large_count = %(times)s
           + CASE WHEN large_at > now() AT TIME ZONE 'UTC' - %(age)s
                  THEN COALESCE(large_count, 0) ELSE 0 END,
           large_at = now() AT TIME ZONE 'UTC'
     WHERE id IN (SELECT id FROM erp_connector_stream
                   WHERE backend_id = %(backend)s FOR NO KEY UPDATE SKIP LOCKED)
"""
