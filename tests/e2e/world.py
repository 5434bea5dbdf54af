"""The running suite with a linked shop, and what tests do to it."""

import time
from contextlib import suppress
from typing import Any

from requests import RequestException

from setup.link import agree
from setup.rpc import RpcError
from setup.stack import Stack
from tests.simulators.control import ShopeeControl

from .books import Sale, differences, read_sales
from .suite import Suite
from .waiting import PATIENCE, until

ORDER_TOPIC = "order.status"
#: A busy machine answers late, and what it did not answer comes again soon.
PATIENT = {"push_timeout": 30, "push_retry_delays": [1, 2, 3, 5, 8, 13, 21, 34]}


class World(Suite):
    """Odoo, its shop, and the judge."""

    def __init__(self, stack: Stack, shop: ShopeeControl) -> None:
        super().__init__(stack)
        self.shop = shop
        where = [["provider", "=", "shopee"], ["environment", "=", "simulator"]]
        (self.account,) = stack.rpc("erp.connector.backend", "search", [where])
        self.hear_directly()

    def hear_directly(self) -> None:
        """Webhooks go to Odoo itself, not by the browser's front door."""
        url = self.backend("webhook_url").replace(
            self.stack.browser_url, self.stack.url, 1
        )
        values = [[self.account], {"webhook_url": url}]
        self.stack.rpc("erp.connector.backend", "write", values)
        self.shop.config(callback_url=url)

    def clean(self) -> None:
        """As after linking: no faults, no orders in the ledger, nothing open."""
        self.shop.reset()
        self.shop.config(**PATIENT)
        self.stop_polls()
        self.calm()
        self.forget_charges()
        if self.backend("state") != "connected" or not self.shop_is_linked():
            self.link()  # which asks for a poll
            self.stop_polls()
            self.calm()
        self.sql(
            "UPDATE erp_connector_backend SET poll_cursor = "
            "date_trunc('second', now() AT TIME ZONE 'UTC')"
        )

    def forget_charges(self) -> None:
        """Nobody asks for breakdowns of orders that the shop does not have any more."""
        self.sql(
            "UPDATE sale_order SET connector_charges_pending = false, "
            "connector_charges_at = NULL WHERE connector_charges_pending"
        )

    def stop_polls(self) -> None:
        """No poll by itself: one that starts just now is seen by who waits for calm."""
        self.sql(
            "UPDATE erp_connector_backend SET next_poll_at = "
            "(now() AT TIME ZONE 'UTC') + interval '1 day'"
        )

    # -- Odoo ---------------------------------------------------------------------

    def backend(self, field: str) -> Any:
        """A field of the account."""
        record = self.stack.rpc(
            "erp.connector.backend", "read", [[self.account]], {"fields": [field]}
        )
        return record[0][field]

    def link(self) -> None:
        """Press Link Account, agree, come back."""
        agree(self.stack.session, self.account)

    def shop_is_linked(self) -> bool:
        """Whether the platform still knows Odoo."""
        return any(shop["linked"] for shop in self.shop.ledger("shops"))

    def poll(self) -> None:
        """The poll, as its scheduled action starts it."""
        (cron,) = self.sql(
            "SELECT res_id FROM ir_model_data WHERE module = 'connector_marketplace' "
            "AND name = 'ir_cron_poll'"
        )
        self.sql("UPDATE erp_connector_backend SET next_poll_at = NULL")
        until(lambda: self.poll_has_started(cron[0]), hope="the poll has started")

    def poll_has_started(self, cron: int) -> bool:
        """Press Run Manually; it is refused while the action runs by itself.

        A worker whose connection died with PostgreSQL answers 500, once.
        """
        with suppress(RpcError, RequestException):
            self.stack.rpc("ir.cron", "method_direct_trigger", [[cron]])
        return self.sql(
            "SELECT next_poll_at FROM erp_connector_backend WHERE id = %s", self.account
        )[0][0]

    # -- the judge ----------------------------------------------------------------

    def sales(self, references: list[str]) -> list[Sale]:
        """What Odoo has of these orders."""
        with self.stack.cursor() as cursor:
            return read_sales(cursor, references)

    def differences(self, *without: str, articles: bool = True) -> list[str]:
        """Ledger against Odoo; `without`: orders that are judged elsewhere."""
        ledger = self.shop.orders()
        orders = {ref: o for ref, o in ledger.items() if ref not in without}
        return differences(orders, self.sales(list(orders)), articles)

    def assert_books_agree(
        self, *without: str, seconds: float = PATIENCE, push: bool = False
    ) -> None:
        """Wait until nothing differs and nothing is open. `push`: retries are due."""
        deadline = time.monotonic() + seconds
        asked = time.monotonic()
        while True:
            wrong = self.differences(*without) or self.open_messages(*without)
            if not wrong:
                return
            if time.monotonic() > deadline:
                raise AssertionError("\n".join([*map(str, wrong[:20]), self.story()]))
            if push:
                self.make_due()
                if time.monotonic() > asked + 3:
                    self.ask_for_charges()
                    asked = time.monotonic()
            time.sleep(0.2)

    def ask_for_charges(self) -> None:
        """What is pending is due now, and its scheduled action runs."""
        self.sql(
            "UPDATE sale_order SET connector_charges_at = "
            "(now() AT TIME ZONE 'UTC') - interval '1 minute' "
            "WHERE connector_charges_pending"
        )
        crons = self.sql(
            "SELECT c.id FROM ir_cron c JOIN ir_act_server a "
            "ON a.id = c.ir_actions_server_id "
            "WHERE a.code LIKE '%_cron_fetch_charges%'"
        )
        with suppress(RpcError):  # it runs by itself just now
            self.stack.rpc("ir.cron", "method_direct_trigger", [list(crons[0])])
