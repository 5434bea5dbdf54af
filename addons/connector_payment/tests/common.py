"""Linked gateways at the simulators; the engine runs inside the test's transaction."""

import json
import uuid
from datetime import UTC, datetime
from unittest.mock import patch

from odoo import fields
from odoo.addons.connector_payment.providers import schema
from odoo.addons.erp_connector_base.client.provider import Event, WebhookRequest
from odoo.addons.erp_connector_base.tests.common import SimulatorMixin
from odoo.tests import TransactionCase

from tests.simulators.gateway_control import MidtransControl, XenditControl

#: Webhooks leave for here, where nobody listens.
NOBODY = "http://127.0.0.1:9/connector/webhook/nobody"
SECRETS = {
    "xendit": {
        "secret_key": "xnd_development_simulator",
        "callback_token": "xendit-simulator-callback-token",
    },
    "midtrans": {
        "server_key": "SB-Mid-server-simulator",
        "iris_creator_key": "IRIS-creator-simulator",
        "iris_approver_key": "IRIS-approver-simulator",
        "iris_merchant_key": "iris-merchant-simulator",
    },
}
#: Far ahead and far behind: they never have the same day, so one is not UTC's.
FAR_ZONES = ("Pacific/Kiritimati", "Etc/GMT+12")


class GatewayMixin:
    """Accounts at the simulated gateways, customers and invoices."""

    def gateway_account(self, provider="xendit", **values):
        control = getattr(self, provider)
        backend = self.env["erp.connector.backend"].create(
            {
                "name": f"{provider.title()} {uuid.uuid4().hex[:4]}",
                "provider": provider,
                "environment": "simulator",
                "base_url": control.url,
                "calls_per_second": 0,
                **values,
            }
        )
        backend._set_secrets(SECRETS[provider])
        backend._set_connected()
        return backend

    def today(self, days=0, zone="Asia/Jakarta"):
        """The day at the gateway, by which is booked; or so many days later.

        For seven hours of each day it is not the one of UTC.
        """
        there = self.env.user.with_context(tz=zone)
        return fields.Date.add(fields.Date.context_today(there), days=days)

    def lock_books(self):
        """Close today, and tomorrow should it begin meanwhile; the first open day."""
        self.env.company.fiscalyear_lock_date = self.today(1)
        return self.today(2)

    def bank(self, code="bca"):
        return self.env["connector.payment.bank"].search([("code", "=", code)])

    def customer(self, name="Toko Maju", **values):
        return self.env["res.partner"].create({"name": name, **values})

    def invoice(self, amount=100_000, partner=None, post=True, **values):
        """A posted invoice of one line without tax."""
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (partner or self.partner).id,
                "invoice_date": self.today(),
                "invoice_line_ids": [
                    fields.Command.create(
                        {"name": "Goods", "price_unit": amount, "tax_ids": []}
                    )
                ],
                **values,
            }
        )
        if post:
            invoice.action_post()
        return invoice

    def receipts(self, backend=None):
        backend = backend or self.backend
        return self.env["connector.payment.receipt"].search(
            [("backend_id", "=", backend.id)], order="id"
        )


