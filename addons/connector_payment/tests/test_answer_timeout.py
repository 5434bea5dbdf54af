"""The gateway acts, and answers when the account waits no longer: that answer is lost.

What was made is found by asking; the gateway's ledger is the judge.
"""

from odoo.addons.erp_connector_base.client.errors import TransientError

from .common import GatewayCase
from .payouts import PayoutCase
from .test_refund import REFUND, RefundCase

MAKE = {"xendit": "/v3/payment_requests", "midtrans": "/v2/charge"}
SEND = {"xendit": "/v2/payouts", "midtrans": "/iris/api/v1/payouts"}


class Deaf:
    """A transport that notes how long it was to wait, and hears nothing."""

    def __init__(self):
        self.waits = []

    def send(self, request):
        self.waits.append(request.timeout)
        raise TransientError("nobody answered")


class TooLateMixin:
    """An account that waits three seconds, at a gateway that takes eight."""

    def hurried(self, provider, path):
        if provider != "xendit":
            self.backend = self.gateway_account(provider)
        self.backend.answer_timeout = 3
        control = getattr(self, provider)
        control.fault("latency_after", path=path, seconds=8, count=1)
        return control

    def assert_lost_then_found(self, message):
        self.drain("fast")
        self.assertEqual(message.state, "uncertain")
        self.assertIn("no answer in time", message.error)
        call = message.call_ids[:1]
        self.assertTrue(call.failed)
        self.assertTrue(3000 <= call.duration_ms < 20_000, call.duration_ms)
        self.let_time_pass()
        self.drain("fast")
        self.assertEqual((message.state, message.attempts), ("done", 2))


class TestAnswerTimeout(TooLateMixin, GatewayCase):
    def test_every_call_of_a_gateway_waits_as_long_as_its_account_says(self):
        for provider in MAKE:
            account = self.account_at(provider, answer_timeout=7)
            transport = Deaf()
            client = account._gateway_client(transport)
            for call in (client.identify, client.balance):
                with self.assertRaises(TransientError):
                    call()
            self.assertEqual(set(transport.waits), {(5, 7)}, provider)

    def test_an_account_made_while_nobody_waited_is_found(self):
        for provider, path in MAKE.items():
            with self.subTest(provider):
                control = self.hurried(provider, path)
                va = self.closed_va(self.invoice(125_000), backend=self.backend)
                (message,) = self.messages("payment.va.create").filtered(
                    lambda m, va=va: m.res_id == va.id
                )
                self.assert_lost_then_found(message)
                (there,) = control.ledger("vas")
                self.assertEqual(
                    (va.state, va.number, va.external_id),
                    ("active", there["number"], there["id"]),
                )


class TestPayoutAnswerTimeout(TooLateMixin, PayoutCase):
    def test_a_payout_sent_while_nobody_waited_is_found(self):
        for provider, path in SEND.items():
            with self.subTest(provider):
                control = self.hurried(provider, path)
                payout = self.approved(self.bill(70_000))
                self.assert_lost_then_found(self.send_message(payout))
                self.assertEqual(self.there(control), [payout.name])
                self.assertEqual(payout.external_id, control.payouts()[0]["id"])
                self.assertEqual(payout.is_uncertain, False)


class TestRefundAnswerTimeout(TooLateMixin, RefundCase):
    def test_a_refund_given_while_nobody_waited_is_found(self):
        self.backend.answer_timeout = 3
        self.midtrans.fault("latency_after", path=REFUND, seconds=8, count=1)
        refund = self.ask_back(self.credit_note(30_000))
        self.assert_lost_then_found(self.message(refund))
        self.until_paid(refund)
        self.va._enqueue("payment.va.watch", "end")
        self.drain()
        self.assertEqual(self.receipt.refunded_amount, 30_000)
        self.assertEqual(refund.state, "paid")
