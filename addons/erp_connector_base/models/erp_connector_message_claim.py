"""Which messages a worker takes next, at the same cost whatever lies in the table.

Two steps: where something is pending (which account and topic), known from the last
look, and then the rows themselves, from where the last look found the first free one.
What was handled before that is not read again, be it dead rows that an old snapshot
keeps alive. Each statement is written so that its plan needs no statistics.
"""
# pylint: disable=invalid-commit; a claim counts only once others can see it

import logging
import random
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from psycopg2 import errors as pg

from odoo import api, fields, models
from odoo.addons.erp_connector_base.client.breaker import AFTER
from odoo.addons.erp_connector_base.client.topic import IRREVOCABLE
from odoo.addons.erp_connector_base.tools import claims
from odoo.tools import SQL

from .erp_connector_circuit import FORGOTTEN

_logger = logging.getLogger(__name__)

PAUSE_SECONDS = 0.02
LEASE_SECONDS = 600  # only decides when the worker's session cannot be looked up
LOOK_SECONDS = 0.2  # so often everything pending is looked at again
#: Share of a worker's time that such looks may cost when there is nothing to do.
LOOK_SHARE = 0.05
#: So many (account, topic) are tried in one statement at first.
FEW = 4

CONCURRENCY = (
    pg.SerializationFailure,
    pg.DeadlockDetected,
    pg.LockNotAvailable,
)


@dataclass
class Sight:
    """What this process knows of a lane's pending messages: a hint, never the truth.

    `lows`: {(account, topic): the first one may be as old as this}. `served`: {account:
    number of its last claim}: who had none for the longest is next.
    """

    lows: dict[tuple[int, str], datetime] = field(default_factory=dict)
    served: dict[int, int] = field(default_factory=dict)
    claims: int = 0
    looked_at: float = float("-inf")
    look_cost: float = 0.0

    def serve(self, account):
        self.claims += 1
        self.served[account] = self.claims

    def seen(self, rows, began):
        self.lows = {(account, topic): due for account, topic, due in rows}
        self.looked_at = time.monotonic()
        self.look_cost = self.looked_at - began

    def is_old(self):
        age = time.monotonic() - self.looked_at
        return age > max(LOOK_SECONDS, self.look_cost / LOOK_SHARE)

    def may_look(self):
        """Whether an idle worker may look again already."""
        return time.monotonic() - self.looked_at > self.look_cost / LOOK_SHARE


#: {(database, lane): Sight} of this process.
_SIGHTS = defaultdict(Sight)


@dataclass(frozen=True)
class Account:
    """A connected account as claims see it; `held`: topics, "" for all of them."""

    id: int
    provider: str
    timeout: int
    failures: int
    is_shut: bool
    held: frozenset[str] = frozenset()


