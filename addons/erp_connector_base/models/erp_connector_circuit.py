"""Accounts whose platform does not answer, or whose requests are still under way.

A row a troubled account, beside the account: lanes write here often, and must not
collide with people who edit the account.
"""
# pylint: disable=invalid-commit; what one lane learns has to reach the others

import logging
from collections import defaultdict
from datetime import timedelta
from threading import Lock

import psycopg2

from odoo import api, fields, models
from odoo.addons.erp_connector_base.client.breaker import (
    AFTER,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    Breaker,
)
from odoo.tools import SQL

from .erp_connector_backend_words import without_place

_logger = logging.getLogger(__name__)

#: Cause of the activity on an account that is silent for long.
SILENT = "account.silent"
#: Its owner is told after so long.
LASTING = timedelta(minutes=10)
#: An exchange that is under way for longer (s) is not waited for.
FORGOTTEN = 600

#: {(database, account): Breaker} of this process.
_BREAKERS = defaultdict(Breaker)
_LOCK = Lock()


class ErpConnectorCircuit(models.Model):
    _name = "erp.connector.circuit"
    _description = "Account Without Answer"

    backend_id = fields.Many2one(
        "erp.connector.backend", "Account", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="backend_id.company_id")
    failures = fields.Integer("Calls Without an Answer", required=True, default=0)
    since = fields.Datetime("Paused Since")
    retry_at = fields.Datetime("Asked Again")
    reason = fields.Char()
    flights = fields.Json(help="Exchanges under way: {lane: {worker, since}}.")

    _backend_uniq = models.UniqueIndex("(backend_id)", "One row for each account.")

    # ---- what this process knows -----------------------------------------------------

    @api.model
    def _breaker(self, backend_id):
        """The one of an account in this process."""
        with _LOCK:
            return _BREAKERS[(self.env.cr.dbname, backend_id)]

    # ---- what all of them know -------------------------------------------------------

    @api.model
    def _learn(self, backend, before, breaker):
        """Write down what the calls of a block told: `before` is what was known when it
        began. Committed whatever becomes of the work.
        """
        answered = breaker.answers > before.answers
        more = breaker.failures - (0 if answered else before.failures)
        healed = answered and (breaker.watched or before.failures)
        if not healed and more <= 0:
            return
        try:
            with backend._own_transaction() as env:
                circuits = env[self._name]
                if healed:
                    circuits._close(backend.with_env(env))
                if more > 0:
                    circuits._deepen(backend.id, more, breaker.reason)
        except psycopg2.Error:
            _logger.info("Another worker writes about account %s", backend.id)
        breaker.watched = bool(breaker.failures)  # of others' failures, claims tell

    def _deepen(self, backend_id, more, reason):
        self.env.cr.execute(
            SQL(
                _DEEPEN,
                backend=backend_id,
                more=more,
                reason=reason[:500].replace("\x00", "␀"),
                after=AFTER,
                first=FIRST_PAUSE,
                longest=LONGEST_PAUSE,
            ),
            log_exceptions=False,
        )

    def _close(self, backend):
        """It answers: everything goes on at once."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE erp_connector_circuit c
                   SET failures = 0, since = NULL, retry_at = NULL, reason = NULL
                  FROM erp_connector_circuit old
                 WHERE c.backend_id = %s AND old.id = c.id RETURNING old.since
                """,
                backend.id,
            ),
            log_exceptions=False,
        )
        found = self.env.cr.fetchone()
        self.invalidate_model()
        if found and found[0]:
            _logger.info("Account %s answers again", backend.id)
            backend._settle_notice(SILENT)
            backend._wake()

    @api.model
    def _take_turn(self, backend_id, seconds):
        """Whether we are the one who asks a paused account; nobody else for a while.

        Part of the claim's transaction: whoever is later collides, and claims nothing.
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE erp_connector_circuit
                   SET retry_at = clock_timestamp() AT TIME ZONE 'UTC'
                                  + %s * interval '1 second'
                 WHERE backend_id = %s AND retry_at <= clock_timestamp() AT TIME ZONE
                       'UTC' AND failures > 0
                """,
                seconds,
                backend_id,
            ),
            log_exceptions=False,
        )
        return bool(self.env.cr.rowcount)

    # ---- exchanges that take long ----------------------------------------------------

    @api.model
    def _depart(self, backend_id, lane, worker):
        """An exchange of this lane is under way: no other lane begins one."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO erp_connector_circuit (backend_id, failures, flights)
                VALUES (%(backend)s, 0, jsonb_build_object(%(lane)s,
                        jsonb_build_object('worker', %(worker)s, 'since',
                                           extract(epoch FROM clock_timestamp()))))
                ON CONFLICT (backend_id) DO UPDATE
                SET flights = COALESCE(erp_connector_circuit.flights, '{}'::jsonb)
                              || excluded.flights
                """,
                backend=backend_id,
                lane=lane,
                worker=worker,
            ),
            log_exceptions=False,
        )

    @api.model
    def _arrive(self, backend_id, lane, worker):
        """It is back."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE erp_connector_circuit SET flights = flights - %(lane)s
                 WHERE backend_id = %(backend)s
                   AND flights -> %(lane)s ->> 'worker' = %(worker)s
                """,
                backend=backend_id,
                lane=lane,
                worker=worker,
            ),
            log_exceptions=False,
        )

    # ---- people ----------------------------------------------------------------------

    @api.model
    def _tell_of_lasting_silence(self):
        """An activity for each account that has not answered for a while."""
        lasting = self.sudo().search(
            [
                ("since", "<", fields.Datetime.now() - LASTING),
                ("backend_id.state", "=", "connected"),
            ]
        )
        lasting.backend_id._each_of(lasting, "_tell_silence")

    def _tell_silence(self):
        backend = self.backend_id
        backend._notify_owner(
            self.env._("%s does not answer", backend.name),
            self.env._(
                "There was no answer since %(since)s (UTC): %(reason)s. Messages "
                "are kept; the account is asked again every minute, and goes on "
                "by itself. See whether the platform tells of a disturbance.",
                since=self.since,
                reason=without_place(self.reason or ""),
            ),
            cause=SILENT,
        )


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    silent_since = fields.Datetime("Paused Since", compute="_compute_silence")
    silence = fields.Char("No Answer", compute="_compute_silence")

    @api.depends("state")
    @api.depends_context("tz", "lang")
    def _compute_silence(self):
        """What the card and the form say of a platform that does not answer."""
        found = (
            self.env["erp.connector.circuit"]
            .sudo()
            .search([("backend_id", "in", self.ids), ("since", "!=", False)])
        )
        by_account = {c.backend_id.id: c for c in found}
        for backend in self:
            circuit = by_account.get(backend.id)
            working = circuit and backend.state == "connected"
            backend.silent_since = circuit.since if working else False
            backend.silence = backend._silence_told(circuit) if working else False

    def _silence_told(self, circuit):
        since, again = (
            fields.Datetime.context_timestamp(self, moment).strftime("%H:%M:%S")
            for moment in (circuit.since, circuit.retry_at or circuit.since)
        )
        return self.env._(
            "Paused since %(since)s: it does not answer (%(reason)s). Asked again at "
            "%(again)s, by one call at a time.",
            since=since,
            reason=without_place(circuit.reason or "") or self.env._("no answer"),
            again=again,
        )

    def _forget_silence(self):
        """Whoever connects an account wants it to be tried now.

        In a transaction of its own, as all that is noted here: the calls that connect
        it have noted their answers meanwhile, and would collide with us.
        """
        for backend in self:
            circuits = self.env["erp.connector.circuit"]
            circuits._breaker(backend.id).answered()
            try:
                with backend._own_transaction() as env:
                    circuits.with_env(env).sudo()._close(backend.with_env(env))
            except psycopg2.Error:
                _logger.info("Another worker writes about account %s", backend.id)


_DEEPEN = """
    INSERT INTO erp_connector_circuit AS c (backend_id, failures, since, retry_at,
                                            reason)
    SELECT %(backend)s, %(more)s,
           CASE WHEN %(more)s >= %(after)s
                THEN clock_timestamp() AT TIME ZONE 'UTC' END,
           CASE WHEN %(more)s >= %(after)s
                THEN clock_timestamp() AT TIME ZONE 'UTC'
                     + %(first)s * interval '1 second' END,
           %(reason)s
    ON CONFLICT (backend_id) DO UPDATE
    SET failures = c.failures + %(more)s,
        reason = excluded.reason,
        since = CASE WHEN c.failures + %(more)s >= %(after)s
                     THEN COALESCE(c.since, clock_timestamp() AT TIME ZONE 'UTC') END,
        retry_at = CASE WHEN c.failures + %(more)s >= %(after)s
                        THEN clock_timestamp() AT TIME ZONE 'UTC' + least(
                             %(longest)s, %(first)s * power(2, least(
                             c.failures + %(more)s - %(after)s, 10)))
                             * interval '1 second' END
"""
