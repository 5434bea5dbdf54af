"""The base's own topics: webhooks that are of use to no add-on."""

from odoo.addons.erp_connector_base.client.topic import Topic
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

UNREADABLE = "webhook.unreadable"
STRANGE = "webhook.other"

TOPICS = {
    topic.name: topic
    for topic in (
        Topic(
            name=UNREADABLE,
            label=_lt("Unreadable webhook"),
            direction="in",
            lane="fast",
            model="erp.connector.message",
            handler="_handle_unreadable",
        ),
        Topic(
            name=STRANGE,
            label=_lt("Other event"),
            direction="in",
            lane="bulk",
            model="erp.connector.message",
            handler="_handle_other",
            batch=500,
        ),
    )
}
