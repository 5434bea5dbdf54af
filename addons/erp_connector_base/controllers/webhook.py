import hmac
import logging
from datetime import UTC, datetime

import psycopg2
from psycopg2.extensions import TransactionRollbackError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from odoo import http
from odoo.addons.erp_connector_base.client.errors import (
    SignatureError,
    UnexpectedResponseError,
)
from odoo.addons.erp_connector_base.client.provider import Event, WebhookRequest
from odoo.addons.erp_connector_base.tools.crypto import UndecryptableError
from odoo.addons.erp_connector_base.tools.tally import Tally
from odoo.addons.erp_connector_base.tools.topics import UNREADABLE
from odoo.exceptions import UserError
from odoo.http import request

_logger = logging.getLogger(__name__)

COLLISIONS = 5
#: Before the account, and so its own limit, is known: as large as an account's usual.
LARGEST = 1024 * 1024
#: One line a minute for each reason, with how often it was.
LINES = Tally(burst=1, seconds=60.0)


class WebhookController(http.Controller):
    @http.route(
        ["/connector/webhook", "/connector/webhook/<path:token>"],
        type="connector_raw",
        auth="none",
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def receive(self, token=""):
        """Check, store, answer: no more than one insert stands between them.

        Every answer has an empty body. An unknown account and a bad signature look the
        same from outside, and cost nothing.
        """
        if request.httprequest.method != "POST":
            return self._answer(405, [("Allow", "POST")])
        try:
            self._hurry()
            return self._answer(self._receive(token))
        except psycopg2.OperationalError as error:
            return self._later("Webhook not stored", error)
        except (UndecryptableError, UserError) as error:
            return self._later("An account's webhooks cannot be checked", error)

    def _later(self, what, error):
        """503: platforms send it again. The log says it seldom, and without values."""
        request.env.cr.rollback()
        times = LINES.add((request.env.cr.dbname, what))
        if times:
            first_line = (str(error).splitlines() or [""])[0]
            _logger.warning("%s, asked to send again (%s): %s", what, times, first_line)
        return self._answer(503)

    def _hurry(self):
        request.env.cr.execute(
            "SET LOCAL statement_timeout = '2s'; SET LOCAL lock_timeout = '2s'"
        )

    def _answer(self, status, headers=None):
        return request.make_response("", status=status, headers=headers)

    def _receive(self, token):
        backends = request.env["erp.connector.backend"].sudo()
        account = backends._webhook_account(token)
        body = self._body(account[4] if account else LARGEST)
        backend_id, provider_code, url, secrets, _limit = account or [None] * 5
        if body is None:
            return self._refuse(backend_id, too_large=True)
        provider = account and backends._providers().get(provider_code)
        webhook = provider and provider.webhook
        if not webhook:  # unknown, or of an add-on that is not installed any more
            _verify_nothing(body)
            return self._refuse(backend_id)
        headers = {k.lower(): v for k, v in request.httprequest.headers.items()}
        inbound = WebhookRequest(url, headers, body, datetime.now(UTC))
        if not _is_theirs(webhook, inbound, secrets):
            return self._refuse(backend_id)
        backend = backends.browse(backend_id)
        events = self._store_surely(backend, webhook, inbound)
        if backend._webhook_news_in(events):
            request.env["erp.connector.stream"].sudo()._accepted(backend)
        return 200

    def _body(self, limit):
        """The raw bytes, or None when there are more than `limit`."""
        httprequest = request.httprequest
        if (httprequest.content_length or 0) > limit:
            return None
        httprequest.max_content_length = limit + 1  # a longer body is cut off there
        try:
            body = httprequest.get_data()
        except RequestEntityTooLarge:
            return None
        except (HTTPException, OSError):  # broken off, or no such encoding
            return b""
        return None if len(body) > limit else body

    def _refuse(self, backend_id, too_large=False):
        """Counted, not judged: a body that was not read may be anybody's."""
        rejections = request.env["erp.connector.rejection"].sudo()
        rejections._refused(backend_id, too_large)
        return 413 if too_large else 401

    def _store_surely(self, backend, webhook, inbound):
        """Copies that come at the same moment collide; the next look finds the row."""
        for _copy in range(COLLISIONS):
            try:
                return self._store(backend, webhook, inbound)
            except TransactionRollbackError:
                request.env.cr.rollback()
                self._hurry()
        return self._store(backend, webhook, inbound)

    def _store(self, backend, webhook, inbound):
        messages = request.env["erp.connector.message"].sudo()
        try:
            events = webhook.parse(inbound)
        except UnexpectedResponseError as error:
            events = (_unreadable(inbound, error.payload),)
        except Exception:
            _logger.exception("A signed webhook could not be read; kept as it came")
            events = (_unreadable(inbound),)
        known = messages._topics()
        kept = [e if e.topic in known else _other(e) for e in events]
        for owner, theirs in backend._hand_out(kept).items():
            messages._ingest(owner, theirs)
        return events


def _is_theirs(webhook, inbound, secrets):
    """Whether the signature holds. What no check was made for does not."""
    try:
        webhook.verify(inbound, secrets)
    except SignatureError:
        return False
    except Exception as error:
        times = LINES.add(type(error))
        if times:
            _logger.warning("Webhook refused, its check failed: %r", type(error))
        return False
    return True


def _verify_nothing(body):
    """As slow as a real check, so that time does not tell whether an account exists."""
    hmac.compare_digest(hmac.digest(b"nobody", body, "sha256"), b"\0" * 32)


def _unreadable(inbound, payload=""):
    text = inbound.body.decode("utf-8", "backslashreplace")
    key = hmac.digest(b"unreadable", inbound.body, "sha256").hex()
    return Event(UNREADABLE, "", f"unreadable:{key}", payload or text)


def _other(event):
    """An event of a topic that no installed add-on handles is kept, not dropped."""
    return Event(
        UNREADABLE,
        event.business_key,
        event.dedup_key,
        event.payload,
        event.occurred_at,
        event.account,
        event.merchant,
    )
