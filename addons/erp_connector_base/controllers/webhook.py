import hmac
import logging
from datetime import UTC, datetime

import psycopg2
from psycopg2.extensions import TransactionRollbackError
from werkzeug.exceptions import RequestEntityTooLarge

from odoo import http
from odoo.addons.erp_connector_base.client.errors import (
    SignatureError,
    UnexpectedResponseError,
)
from odoo.addons.erp_connector_base.client.provider import Event, WebhookRequest
from odoo.addons.erp_connector_base.tools.topics import UNREADABLE
from odoo.http import request

_logger = logging.getLogger(__name__)

COLLISIONS = 5
LARGEST = 8 * 1024 * 1024  # before the account, and so its own limit, is known


class WebhookController(http.Controller):
    @http.route(
        "/connector/webhook/<string:token>",
        type="connector_raw",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def receive(self, token):
        """Check, store, answer: no more than one insert stands between them.

        Every answer has an empty body. An unknown account and a bad signature look the
        same from outside.
        """
        try:
            self._hurry()
            return self._answer(self._receive(token))
        except psycopg2.OperationalError:
            _logger.warning("Webhook not stored, asked to send it again", exc_info=True)
            request.env.cr.rollback()
            return self._answer(503)

    def _hurry(self):
        request.env.cr.execute(
            "SET LOCAL statement_timeout = '2s'; SET LOCAL lock_timeout = '2s'"
        )

    def _answer(self, status):
        return request.make_response("", status=status)

    def _receive(self, token):
        backends = request.env["erp.connector.backend"].sudo()
        account = backends._webhook_account(token)
        limit = account[4] if account else LARGEST
        body = self._body(limit)
        if body is None:
            return 413
        if account is None:
            _verify_nothing(body)
            return self._refuse(None)
        backend_id, provider_code, url, secrets, _limit = account
        webhook = backends._providers()[provider_code].webhook
        if webhook is None:
            return self._refuse(backend_id)
        headers = {k.lower(): v for k, v in request.httprequest.headers.items()}
        inbound = WebhookRequest(url, headers, body, datetime.now(UTC))
        try:
            webhook.verify(inbound, secrets)
        except SignatureError:
            return self._refuse(backend_id)
        self._store_surely(backends.browse(backend_id), webhook, inbound)
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
        return None if len(body) > limit else body

    def _refuse(self, backend_id):
        request.env["erp.connector.rejection"].sudo()._count_one(backend_id)
        return 401

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
            events = (_unreadable(inbound, error),)
        known = messages._topics()
        kept = [e if e.topic in known else _other(e) for e in events]
        for owner, theirs in backend._hand_out(kept).items():
            messages._ingest(owner, theirs)


def _verify_nothing(body):
    """As slow as a real check, so that time does not tell whether an account exists."""
    hmac.compare_digest(hmac.digest(b"nobody", body, "sha256"), b"\0" * 32)


def _unreadable(inbound, error):
    text = inbound.body.decode("utf-8", "backslashreplace")
    key = hmac.digest(b"unreadable", inbound.body, "sha256").hex()
    return Event(UNREADABLE, "", f"unreadable:{key}", error.payload or text)


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
