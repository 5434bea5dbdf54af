"""A lane's round: who works beside whom, so that nobody stands behind a slow one.

The scheduled action is a foreman. Workers are threads with a database session each: one
for each domain (a payment never stands behind a shop), and one more for each exchange
that takes long. Who waits for a platform finishes its batch alone, be it after the
round; the others go on meanwhile.
"""
# pylint: disable=invalid-commit; each worker's batches are transactions of its own

import logging
import random
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress

import psycopg2

from odoo import api, models
from odoo.addons.erp_connector_base.tools.alarm import Alarm
from odoo.modules import module
from odoo.modules.registry import Registry
from odoo.tools import SQL, config

_logger = logging.getLogger(__name__)

ROUND_SECONDS = 8.0  # a lane gives its cron worker back after about this
LONGEST_SECONDS = 30.0  # at the latest then, though the other lane is away
LINGER_SECONDS = 1.0  # and looks this long for more before it goes to sleep
PAUSE_SECONDS = 0.02
LONG_SECONDS = 0.25  # an exchange that takes longer is not waited for
MOST_WAITING = 16  # workers of this process that may be left alone with an exchange
BREAKAGES = 2  # workers of a domain that may break off in a round

_CURRENT = threading.local()

#: Workers of this process that are alone with their exchange, whatever their round.
_ALONE = []


