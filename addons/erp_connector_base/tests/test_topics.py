"""Every topic names methods that exist: a typing error would only show at night."""

from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestTopics(TransactionCase):
    def test_every_topic_names_a_model_and_methods_that_exist(self):
        for topic in self.env["erp.connector.message"]._topics().values():
            model = self.env[topic.model]
            for method in (topic.handler, topic.exchange, topic.finish, topic.probe):
                self.assertTrue(not method or callable(getattr(model, method)))

    def test_every_topic_has_a_cron_that_drains_its_lane(self):
        crons = self.env["ir.cron"].search([("connector_lane", "!=", False)])
        for topic in self.env["erp.connector.message"]._topics().values():
            self.assertIn(topic.lane, crons.mapped("connector_lane"))

    def test_every_irrevocable_topic_has_a_probe(self):
        for topic in self.env["erp.connector.message"]._topics().values():
            self.assertTrue(topic.safety != "irrevocable" or topic.probe, topic.name)
