"""What an account's card and form say of its webhooks."""

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import format_datetime

from .erp_connector_stream import LARGE, REFUSALS


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    has_webhook = fields.Boolean(compute="_compute_webhook_news", compute_sudo=True)
    webhook_news = fields.Char(
        "Webhooks", compute="_compute_webhook_news", compute_sudo=True
    )
    webhook_alarm = fields.Boolean(compute="_compute_webhook_news", compute_sudo=True)

    @api.depends_context("lang", "tz")
    def _compute_webhook_news(self):
        """When the last webhook came, and whether they are refused since."""
        streams = self.env["erp.connector.stream"].search(
            [("backend_id", "in", self.ids)]
        )
        of_account = {s.backend_id.id: s for s in streams}
        for backend in self:
            provider = self._providers().get(backend.provider)
            stream = of_account.get(backend.id, streams.browse())
            backend.has_webhook = bool(provider and provider.webhook)
            backend.webhook_alarm = bool(
                stream.refused_count >= REFUSALS
                or stream.untold_count
                or (stream and stream._too_many_large())
            )
            backend.webhook_news = backend._webhook_words(stream)

    def _webhook_words(self, stream):
        words = self._stream_words(stream)
        if stream and stream._too_many_large():
            return self.env._(
                "%(news)s; too large: %(count)s", news=words, count=stream.large_count
            )
        return words

    def _stream_words(self, stream):
        last = self.env._("none yet")
        if stream.accepted_at:
            last = self._local_text(stream.accepted_at)
        if stream.refused_count:
            return self.env._(
                "refused since %(since)s (%(count)s); last received: %(last)s",
                since=self._local_text(stream.refused_since),
                count=stream.refused_count,
                last=last,
            )
        if stream.untold_count:
            return self.env._(
                "silent since %(last)s, while looks found %(count)s news",
                last=last,
                count=stream.untold_count,
            )
        return self.env._("last received: %s", last)

    def _local_text(self, moment):
        """A naive UTC moment as the platform's clock shows it."""
        return moment and format_datetime(self.env, moment, tz=self.tz)

    def write(self, vals):
        result = super().write(vals)
        if "webhook_limit" in vals:  # what was too large may get in now
            streams = self.env["erp.connector.stream"].sudo()
            streams.search([("backend_id", "in", self.ids)]).large_count = 0
            self._settle_notice(LARGE)
        return result

    # ---- what add-ons know -----------------------------------------------------------

    def _webhook_news_in(self, events):
        """Those of a webhook's events that the platform sent; not our own tests."""
        return events

    @api.model
    def _told_topics(self):
        """Topics of inbound messages that a webhook tells of, and a look finds."""
        return set()

    def _untold_news(self, since, until):
        """How many of them came between two moments, and happened since the first.

        While no webhook came, so that a look must have found them.
        """
        self.ensure_one()
        self.env.cr.execute(
            SQL(
                """
                SELECT count(*) FROM erp_connector_message
                 WHERE create_date > %(since)s AND create_date <= %(until)s
                   AND backend_id = %(backend)s AND direction = 'in'
                   AND topic = ANY(%(topics)s)
                   AND COALESCE(occurred_at, create_date) > %(since)s
                """,
                since=since,
                until=until,
                backend=self.id,
                topics=list(self._told_topics()),
            )
        )
        return self.env.cr.fetchone()[0]