def most_waiting():
    """Each has a database session: they must leave enough for everybody else."""
    return max(1, min(MOST_WAITING, config["db_maxconn"] // 3))


def crowded():
    """Providers that so many wait for that only prompt accounts of theirs are asked.

    Else a platform that is down for hundreds of accounts would take all places.
    """
    waiting = Counter(w.provider for w in list(_ALONE) if w.is_alive())
    return {code for code, count in waiting.items() if count * 2 >= most_waiting()}


class Worker(threading.Thread):
    """Works batches of one domain until the round is over, or nothing is left."""

    def __init__(self, crew, domain):
        super().__init__(name=f"erp_connector.{crew.lane}.{domain}", daemon=True)
        self.crew, self.domain = crew, domain
        self.lock = threading.Lock()
        self.exchange = None  # (since, account) while one is under way
        self.provider = ""
        self.is_alone = False  # the crew goes on without it
        self.is_broken = False
        self.session = ""

    def run(self):
        _CURRENT.worker = self
        threading.current_thread().dbname = self.crew.env.cr.dbname
        try:
            with self.crew.env.registry.cursor() as cr:
                messages = self.crew.env(cr=cr)["erp.connector.message"]
                self._work(messages)
        except Exception:
            self.is_broken = True
            _logger.warning("Lane %s lost a worker", self.crew.lane, exc_info=True)
        finally:
            _CURRENT.worker = None

    def _work(self, messages):
        try:
            self.session = messages._worker()
            self._batches(messages)
        except Exception as error:
            self.is_broken = True
            _logger.warning("Lane %s broke off", self.crew.lane, exc_info=error)
            messages.env.registry.reset_changes()
            messages._abandon()
        with suppress(psycopg2.Error):
            messages._set_alarm(self.crew.lane)

    def _batches(self, messages):
        crew = self.crew
        while not (self.is_alone or crew.is_over()):
            count = messages._work_one_batch(
                crew.lane, self.session, domain=self.domain, patient=True
            )
            messages.env.registry.signal_changes()
            if count:
                crew.worked(count)
                continue
            messages.env.cr.rollback()
            time.sleep(PAUSE_SECONDS)


class Crew:
    """The workers of one round of a lane."""

    def __init__(self, env, lane, domains):
        self.env, self.lane = env, lane
        self.lock = threading.Lock()
        self.began = self.last_work = time.monotonic()
        # two lanes that began together must not be away together
        self.seconds = ROUND_SECONDS * random.uniform(0.75, 1.25)  # noqa: S311
        self.is_dismissed = self.is_late = False
        self.asked_at = self.began
        self.count = 0
        self.breakages = dict.fromkeys(domains, 0)
        self.workers = {}
        for domain in domains:
            self._hire(domain)

    def _hire(self, domain):
        self.workers[domain] = worker = Worker(self, domain)
        worker.start()

    def worked(self, count):
        with self.lock:
            self.count += count
            self.last_work = time.monotonic()

    def is_over(self):
        """All of them stop together: each may be the one somebody will need."""
        now = time.monotonic()
        return (
            self.is_dismissed
            or self.is_late
            or now - self.last_work > LINGER_SECONDS
            and not any(w.exchange for w in self.workers.values())
        )

    def look_at_the_clock(self):
        """The round is over after its time, as soon as another crew is there."""
        now = time.monotonic()
        if self.is_late or now - self.began < self.seconds:
            return
        if now - self.began > LONGEST_SECONDS:
            self.is_late = True
        elif now - self.asked_at > LONG_SECONDS:
            self.asked_at = now
            messages = self.env["erp.connector.message"]
            self.is_late = messages._leave_shift(self.lane)

    def look_after(self):
        """Replace who waits for a platform or broke off; whether anybody works."""
        self.look_at_the_clock()
        for domain, worker in list(self.workers.items()):
            if self._waits_long(worker) and self._let_go(worker):
                self._replace(domain)
            elif not worker.is_alive() and worker.is_broken:
                self.breakages[domain] += 1
                self.worked(0)
                worker.is_broken = False
                if self.breakages[domain] <= BREAKAGES:
                    self._replace(domain)
        return any(worker.is_alive() for worker in self.workers.values())

    def _replace(self, domain):
        if self.is_over():
            del self.workers[domain]
        else:
            self._hire(domain)

    def _waits_long(self, worker):
        exchange = worker.exchange
        return exchange and time.monotonic() - exchange[0] > LONG_SECONDS

    def _let_go(self, worker):
        """Whether this worker is left alone with its exchange.

        Everybody is told that it is under way, so that no other lane begins one for
        the same account. Its lock is held: it cannot come back in between.
        """
        _ALONE[:] = [w for w in _ALONE if w.is_alive()]
        if len(_ALONE) >= most_waiting():
            return False
        with worker.lock:
            if not worker.exchange:
                return False
            try:
                with self.env.registry.cursor() as cr:
                    circuits = self.env(cr=cr)["erp.connector.circuit"]
                    circuits._depart(worker.exchange[1], self.lane, worker.session)
            except psycopg2.Error:
                return False  # somebody writes about this account: at the next look
            worker.is_alone = True
            _ALONE.append(worker)
        return True


class ErpConnectorMessage(models.Model):
    _inherit = "erp.connector.message"

    # ---- the round -------------------------------------------------------------------

    @api.model
    def _run_lane(self, lane):
        """Drain `lane` for one round. Called by cron; never raises.

        Core's reschedule does not notify its workers, so a lane that leaves work
        behind triggers itself.
        """
        try:
            if self._drain(lane):
                self.env["ir.cron"]._connector_wake([lane])
        except (psycopg2.InterfaceError, psycopg2.OperationalError):
            _logger.warning("Lane %s lost its database connection", lane, exc_info=True)
            self._abandon()
        except Exception:
            _logger.exception("Lane %s broke off its round", lane)
            self._abandon()

    def _drain(self, lane):
        """Work until nothing is due for a moment; whether the round ended too early."""
        self._recover_orphans()
        self._begin_shift(lane)
        try:
            return self._run_crew(Crew(self.env, lane, self._domains()))
        finally:
            self._end_shift(lane)

    def _run_crew(self, crew):
        try:
            while crew.look_after():
                time.sleep(PAUSE_SECONDS)
        finally:
            crew.is_dismissed = True
        self.env["ir.cron"]._commit_progress(crew.count, remaining=0)
        return crew.is_late

    def _domains(self):
        """The domains that have a connected account."""
        backends = self.env["erp.connector.backend"].sudo()
        providers = backends._providers()
        codes = backends._read_group([("state", "=", "connected")], ["provider"])
        self.env.cr.commit()
        found = {providers[code].domain for (code,) in codes if code in providers}
        return sorted(found)

    def _work_one_batch(self, lane, worker, domain=None, patient=False):
        """Claim and work one batch; how many messages it was."""
        self._promote_due(lane)
        messages = self._claim(lane, worker, domain, patient, crowded())
        if messages:
            messages._work(messages[0].attempt_token)
            return len(messages)
        probe = self._claim_uncertain(lane, worker, domain)
        if probe:
            probe._probe(probe.attempt_token)
        return len(probe)

    @contextmanager
    def _under_way(self):
        """While these messages' requests travel, the crew may go on without us."""
        worker = getattr(_CURRENT, "worker", None)
        if worker is None:
            yield
            return
        backend = self[0].backend_id.sudo()
        backend_id, worker.provider = backend.id, backend.provider
        worker.exchange = (time.monotonic(), backend_id)
        try:
            yield
        finally:
            with worker.lock:
                worker.exchange = None
                is_alone = worker.is_alone
            if is_alone:
                self._arrived(backend_id, worker)

    def _arrived(self, backend_id, worker):
        """Tell the other lanes, in a transaction of its own: ours may be broken."""
        for _try in range(5):
            try:
                with self.env.registry.cursor() as cr:
                    circuits = self.env(cr=cr)["erp.connector.circuit"]
                    circuits._arrive(backend_id, worker.crew.lane, worker.session)
                return
            except psycopg2.Error:
                time.sleep(0.05)

    # ---- in time ---------------------------------------------------------------------

    def _set_alarm(self, lane):
        """Have this lane woken when its next retry or question is due."""
        if module.current_test or config["test_enable"]:
            return
        self.env.cr.execute(SQL(_NEXT_DUE, lane=lane))
        (seconds,) = self.env.cr.fetchone()
        self.env.cr.rollback()
        if seconds is not None:
            _ALARM.set(self.env.cr.dbname, lane, max(float(seconds), 0.1))


def _wake(database, lane):
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, api.SUPERUSER_ID, {})
        env["ir.cron"]._connector_wake([lane])


_ALARM = Alarm(_wake)

#: Seconds until something of a lane is due that nobody will wake it for.
_NEXT_DUE = """
    SELECT extract(epoch FROM min(due) - clock_timestamp() AT TIME ZONE 'UTC')
      FROM ((SELECT m.next_attempt_at AS due FROM erp_connector_message m
              WHERE m.state || '' = 'retry' AND m.lane = %(lane)s
                AND m.next_attempt_at > clock_timestamp() AT TIME ZONE 'UTC'
                                        - interval '3 seconds'
                AND m.backend_id IN (SELECT id FROM erp_connector_backend
                                      WHERE active AND state = 'connected')
              ORDER BY m.next_attempt_at LIMIT 1)
            UNION ALL
            (SELECT m.next_attempt_at FROM erp_connector_message m
              WHERE m.state || '' = 'uncertain' AND m.lane = %(lane)s
                AND m.next_attempt_at > clock_timestamp() AT TIME ZONE 'UTC'
                                        - interval '3 seconds'
                AND m.backend_id IN (SELECT id FROM erp_connector_backend
                                      WHERE active AND state = 'connected')
              ORDER BY m.next_attempt_at LIMIT 1)
            UNION ALL
            (SELECT min(c.retry_at) FROM erp_connector_circuit c
               JOIN erp_connector_backend b ON b.id = c.backend_id
              WHERE b.active AND b.state = 'connected' AND c.retry_at IS NOT NULL)
           ) AS next
     WHERE due > clock_timestamp() AT TIME ZONE 'UTC' - interval '3 seconds'
"""
