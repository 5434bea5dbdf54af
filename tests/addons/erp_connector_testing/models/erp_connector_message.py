from odoo import api, models
from odoo.addons.erp_connector_base.client.topic import IRREVOCABLE, KEYED, Topic

MODEL = "erp.connector.testing"
LADDER = (5, 6, 7)

TOPICS = {
    topic.name: topic
    for topic in (
        Topic(
            name="testing.noop",
            label="Nothing",
            direction="in",
            lane="fast",
            model=MODEL,
            handler="_handle_noop",
            batch=500,
        ),
        Topic(
            name="testing.echo",
            label="A contact a message",
            direction="in",
            lane="fast",
            model=MODEL,
            handler="_handle_echo",
            ladder=LADDER,
        ),
        Topic(
            name="testing.send",
            label="Transfer that cannot be taken back",
            direction="out",
            lane="fast",
            model=MODEL,
            exchange="_exchange_send",
            handler="_handle_answer",
            probe="_probe_send",
            safety=IRREVOCABLE,
            ladder=LADDER,
        ),
        Topic(
            name="testing.flock",
            label="Transfers that travel side by side",
            direction="out",
            lane="fast",
            model=MODEL,
            exchange="_exchange_flock",
            handler="_handle_answer",
            probe="_probe_send",
            safety=IRREVOCABLE,
            side_by_side=4,
            ladder=LADDER,
        ),
        Topic(
            name="testing.keyed",
            label="Transfer with an idempotency key",
            direction="out",
            lane="fast",
            model=MODEL,
            exchange="_exchange_keyed",
            handler="_handle_answer",
            safety=KEYED,
            ladder=LADDER,
        ),
        Topic(
            name="testing.read",
            label="Read an item",
            direction="out",
            lane="bulk",
            model=MODEL,
            exchange="_exchange_read",
            handler="_handle_answer",
            ladder=LADDER,
        ),
    )
}


class ErpConnectorMessage(models.Model):
    _inherit = "erp.connector.message"

    @api.model
    def _topics(self):
        return {**super()._topics(), **TOPICS}
