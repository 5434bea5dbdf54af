# pylint: disable=invalid-commit; what other sessions see is what is tested
"""What the tests of the suite share: accounts at the peer, events, and the engine.

`ConnectorCase` rolls everything back. `EngineCase` commits as the lanes do, with
cursors of its own, and takes away what it made.
"""

import json
import uuid
from contextlib import contextmanager
from threading import Thread
from unittest.mock import patch
from urllib.parse import urlsplit

from odoo import api
from odoo.addons.erp_connector_base.client.provider import Event
from odoo.modules import module
from odoo.modules.registry import Registry
from odoo.tests.common import BaseCase, TransactionCase, _super_send, get_db_name

from tests.simulators.control import SimulatorControl
from tests.simulators.registry import build
from tests.simulators.server import running

PEER_KEY = "peer-simulator-key"


class LoopbackMixin:
    """Lets HTTP out to this machine, with the time-outs that the code asks for."""

    @classmethod
    def _request_handler(cls, session, request, /, **options):
        if urlsplit(request.url).hostname in ("127.0.0.1", "localhost"):
            return _super_send(session, request, **options)
        return super()._request_handler(session, request, **options)


class SimulatorMixin(LoopbackMixin):
    """The simulators, served by a thread of the test."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.enterClassContext(running(build(seed=1)))
        cls.peer = SimulatorControl(f"{cls.server.url}/peer")


class AccountMixin:
    """Accounts at the made-up provider, and messages of its topics."""

    def account(self, name="Peer", url=None, **values):
        backend = self.env["erp.connector.backend"].create(
            {
                "name": name,
                "provider": "testing",
                "environment": "simulator",
                "base_url": url or f"{getattr(self, 'peer_url', '')}",
                **values,
            }
        )
        backend._set_secrets({"api_key": PEER_KEY})
        backend._set_connected()
        return backend

    def event(self, topic="testing.echo", key="K", dedup=None, **wish):
        return Event(topic, key, dedup or uuid.uuid4().hex, json.dumps(wish))

    def put(self, *events, backend=None):
        """Store events; the messages, in the order given."""
        backend = backend or self.backend
        self.env["erp.connector.message"]._ingest(backend, events)
        messages = self.env["erp.connector.message"].search(
            [
                ("backend_id", "=", backend.id),
                ("dedup_key", "in", [e.dedup_key for e in events]),
            ],
            order="id",
        )
        return messages

    def multiply(self, record, count, **columns):
        """So many more rows like this one, past the ORM; `columns`: SQL, of `n` too."""
        self.env.flush_all()
        names = [
            f.name
            for f in record._fields.values()
            if f.store and f.column_type and f.name != "id"
        ]
        values = [str(columns.get(name, name)) for name in names]
        self.env.cr.execute(
            f"INSERT INTO {record._table} ({', '.join(names)})"  # noqa: S608
            f" SELECT {', '.join(values)}"
            f" FROM {record._table} CROSS JOIN generate_series(1, %s) AS n"
            f" WHERE {record._table}.id = %s",
            [count, record.id],
        )
        self.env.invalidate_all()

    def user(self, login, group=None, company=None):
        """A user with one of our groups, by its short name."""
        groups = [self.env.ref("base.group_user").id]
        if group:
            groups.append(self.env.ref(f"erp_connector_base.group_{group}").id)
        company = company or self.env.company
        return self.env["res.users"].create(
            {
                "name": login,
                "login": login,
                "group_ids": [(6, 0, groups)],
                "company_id": company.id,
                "company_ids": [(6, 0, company.ids)],
            }
        )


class ConnectorCase(AccountMixin, LoopbackMixin, TransactionCase):
    """Everything is rolled back; `self.backend` is connected and reaches nobody."""

    def setUp(self):
        super().setUp()
        self.backend = self.account()


class EngineCase(AccountMixin, SimulatorMixin, BaseCase):
    """Real transactions. `self.backend` is linked to the peer simulator."""

    test_tags = {"standard", "post_install"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.peer_url = cls.peer.url

    def setUp(self):
        super().setUp()
        self.enterContext(patch.object(module, "current_test", False))
        self.peer.reset()
        self.cr = self.enterContext(self.registry.cursor())
        self.env = api.Environment(self.cr, api.SUPERUSER_ID, {})
        self.made = self.env["erp.connector.backend"]
        self.addCleanup(self.take_away)
        self.backend = self.account()
        self.cr.commit()

    def account(self, *args, **values):
        backend = super().account(*args, **values)
        self.made |= backend
        return backend

    def take_away(self):
        self.refresh()
        made = self.made.exists()
        keys = self.env["erp.connector.message"].search(
            [("backend_id", "in", made.ids)]
        )
        partners = self.env["res.partner"].search(
            [("ref", "in", keys.mapped("dedup_key"))]
        )
        made.unlink()
        partners.unlink()
        self.cr.commit()

    # ---- the engine ------------------------------------------------------------------

    def put(self, *events, backend=None):
        messages = super().put(*events, backend=backend)
        self.cr.commit()
        return messages

    @contextmanager
    def lane(self):
        """The engine in a database session of its own: (messages, worker)."""
        with self.registry.cursor() as cr:
            messages = api.Environment(cr, api.SUPERUSER_ID, {})[
                "erp.connector.message"
            ]
            yield messages, messages._worker()
            cr.rollback()

    def drain(self, lane="fast"):
        """Work until nothing is due; how many messages that was."""
        worked = 0
        with self.lane() as (messages, worker):
            messages._recover_orphans()
            while count := messages._work_one_batch(lane, worker):
                messages.env.cr.commit()
                worked += count
                self.assertLess(worked, 2000, "the lane does not come to an end")
        self.refresh()
        return worked

    def refresh(self):
        """See what others have committed."""
        self.cr.rollback()
        self.env.invalidate_all()

    def commit(self):
        self.env.flush_all()
        self.cr.commit()

    def let_time_pass(self, seconds):
        """Everything that waits has waited so much longer."""
        self.cr.execute(
            """
            UPDATE erp_connector_message
               SET next_attempt_at = next_attempt_at - %(s)s * interval '1 second',
                   lease_until = lease_until - %(s)s * interval '1 second'
             WHERE backend_id = ANY(%(ids)s)
            """,
            {"s": seconds, "ids": self.made.ids},
        )
        self.cr.commit()
        self.env.invalidate_all()

    def in_threads(self, *works):
        """Run functions at the same time; raise what any of them raised."""
        errors = []

        def guarded(work):
            try:
                work()
            except Exception as error:
                errors.append(error)

        threads = [Thread(target=guarded, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(300)
        if errors:
            raise errors[0]