class ErpConnectorMessage(models.Model):
    _inherit = "erp.connector.message"

    def init(self):
        """Statistics follow a burst within a minute, and dead rows go early, however
        large the table is; a fifth or tenth of millions of rows would be too late.
        """
        self.env.cr.execute(
            """
            ALTER TABLE erp_connector_message SET (
                autovacuum_analyze_scale_factor = 0,
                autovacuum_analyze_threshold = 5000,
                autovacuum_vacuum_scale_factor = 0.02,
                autovacuum_vacuum_threshold = 5000)
            """
        )

    # ---- due retries -----------------------------------------------------------------

    def _promote_due(self, lane):
        """Retries whose time has come stand in the line again, at its end."""
        try:
            self.env.cr.execute(
                SQL(claims.PROMOTE, lane=lane, now=fields.Datetime.now()),
                log_exceptions=False,
            )
            if self.env.cr.rowcount:
                self.env.cr.commit()
        except CONCURRENCY:
            self.env.cr.rollback()

    # ---- claim -----------------------------------------------------------------------

    def _claim(self, lane, worker, domain=None, patient=False, crowded=()):
        """Take the next batch of one account and topic, and commit the claim.

        A message waits while an earlier one of its business key is open, or any of
        its key is being worked. `domain`: only accounts of this one. `patient`: looks
        at the whole line only as often as it costs little. `crowded`: providers of
        which only accounts are taken that have answered lately.
        """
        accounts = self._open_accounts(lane, domain, crowded)
        if not accounts:
            return self.browse()
        sight = _SIGHTS[(self.env.cr.dbname, lane)]
        try:
            ids = self._claim_ids(lane, worker, accounts, sight, patient)
        except CONCURRENCY:
            self.env.cr.rollback()
            time.sleep(random.uniform(0, PAUSE_SECONDS))  # noqa: S311
            return self.browse()
        self.env.cr.commit()
        self.env.invalidate_all()
        return self.browse(sorted(ids))

    def _claim_ids(self, lane, worker, accounts, sight, patient):
        if not sight.is_old():
            ids = self._take(lane, worker, accounts, sight)
            if ids or (patient and not sight.may_look()):
                return ids
        began = time.monotonic()
        sight.seen(self._heads(lane), began)
        return self._take(lane, worker, accounts, sight)

    @api.model
    def _look_anew(self):
        """What was claimed has come back to its old place in the line."""
        for (database, _lane), sight in list(_SIGHTS.items()):
            if database == self.env.cr.dbname:
                sight.looked_at = float("-inf")

    def _heads(self, lane):
        """[(account, topic, since when its first one is pending)] of a lane."""
        self.env.cr.execute(SQL(claims.BY_INDEX + claims.HEADS, lane=lane))
        return self.env.cr.fetchall()

    def _take(self, lane, worker, accounts, sight):
        """Claim from whom was not served for the longest; the ids."""
        sizes = {t.name: _batch(t) for t in self._topics().values()}
        line = [
            (sight.served.get(account, 0), low, account, topic)
            for (account, topic), low in list(sight.lows.items())
            if topic in sizes
            and account in accounts
            and not accounts[account].held & {"", topic}
        ]
        line.sort()
        token = str(uuid.uuid4())
        for part in (line[:FEW], line[FEW:]):
            if not part:
                break
            rows = self._take_from(part, sizes, accounts, (lane, worker, token))
            if rows:
                return self._taken(rows, accounts, sight)
            for _served, low, account, topic in part:
                if sight.lows.get((account, topic)) == low:
                    sight.lows.pop((account, topic), None)
        return []

    def _take_from(self, part, sizes, accounts, claim):
        lane, worker, token = claim
        self.env.cr.execute(
            SQL(
                claims.BY_INDEX + claims.CLAIM,
                accounts=[account for _served, _low, account, _topic in part],
                topics=[topic for *_line, topic in part],
                lows=[low for _served, low, _account, _topic in part],
                sizes=[
                    1 if accounts[account].failures else sizes[topic]
                    for _served, _low, account, topic in part
                ],
                lane=lane,
                token=token,
                worker=worker,
                lease=LEASE_SECONDS,
            ),
            log_exceptions=False,
        )
        return self.env.cr.fetchall()

    def _taken(self, rows, accounts, sight):
        ids, backend_id, topic = [row[0] for row in rows], rows[0][1], rows[0][2]
        account = accounts[backend_id]
        circuits = self.env["erp.connector.circuit"]
        if account.failures >= AFTER and not circuits._take_turn(
            backend_id, account.timeout + LEASE_SECONDS / 20
        ):
            self.env.cr.rollback()
            return []
        if account.failures:
            circuits._breaker(backend_id).allow()
        sight.serve(backend_id)
        sight.lows[(backend_id, topic)] = max(row[3] for row in rows)
        return ids

    # ---- whose messages may be claimed -----------------------------------------------

    def _open_accounts(self, lane, domain=None, crowded=()):
        """{id: Account} of those that are connected and can be asked now.

        Left out: whose platform has not answered lately, and whose exchange in this
        lane is still under way.
        """
        self.env["erp.connector.backend"].flush_model()
        self.env.cr.execute(
            SQL(claims.ACCOUNTS, lane=lane, forgotten=FORGOTTEN, after=AFTER)
        )
        providers = self.env["erp.connector.backend"]._providers()
        found = {}
        for *values, has_blackouts in self.env.cr.fetchall():
            account = Account(*values)
            provider = providers.get(account.provider)
            if account.is_shut or domain not in (None, provider and provider.domain):
                continue
            if account.provider in crowded and not self._is_prompt(account.id):
                continue
            if has_blackouts:
                account = Account(*values, self._held(account.id))
            found[account.id] = account
        return found

    def _is_prompt(self, backend_id):
        return self.env["erp.connector.circuit"]._breaker(backend_id).is_prompt()

    def _held(self, backend_id):
        """Topics held by a blackout; one that cannot be read holds its own account."""
        backend = self.env["erp.connector.backend"].sudo().browse(backend_id)
        try:
            return frozenset(backend._held_topics())
        except pg.Error:
            raise
        except Exception:
            _logger.exception("Blackout windows of account %s", backend_id)
            return frozenset({""})

    # ---- what became of it? ----------------------------------------------------------

    def _claim_uncertain(self, lane, worker, domain=None):
        """Take one message whose fate is unknown; it stays uncertain while we ask.

        Whose question is due for the longest comes first, so that one that is never
        answered stands in nobody's way.
        """
        accounts = self._open_accounts(lane, domain)
        if not accounts:
            return self.browse()
        token = str(uuid.uuid4())
        now = fields.Datetime.now()
        try:
            self.env.cr.execute(
                SQL(
                    claims.CLAIM_UNCERTAIN,
                    token=token,
                    worker=worker,
                    lane=lane,
                    accounts=list(accounts),
                    topics=list(self._topics()),
                    now=now,
                ),
                log_exceptions=False,
            )
            rows = self.env.cr.fetchall()
            if rows and accounts[rows[0][1]].failures:
                self._ask_in_turn(accounts[rows[0][1]])
        except CONCURRENCY:  # another lane was faster
            self.env.cr.rollback()
            return self.browse()
        self.env.cr.commit()
        self.env.invalidate_all()
        return self.browse([row[0] for row in rows])

    def _ask_in_turn(self, account):
        circuits = self.env["erp.connector.circuit"]
        if account.failures >= AFTER:
            circuits._take_turn(account.id, account.timeout + LEASE_SECONDS / 20)
        circuits._breaker(account.id).allow()

    @api.model
    def _irrevocable(self):
        """Names of the topics that cannot be sent twice."""
        topics = self._topics().values()
        return [t.name for t in topics if t.safety == IRREVOCABLE] or [""]


def _batch(topic):
    """What cannot be sent twice goes in small parts: many might outlive the lease."""
    return topic.side_by_side if topic.safety == IRREVOCABLE else topic.batch
