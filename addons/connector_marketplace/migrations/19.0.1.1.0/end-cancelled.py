"""Orders that the platform cancelled, whose transfers stayed open: they end now."""

import logging

from odoo import SUPERUSER_ID, api
from odoo.addons.connector_marketplace.models.sale_order_delivery import TAKE_BACK

_logger = logging.getLogger(__name__)


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
    orders = env["sale.order"].search(
        [("state", "=", "sale"), ("connector_status", "=", "cancelled")]
    )
    for order in orders:
        try:
            with cr.savepoint():
                if order._connector_end_cancelled():
                    # it counted picked goods as gone
                    order.connector_backend_id._settle_notice(TAKE_BACK, record=order)
        except Exception:
            # it can still not be shipped, and is listed as not as on the platform
            _logger.warning("%s could not be cancelled", order.name, exc_info=True)