class GatewayCase(GatewayMixin, SimulatorMixin, TransactionCase):
    """Everything is rolled back: a commit of the engine only flushes."""

    test_tags = {"standard", "post_install"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.xendit = XenditControl(cls.server.url)
        cls.midtrans = MidtransControl(cls.server.url)

    def setUp(self):
        super().setUp()
        self.enterContext(patch.object(self.cr, "commit", self.env.flush_all))
        self.xendit.reset(all=True, seed=1)
        self.midtrans.reset(all=True, seed=1)
        for control in (self.xendit, self.midtrans):
            control.config(callback_url=NOBODY, push_retry_delays=[])
        self.backend = self.gateway_account()
        self.env.company.connector_gateway_id = self.backend
        self.partner = self.customer()

    def account_at(self, provider, **values):
        """The account at this gateway: one here for the one that there is outside."""
        if self.backend.provider != provider:
            return self.gateway_account(provider, **values)
        self.backend.write(values)
        return self.backend

    def disconnect_all(self):
        """Nobody is connected to the gateways yet."""
        self.env.company.connector_gateway_id = False
        self.backend.unlink()

    # ---- the engine ------------------------------------------------------------------

    def drain(self, *lanes):
        """Work until nothing is due, in the lanes named (both when none is)."""
        self.env.flush_all()
        messages = self.env["erp.connector.message"]
        worker = messages._worker()
        for lane in lanes or ("fast", "bulk"):
            while messages._work_one_batch(lane, worker):
                pass
        self.env.invalidate_all()

    def let_time_pass(self, seconds=36000):
        self.env.flush_all()
        self.cr.execute(
            "UPDATE erp_connector_message SET lease_until = NULL, next_attempt_at = "
            "next_attempt_at - %s * interval '1 second'",
            [seconds],
        )
        self.env.invalidate_all()

    def messages(self, topic):
        return self.env["erp.connector.message"].search(
            [("topic", "=", topic)], order="id"
        )

    # ---- virtual accounts ------------------------------------------------------------

    def closed_va(self, invoices, bank="bca", **values):
        """A closed account for invoices, made at the gateway."""
        accounts = self.env["connector.payment.va"]
        wish = accounts._closed_values(
            None, invoices, self.bank(bank), values.pop("backend", self.backend)
        )
        va = accounts._request([{**wish, **values}])
        self.drain("fast")
        return va

    def fixed_va(self, partner=None, bank="bca"):
        va = self.env["connector.payment.va"]._fixed_for(
            partner or self.partner, self.backend, self.bank(bank)
        )
        self.drain("fast")
        return va

    # ---- money in --------------------------------------------------------------------

    def pay_event(self, va, amount=None, payment_id=None, **values):
        """A legacy callback of a paid account, as Xendit would send it; worked."""
        body = {
            "id": uuid.uuid4().hex,
            "payment_id": payment_id or uuid.uuid4().hex,
            "callback_virtual_account_id": (va and va.external_id) or "unknown",
            "external_id": va.name if va else "nobody",
            "account_number": va.number if va else "8808999",
            "bank_code": "BCA",
            "amount": amount if amount is not None else int(va.amount),
            "transaction_timestamp": fields.Datetime.now().isoformat() + "Z",
            "merchant_code": "10766",
            "currency": "IDR",
            "country": "ID",
            **values,
        }
        return self.tell(json.dumps(body), va.name if va else "nobody")

    def hear(self, backend=None, drain=True):
        """Webhooks the simulator has sent since the last time, worked; how many.

        They go to nobody (a test that rolls back cannot be reached) and are handed to
        the provider's own reading here, byte for byte.
        """
        backend = backend or self.backend
        control = getattr(self, backend.provider)
        webhook = backend._provider().webhook
        heard = self.__dict__.setdefault("heard", set())
        events = []
        for push in control.pushes():
            key = (backend.provider, push["push_id"])
            if key in heard:
                continue
            heard.add(key)
            body = push["body"].encode()
            now = datetime.now(UTC)
            events += webhook.parse(WebhookRequest("http://here", {}, body, now))
        self.env["erp.connector.message"]._ingest(backend, events)
        if drain:
            self.drain("fast")
        return len(events)

    def pay(self, va, amount=None, **options):
        """A payer's bank pays; the webhooks are heard. The receipts of the account."""
        control = getattr(self, va.backend_id.provider)
        options.setdefault("force", amount is not None)  # some banks let it through
        control.pay(reference=va.name, amount=amount, **options)
        self.hear(va.backend_id)
        return va.receipt_ids.sorted("id")

    def tell(self, payload, key="K", topic=schema.PAYMENT_EVENT, backend=None):
        """An event with this payload, worked; its message."""
        dedup = uuid.uuid4().hex
        messages = self.env["erp.connector.message"]
        backend = backend or self.backend
        messages._ingest(backend, [Event(topic, key, dedup, payload)])
        self.drain("fast")
        return messages.search([("dedup_key", "=", dedup)])

    # ---- what the books say

    def balance(self, account):
        """Debit minus credit of posted items on an account."""
        lines = self.env["account.move.line"].search(
            [("account_id", "=", account.id), ("parent_state", "=", "posted")]
        )
        return sum(lines.mapped("balance"))
