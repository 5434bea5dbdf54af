from odoo import api, models
from odoo.addons.connector_marketplace.providers import schema
from odoo.addons.erp_connector_base.client.topic import Topic
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

ORDER_POLL = "order.poll"

TOPICS = {
    topic.name: topic
    for topic in (
        Topic(
            name=schema.ORDER_STATUS,
            label=_lt("Order"),
            direction="in",
            lane="fast",
            model="connector.marketplace.order",
            exchange="_exchange",
            handler="_handle",
            finish="_reserve",
            finish_lock="connector_marketplace.reserve",
            batch=100,
            service_level=60,
        ),
        Topic(
            name=ORDER_POLL,
            label=_lt("Look for changed orders"),
            direction="in",
            lane="bulk",
            model="connector.marketplace.poll",
            exchange="_exchange",
            handler="_handle",
            batch=1,
            service_level=600,
        ),
        Topic(
            name=schema.ACCOUNT_LINK,
            label=_lt("Shop linked or unlinked"),
            direction="in",
            lane="fast",
            model="erp.connector.backend",
            exchange="_exchange_account",
            handler="_handle_account",
        ),
        Topic(
            name=schema.ACCOUNT_EXPIRY,
            label=_lt("Authorization ends"),
            direction="in",
            lane="fast",
            model="erp.connector.backend",
            exchange="_exchange_account",
            handler="_handle_account",
        ),
        Topic(
            name=schema.OTHER,
            label=_lt("Other event"),
            direction="in",
            lane="bulk",
            model="erp.connector.message",
            handler="_handle_other",
            batch=500,
        ),
    )
}


class ErpConnectorMessage(models.Model):
    _inherit = "erp.connector.message"

    @api.model
    def _topics(self):
        return {**super()._topics(), **TOPICS}

    def action_map_products(self):
        """Map, in one dialogue, every listing these messages wait for."""
        return self.waiting_for_ids.action_map_products()
