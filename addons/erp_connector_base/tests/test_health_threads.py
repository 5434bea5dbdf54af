import threading

from odoo.addons.erp_connector_base.controllers import health
from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestHealthThreads(TransactionCase):
    def test_a_cron_thread_that_ended_is_named(self):
        """Under the names that Odoo gives them: a real thread lives and then ends."""
        go = threading.Event()
        name = f"{health.CRON_THREAD}0"
        thread = threading.Thread(target=go.wait, name=name, daemon=True)
        thread.start()
        self.assertEqual(health.lost_cron_threads(self.names(), 1), [])
        self.assertEqual(health.lost_cron_threads(self.names(), 2), [1])
        go.set()
        thread.join()
        self.assertEqual(health.lost_cron_threads(self.names(), 2), [0, 1])

    def names(self):
        return {thread.name for thread in threading.enumerate()}

    def test_a_server_that_runs_tests_has_none_to_lose(self):
        self.assertEqual(health.lost_here(), [])
