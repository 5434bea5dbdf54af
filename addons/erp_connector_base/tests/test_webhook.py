# pylint: disable=invalid-commit; what other sessions see is what is tested
"""The webhook door: who gets in, what is kept, and that nobody waits."""

import json
import logging
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import requests

from odoo.addons.erp_connector_base.models.erp_connector_rejection import WRITES
from odoo.addons.erp_connector_testing.provider import sign
from odoo.tests import HttpCase
from odoo.tools.cache import get_cache_key_counter

from .common import PEER_KEY, EngineCase


class WebhookCase(EngineCase):
    """Real transactions behind the real routes."""

    def setUp(self):
        super().setUp()
        WRITES.forget()  # the server is this process: earlier floods do not count

    def url(self, path):
        return f"{HttpCase.base_url()}{path}"

    def hook(self, backend=None):
        token = (backend or self.backend).webhook_token
        return self.url(f"/connector/webhook/{token}")

    def body(self, **values):
        event = {"id": uuid.uuid4().hex, "key": "K", "topic": "testing.echo", **values}
        return json.dumps(event).encode()

    def post(self, body, signature=None, url=None, **options):
        headers = {"Content-Type": "application/json"}
        signature = sign(PEER_KEY, body) if signature is None else signature
        if signature:
            headers["X-Signature"] = signature
        answer = requests.post(
            url or self.hook(), data=body, headers=headers, timeout=20, **options
        )
        self.refresh()
        return answer

    def messages(self):
        return self.env["erp.connector.message"].search(
            [("backend_id", "=", self.backend.id)]
        )

    def refusals(self, backend=None):
        self.refresh()
        domain = [
            ("backend_id", "=", (backend or self.env["erp.connector.backend"]).id)
        ]
        return sum(self.env["erp.connector.rejection"].search(domain).mapped("count"))

    def assertAnswer(self, answer, status):
        self.assertEqual((answer.status_code, answer.content), (status, b""))


class TestSignature(WebhookCase):
    def test_a_valid_signature_gets_in(self):
        body = self.body()
        self.assertAnswer(self.post(body), 200)
        self.assertEqual(self.messages().payload, body.decode())
        self.assertEqual(self.messages().state, "pending")

    def test_a_missing_signature_is_refused(self):
        self.assertAnswer(self.post(self.body(), signature=""), 401)
        self.assertFalse(self.messages())

    def test_a_wrong_signature_is_refused_and_only_counted(self):
        before = self.refusals(self.backend)
        body = self.body()
        for wrong in (sign("x", body), sign(PEER_KEY, body + b" "), "é", "x" * 9000):
            answer = self.post(body, signature=wrong.encode("latin-1", "replace"))
            self.assertIn(answer.status_code, (401, 400, 431))
        self.assertFalse(self.messages())
        self.assertGreaterEqual(self.refusals(self.backend) - before, 3)

    def test_an_unknown_account_gets_the_same_answer_as_a_forgery(self):
        before = self.refusals()
        forged = self.post(self.body(), signature="0" * 64)
        unknown = self.post(self.body(), url=self.url("/connector/webhook/nobody"))
        self.assertAnswer(unknown, 401)
        self.assertEqual(forged.content, unknown.content)
        volatile = {"Date", "Set-Cookie"}
        self.assertEqual(
            {k: v for k, v in forged.headers.items() if k not in volatile},
            {k: v for k, v in unknown.headers.items() if k not in volatile},
        )
        self.assertEqual(self.refusals(), before + 1)

    def test_an_account_without_a_key_lets_nobody_in(self):
        self.backend._set_secrets({"api_key": False})
        self.commit()
        body = self.body()
        self.assertAnswer(self.post(body, signature=sign("", body)), 401)

    def test_a_new_key_counts_at_once(self):
        self.assertAnswer(self.post(self.body()), 200)
        self.backend._set_secrets({"api_key": "new-key"})
        self.commit()
        body = self.body()
        self.assertAnswer(self.post(body), 401)
        self.assertAnswer(self.post(body, signature=sign("new-key", body)), 200)

    def test_a_deleted_account_is_unknown(self):
        other = self.account("Other")
        self.commit()
        hook = self.hook(other)
        self.assertAnswer(self.post(self.body(), url=hook), 200)
        other.unlink()
        self.commit()
        self.assertAnswer(self.post(self.body(), url=hook), 401)

    def test_an_archived_account_is_unknown(self):
        hook = self.hook()
        self.assertAnswer(self.post(self.body(), url=hook), 200)
        self.backend.active = False
        self.commit()
        self.assertAnswer(self.post(self.body(), url=hook), 401)

    def test_a_paused_account_still_takes_what_comes(self):
        self.backend.action_pause()
        self.commit()
        self.assertAnswer(self.post(self.body()), 200)
        self.assertEqual(len(self.messages()), 1)

    def test_only_post_is_answered_and_alike_everywhere(self):
        for path in (self.hook(), self.url("/connector/webhook/nobody")):
            for method in ("GET", "PUT", "DELETE", "PATCH", "HEAD"):
                with self.subTest(method):
                    self.assertAnswer(requests.request(method, path, timeout=20), 405)


