"""What older versions left behind: activities without a cause, notes about nothing."""

import logging

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

#: Summaries in the languages that there were: (before, after) the names in them.
ATTENTION = [("Messages need attention", ""), ("Ada pesan yang perlu perhatian", "")]
DISCONNECTED = [("Reconnect ", ""), ("Hubungkan kembali ", "")]


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    give_activities_their_cause(env)
    env["erp.connector.message"]._drop_orphans()
    release_who_does_not_wait(cr)


def give_activities_their_cause(env):
    """So that they are closed with it; twins of one account are one from now on.

    What has no cause of its own is known by its summary, and not raised again.
    """
    activities = env["mail.activity"]
    accounts = env["erp.connector.backend"].with_context(active_test=False).search([])
    activities._connector_adopt(accounts, "messages.attention", ATTENTION)
    lost = accounts.filtered(lambda account: account.state == "disconnected")
    activities._connector_adopt(lost, "account.disconnected", DISCONNECTED)


def release_who_does_not_wait(cr):
    """Messages that were replayed while they waited are still noted as waiting."""
    cr.execute(
        SQL(
            """
            DELETE FROM erp_connector_binding_waiting_rel w
             USING erp_connector_message m
             WHERE m.id = w.message_id AND m.state <> 'waiting'
            """
        )
    )
    if cr.rowcount:
        _logger.info("%s messages wait for no mapping any more", cr.rowcount)
        cr.execute(
            SQL(
                """
                UPDATE erp_connector_binding b SET waiting_count = (
                       SELECT count(*) FROM erp_connector_binding_waiting_rel w
                        WHERE w.binding_id = b.id)
                 WHERE b.waiting_count <> 0
                """
            )
        )
