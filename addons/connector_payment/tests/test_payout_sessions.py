# pylint: disable=invalid-commit; what other sessions see is what is tested
"""A payout is sent once, and a debt paid once: sessions at once, workers that die."""

import json
import os
import subprocess
import sys
import time
from threading import Barrier

from odoo import SUPERUSER_ID, api
from odoo.addons.connector_payment.providers import schema
from odoo.addons.erp_connector_base.client.provider import Event
from odoo.addons.erp_connector_base.tests.common import EngineCase
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tools import config

from tests.simulators.gateway_control import MidtransControl, XenditControl

from .common import GatewayMixin
from .payouts import PayoutMixin


class TestSessions(PayoutMixin, GatewayMixin, EngineCase):
    """Real transactions, several sessions, workers that die."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.xendit = XenditControl(cls.server.url)
        cls.midtrans = MidtransControl(cls.server.url)

    def setUp(self):
        super().setUp()
        self.xendit.reset(all=True, seed=1)
        self.xendit.config(payout_mode="manual")
        self.xendit.top_up(1_000_000_000)
        self.backend = self.gateway_account()
        self.made |= self.backend
        self.make_people()
        self.commit()

    def take_away(self):
        """Posted entries stay, as in life; what is open at the gateway does not."""
        self.refresh()
        payouts = self.payouts()
        people = self.maker | self.approver
        self.cr.execute(
            "UPDATE connector_payment_payout SET watch_at = NULL WHERE id = ANY(%s)",
            [payouts.ids],
        )
        self.backend.write({"state": "draft", "active": False})
        # the next test's simulated gateway is another one
        self.env["erp.connector.identity"].sudo().search(
            [("backend_id", "=", self.backend.id)]
        ).unlink()
        self.made -= self.backend
        people.active = False
        self.commit()
        super().take_away()

    def as_user(self, user, work):
        """`work(payouts)` in a session of its own, as the web client would."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, user.id, {})
            return retrying(lambda: work(env["connector.payment.payout"]), env)

    def test_two_clicks_on_approve_in_two_sessions_send_it_once(self):
        payout = self.submitted(self.bill(70_000))
        self.commit()
        together = Barrier(2)
        self.xendit.fault("latency", path="/balance", count=2, seconds=0.5)
        said = []

        def click():
            together.wait(120)
            try:
                self.as_user(
                    self.approver, lambda p: p.browse(payout.id).action_approve()
                )
                said.append("approved")
            except UserError as error:
                said.append(str(error))

        self.in_threads(click, click)
        self.drain()
        self.assertEqual(said.count("approved"), 1, said)
        self.assertEqual((self.there(), payout.state), ([payout.name], "sent"))
        self.assertEqual(len(self.send_message(payout)), 1)
        self.assertEqual(payout.payment_id.move_id.state, "posted")

    def at_once(self, *works):
        """Each (user, work) in a session of its own; what each of them came to."""
        together = Barrier(len(works))
        # all have looked before any of them writes
        self.xendit.fault("latency", path="/balance", count=len(works), seconds=0.5)
        said = []

        def run(user, work):
            together.wait(120)
            try:
                self.as_user(user, work)
                said.append("done")
            except UserError as error:
                said.append(str(error))

        self.in_threads(*(lambda w=work: run(*w) for work in works))
        self.drain()
        return said

    def test_two_payouts_of_one_bill_approved_at_once_pay_it_once(self):
        bill = self.bill(70_000)
        first = self.submitted(bill)
        second = first._for_payments(first.payment_id._connector_again())
        second.write({"line_ids": first.line_ids.ids, "editor_id": self.maker.id})
        second.with_user(self.maker).action_submit()
        other = self.person("approver")
        self.commit()
        ids = (first.id, second.id)
        said = self.at_once(
            (self.approver, lambda p: p.browse(ids[0]).action_approve()),
            (other, lambda p: p.browse(ids[1]).action_approve()),
        )
        other.active = False
        self.commit()
        self.assertEqual(said.count("done"), 1, said)
        self.assertIn("not owed any more", "".join(said))
        self.assertEqual(len(self.there()), 1)
        self.assertEqual((bill.payment_state, bill.amount_residual), ("paid", 0))

    def test_an_amount_changed_while_it_is_approved_is_not_paid_unseen(self):
        payout = self.submitted(self.bill(70_000))
        payment = payout.payment_id
        self.commit()
        ids = payout.id, payment.id
        self.at_once(
            (self.approver, lambda p: p.browse(ids[0]).action_approve()),
            (
                self.maker,
                lambda p: (
                    p.env["account.payment"].browse(ids[1]).write({"amount": 60_000})
                ),
            ),
        )
        paid = {row["amount"] for row in self.xendit.payouts()}
        if payout.state == "draft":
            self.assertFalse(paid, "it is the maker's again")
        else:
            self.assertEqual((paid, payment.amount), ({70_000}, 70_000))

    def test_two_lanes_at_once_send_each_payout_once(self):
        bills = self.env["account.move"].concat(
            *(self.bill(10_000) for _n in range(20))
        )
        payouts = self.approved(bills)
        self.commit()
        self.xendit.fault("latency", path="/v2/payouts", seconds=0.2)
        self.in_threads(self.drain_alone, self.drain_alone)
        self.refresh()
        self.assertEqual(sorted(self.there()), sorted(payouts.mapped("name")))
        self.assertEqual(set(payouts.mapped("state")), {"sent"})

    def drain_alone(self):
        with self.lane() as (messages, worker):
            while messages._work_one_batch("fast", worker):
                messages.env.cr.commit()

    def test_a_worker_killed_while_the_gateway_acts_sends_it_once(self):
        payout = self.approved(self.bill(70_000))
        self.commit()
        self.xendit.fault("latency_after", path="/v2/payouts", count=1, seconds=30)
        worker = self.lane_in_a_process()
        self.wait_for(lambda: self.there() == [payout.name])
        worker.kill()
        worker.wait(120)
        self.refresh()
        self.assertEqual(payout.state, "approved")
        for _round in range(4):
            self.drain()
            self.let_time_pass(60)
        self.assertEqual((self.there(), payout.state), ([payout.name], "sent"))
        self.assertEqual(self.send_message(payout).state, "done")

    def lane_in_a_process(self):
        path = os.pathsep.join(path for path in sys.path if path)
        worker = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "import odoo.cli; odoo.cli.main()",
                "shell",
                "-c",
                config["config"],
                "--no-http",
            ],
            stdin=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": path},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(worker.kill)
        worker.stdin.write(b'env["erp.connector.message"]._run_lane("fast")\n')
        worker.stdin.close()
        return worker

    def wait_for(self, hope):
        for _try in range(2400):
            if hope():
                return
            time.sleep(0.05)
        self.fail("it did not come to it")

    def test_a_webhook_while_the_answer_travels_collides_with_nothing(self):
        payout = self.approved(self.bill(70_000))
        self.commit()
        self.xendit.fault("latency_after", path="/v2/payouts", count=1, seconds=2)

        def webhook():
            self.wait_for(lambda: self.there() == [payout_name])
            (row,) = self.xendit.payouts()
            self.xendit.payout_outcome(payout_name, "succeed")
            data = {"id": row["id"], "reference_id": payout_name, "status": "SUCCEEDED"}
            body = json.dumps({"event": "payout.succeeded", "data": data})
            event = Event(schema.PAYOUT_EVENT, payout_name, f"e:{row['id']}", body)
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                backend = env["erp.connector.backend"].browse(backend_id)
                env["erp.connector.message"]._ingest(backend, [event])
                cr.commit()
            self.drain_alone()

        payout_name, backend_id = payout.name, self.backend.id
        self.in_threads(self.drain_alone, webhook)
        for _round in range(3):
            self.drain()
            self.let_time_pass(60)
        self.assertEqual((self.there(), payout.state), ([payout.name], "succeeded"))
        self.assertEqual(payout.payment_id.state, "paid")