class TestForgeries(WebhookCase):
    """Whatever is thrown at the door: 401, no trace but a count, nothing kept."""

    def forge(self, path="nobody", **options):
        options.setdefault("data", b"{}")
        url = self.url(f"/connector/webhook{path and '/'}{path}")
        return requests.post(url, timeout=20, **options)

    def test_strange_paths_are_unknown_accounts(self):
        for path in (
            "",
            "a/b",
            "%00",
            "é",
            "x" * 3000,
            "..%2f",
        ):
            with self.subTest(path):
                answer = self.forge(path)
                self.assertAnswer(answer, 401)
        answer = self.forge("%0d%0aX-Injected:%201")
        self.assertNotIn("X-Injected", answer.headers)

    def test_strange_bodies_and_headers_are_forgeries(self):
        path = self.backend.webhook_token
        for headers, body in (
            ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x\r\n"),
            ({"Content-Type": "application/json; charset=utf-99"}, b"\xff\xfe"),
            ({"Content-Type": ""}, b""),
            ({"X-Signature": "\xff\xfe".encode("latin-1")}, b"{}"),
            ({"Content-Encoding": "gzip"}, b"not gzip"),
            ({"Cookie": "session_id=x; session_id=y"}, b"{}"),
        ):
            with self.subTest(headers=headers):
                for place in (path, "nobody"):
                    answer = self.forge(place, headers=headers, data=body)
                    self.assertAnswer(answer, 401)
        self.refresh()
        self.assertFalse(self.messages())

    def test_many_at_once_all_get_401_and_are_counted(self):
        before = self.refusals()
        with (
            self.assertLogs("odoo.addons.erp_connector_base", "WARNING") as logs,
            ThreadPoolExecutor(8) as pool,
        ):
            logging.getLogger("odoo.addons.erp_connector_base").warning("begun")
            found = pool.map(lambda n: self.forge(f"random-{n}"), range(200))
            self.assertEqual({answer.status_code for answer in found}, {401})
        self.assertLessEqual(len(logs.output), 3)
        time.sleep(1.1)
        self.forge("the-last")
        self.assertEqual(self.refusals() - before, 201)

    def test_guessed_addresses_fill_no_cache(self):
        method = self.env["erp.connector.backend"]._known_webhook_account

        def kept(token):
            cache, key, _counter = get_cache_key_counter(method, token)
            return key in cache

        self.assertAnswer(self.post(self.body()), 200)
        self.assertTrue(kept(self.backend.webhook_token))
        self.assertAnswer(self.forge("guess"), 401)
        self.assertFalse(kept("guess"))

    def test_an_account_whose_provider_is_gone_is_unknown(self):
        self.cr.execute(
            "UPDATE erp_connector_backend SET provider = 'gone' WHERE id = %s",
            [self.backend.id],
        )
        self.cr.commit()
        self.registry.clear_cache()
        self.assertAnswer(self.post(self.body()), 401)

    def test_a_key_that_cannot_be_read_is_not_the_platforms_fault(self):
        self.cr.execute(
            "UPDATE erp_connector_credential SET encrypted_value = 'nonsense'"
            " WHERE backend_id = %s AND code = 'api_key'",
            [self.backend.id],
        )
        self.cr.commit()
        self.registry.clear_cache()
        self.assertAnswer(self.post(self.body()), 503)


