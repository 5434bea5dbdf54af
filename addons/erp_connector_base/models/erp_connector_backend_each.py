"""Work for many accounts, in which one of them never stops the others."""

import logging

import psycopg2

from odoo import api, models
from odoo.addons.erp_connector_base.tools.shares import shares
from odoo.exceptions import RedirectWarning, UserError
from odoo.fields import Domain

_logger = logging.getLogger(__name__)

#: Cause of the activity on an account whose regular work fails.
ROUTINE = "account.routine"


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    @api.model
    def _fair(self, records, domain, most, order, account="backend_id"):
        """Some `most` records of a domain, in equal parts of the accounts at work.

        Whoever has thousands keeps out nobody who has a few: `search` with a limit
        would. What an account does not need goes to the others.
        """
        working = self.search([("state", "=", "connected")])
        due = Domain(domain) & Domain(account, "in", working.ids)
        counts = dict(records._read_group(due, [account], ["__count"]))
        return records.browse().union(
            *(
                records.search(Domain(account, "=", b.id) & due, order=order, limit=n)
                for b, n in shares(counts, most).items()
            )
        )

    def _each_of(self, records, method, *args, account="backend_id"):
        """`method` of the `records` of each of these accounts, as `_each` does it."""
        theirs = records.grouped(account)

        def work(backend):
            getattr(theirs[backend], method)(*args)

        return self._each(work, name=f"{records._name}.{method}")

    def _each(self, work, *args, name=None):
        """`work(backend, *args)` for each account, in a savepoint of its own.

        What fails is logged, and its owner told; that is settled as soon as it works
        again. Returns the accounts for which it worked.
        """
        name = f"{ROUTINE}.{name or work.__name__}"
        fine = self.browse()
        for backend in self:
            try:
                with self.env.cr.savepoint():
                    work(backend, *args)
                fine |= backend
            except psycopg2.InterfaceError:
                raise
            except psycopg2.OperationalError:
                _logger.info(
                    "%s: a collision, tried again with the next round", backend
                )
            except Exception as error:
                backend._routine_failed(name, error)
        if fine:
            fine._settle_notice(name)
        return fine

    def _routine_failed(self, name, error):
        _logger.warning("%s: %s failed", self, name, exc_info=error)
        self._notify_owner(
            self.env._("%s: its regular work fails", self.name),
            self.env._(
                "%s Other accounts go on meanwhile; this one is tried again with every "
                "round.",
                self._said(error),
            ),
            cause=name,
        )


def sentence_of(error):
    """The words of what Odoo raises for people; "" for anything else."""
    if isinstance(error, UserError | RedirectWarning):
        return str(error.args[0])
    return ""