class TestBody(WebhookCase):
    def test_a_body_above_the_limit_is_refused(self):
        self.backend.webhook_limit = 4
        self.commit()
        self.assertAnswer(self.post(self.body(pad="x" * 4096)), 413)
        self.assertAnswer(self.post(self.body(pad="x" * 3000)), 200)

    def test_a_chunked_body_is_read_and_limited_too(self):
        self.backend.webhook_limit = 4
        self.commit()
        for size, status in ((1000, 200), (8000, 413)):
            body = self.body(pad="x" * size)
            pieces = iter([body[:500], body[500:]])
            answer = requests.post(
                self.hook(),
                data=pieces,
                headers={"X-Signature": sign(PEER_KEY, body)},
                timeout=20,
            )
            self.assertEqual(answer.status_code, status)
        self.refresh()
        self.assertEqual(len(self.messages()), 1)

    def test_a_huge_body_for_nobody_is_refused(self):
        answer = self.post(b"x" * (9 << 20), url=self.url("/connector/webhook/nobody"))
        self.assertAnswer(answer, 413)

    def test_a_form_body_is_signed_as_it_came(self):
        body = self.body()
        answer = requests.post(
            self.hook(),
            data=body,
            headers={
                "X-Signature": sign(PEER_KEY, body),
                "Content-Type": "application/x-www-form-urlencoded",
            },
            timeout=20,
        )
        self.refresh()
        self.assertAnswer(answer, 200)
        self.assertEqual(self.messages().payload, body.decode())

    def test_a_signed_body_nobody_can_read_is_kept_for_a_person(self):
        for body in (b"not json", b"{}", b"\xff\xfe\x00", b"[1]", b""):
            with self.subTest(body):
                before = len(self.messages())
                self.assertAnswer(self.post(body), 200)
                self.assertEqual(len(self.messages()), before + 1)
        self.drain()
        self.assertEqual(set(self.messages().mapped("state")), {"dead"})
        self.assertIn("not json", self.messages().mapped("payload"))

    def test_the_same_unreadable_body_is_kept_once(self):
        for _time in range(3):
            self.assertAnswer(self.post(b"not json"), 200)
        self.assertEqual(len(self.messages()), 1)

    def test_an_event_of_an_unknown_topic_is_kept_for_a_person(self):
        self.assertAnswer(self.post(self.body(topic="testing.unheard")), 200)
        self.assertEqual(self.messages().topic, "webhook.unreadable")

    def test_an_event_of_another_account_of_the_app_goes_there(self):
        other = self.account("Other")
        other.sudo().account_ref = f"M-{self.backend.id}"
        self.commit()
        self.assertAnswer(self.post(self.body(account=other.account_ref)), 200)
        self.assertFalse(self.messages())
        self.assertEqual(
            self.env["erp.connector.message"].search_count(
                [("backend_id", "=", other.id)]
            ),
            1,
        )


class TestUnderPressure(WebhookCase):
    def test_fifty_copies_at_once_make_one_row(self):
        body = self.body()
        headers = {"X-Signature": sign(PEER_KEY, body)}

        def shoot(_number):
            return requests.post(self.hook_url, data=body, headers=headers, timeout=20)

        self.hook_url = self.hook()
        with ThreadPoolExecutor(8) as pool:
            answers = {answer.status_code for answer in pool.map(shoot, range(50))}
        self.refresh()
        self.assertEqual(answers, {200})
        self.assertEqual(len(self.messages()), 1)

    def test_fifty_different_events_at_once_are_all_kept(self):
        hook = self.hook()

        def shoot(_number):
            body = self.body()
            headers = {"X-Signature": sign(PEER_KEY, body)}
            return requests.post(hook, data=body, headers=headers, timeout=20)

        with ThreadPoolExecutor(8) as pool:
            answers = {answer.status_code for answer in pool.map(shoot, range(50))}
        self.refresh()
        self.assertEqual(answers, {200})
        self.assertEqual(len(self.messages()), 50)

    def test_a_stalled_database_is_answered_503_within_seconds(self):
        self.assertAnswer(self.post(self.body()), 200)
        with self.registry.cursor() as cr:
            cr.execute("LOCK TABLE erp_connector_message IN ACCESS EXCLUSIVE MODE")
            answer = requests.post(self.hook(), **self.signed(), timeout=20)
            cr.rollback()
        self.assertAnswer(answer, 503)
        self.assertAnswer(self.post(self.body()), 200)

    def signed(self):
        body = self.body()
        return {"data": body, "headers": {"X-Signature": sign(PEER_KEY, body)}}

    def test_a_busy_counter_makes_no_forger_wait(self):
        self.post(self.body(), signature="0")
        with self.registry.cursor() as cr:
            cr.execute("SELECT id FROM erp_connector_rejection FOR UPDATE")
            self.assertAnswer(self.post(self.body(), signature="0"), 401)
            cr.rollback()

    def test_a_webhook_wakes_the_lane(self):
        self.cr.execute("DELETE FROM ir_cron_trigger")
        self.commit()
        self.assertAnswer(self.post(self.body()), 200)
        crons = self.env["ir.cron.trigger"].search([]).cron_id
        self.assertEqual(set(crons.mapped("connector_lane")), {"fast"})
