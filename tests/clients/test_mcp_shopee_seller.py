"""mcp-shopee-seller: every tool is called as an agent calls it.

It is configured by its own variables; the seller's browser is a GET of the link.
"""

import asyncio
import json
import socket
import time
import webbrowser

import pytest
import requests

from tests.simulators.control import ShopeeControl

from .conftest import PARTNER_ID, PARTNER_KEY, SHOP_ID

pytest.importorskip("shopee_mcp", reason="run by setup/test tests/clients")


class Agent:
    """Calls tools by name, all of them on one event loop."""

    def __init__(self, server):
        self.server = server
        self.loop = asyncio.new_event_loop()

    def say(self, tool, **arguments):
        answer = self.loop.run_until_complete(
            self.server.mcp.call_tool(tool, arguments)
        )
        content = answer[0] if isinstance(answer, tuple) else answer
        return content[0].text

    def call(self, tool, **arguments):
        text = self.say(tool, **arguments)
        assert not text.startswith("Erro"), text
        return json.loads(text)


@pytest.fixture
def agent(shop: ShopeeControl, monkeypatch, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "SHOPEE_PARTNER_ID": str(PARTNER_ID),
        "SHOPEE_PARTNER_KEY": PARTNER_KEY,
        "SHOPEE_HOST": shop.url,
        "SHOPEE_AUTH_PORT": str(port),
        "SHOPEE_TOKEN_FILE": str(tmp_path / "tokens.json"),
        "SHOPEE_ADS_TOKEN_FILE": str(tmp_path / "ads.json"),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    for name in ("MCP_BROKER_URL", "SHOPEE_SHOP_ID", "SHOPEE_REDIRECT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(
        webbrowser, "open", lambda url: requests.get(url, timeout=10).ok
    )
    from shopee_mcp import server

    server._clients.clear()
    agent = Agent(server)
    yield agent
    for client in server._clients.values():
        agent.loop.run_until_complete(client.aclose())
    agent.loop.close()


@pytest.fixture
def linked(agent):
    agent.call("connect_shop")
    assert agent.call("connect_status")["status"] == "conectada"
    return agent


def lately():
    now = int(time.time())
    return {"time_from": now - 3600, "time_to": now + 60}


def test_a_shop_is_connected_by_the_browser(agent):
    started = agent.call("connect_shop")
    assert started["navegador_aberto"] is True
    done = agent.call("connect_status")
    assert done["status"] == "conectada"
    assert done["lojas_autorizadas"] == [SHOP_ID]
    assert agent.call("shopee_status")["pronto"] is True
    info = agent.call("shopee_api_call", path="/api/v2/shop/get_shop_info")
    assert info["shop_name"] == "Toko Nusantara"
    assert agent.call("disconnect_shop", shop_id=SHOP_ID)["lojas_autorizadas"] == []


def test_two_shops_of_one_application_are_kept_apart(agent, shop):
    for shop_id in (SHOP_ID, 700002):
        granted = shop.authorize(shop_id=shop_id)
        link = f"https://x.example/?code={granted['code']}&shop_id={shop_id}"
        agent.call("connect_shop_manual", redirect_url_or_code=link)
    [own], [other] = shop.place(), shop.place(shop_id=700002)
    for shop_id, sn in ((SHOP_ID, own), (700002, other)):
        rows = agent.call("list_orders", shop_id=shop_id, **lately())["order_list"]
        assert [row["order_sn"] for row in rows] == [sn]
    refused = agent.say("get_payout_detail", order_sn=other, shop_id=SHOP_ID)
    assert "order_not_found" in refused


def test_an_access_token_that_is_about_to_end_is_renewed_before_each_call(agent, shop):
    shop.config(access_life=60)
    agent.call("connect_shop")
    agent.call("connect_status")
    for _ in range(3):
        agent.call("shopee_api_call", path="/api/v2/shop/get_shop_info")
    assert [token["reason"] for token in shop.ledger("tokens")] == [
        "code",
        "refresh",
        "refresh",
        "refresh",
    ]


def test_orders_are_listed_and_read(linked, shop):
    placed = shop.place(7, buyer=3)
    first = linked.call("list_orders", page_size=5, **lately())
    rest = linked.call(
        "list_orders", page_size=5, cursor=first["next_cursor"], **lately()
    )
    seen = [row["order_sn"] for page in (first, rest) for row in page["order_list"]]
    assert sorted(seen) == sorted(placed)
    assert rest["more"] is False
    [detail] = linked.call("get_order_details", order_sn_list=placed[:1])["order_list"]
    assert detail["total_amount"] == shop.order(placed[0])["total"]
    assert detail["recipient_address"]["name"] == "Agus Setiawan"
    assert detail["package_list"][0]["shipping_carrier"]


def test_orders_are_filtered_by_status(linked, shop):
    shop.place()
    [sn] = shop.place(status="SHIPPED")
    rows = linked.call("list_orders", order_status="SHIPPED", **lately())["order_list"]
    assert [row["order_sn"] for row in rows] == [sn]
    # the documentation has no such filter, whatever the tool offers
    refused = linked.say("list_orders", order_status="TO_RETURN", **lately())
    assert "error_param" in refused


def test_products_stock_and_price(linked):
    page = linked.call("list_products", page_size=100)
    assert len(page["item"]) == page["total_count"] == 45
    item = page["item"][0]["item_id"]
    linked.call("update_stock", item_id=item, stock=9)
    linked.call("update_price", item_id=item, price=71000)
    [read] = linked.call("get_product_details", item_id_list=[item])["item_list"]
    assert read["price_info"][0]["current_price"] == 71000.0
    assert read["stock_info_v2"]["seller_stock"][0]["stock"] == 9
    assert "error_param" in linked.say("update_price", item_id=item, price=0.5)


def test_an_order_is_shipped_and_followed(linked, shop):
    [sn] = shop.place()
    assert linked.call("get_logistics_channels")["logistics_channel_list"]
    found = linked.call("get_shipping_parameter", order_sn=sn)
    [address] = found["pickup"]["address_list"]
    slot = address["time_slot_list"][0]["pickup_time_id"]
    linked.call(
        "ship_order",
        order_sn=sn,
        pickup_address_id=address["address_id"],
        pickup_time_id=slot,
    )
    info = linked.call("get_tracking_info", order_sn=sn)
    assert info["logistics_status"] == "LOGISTICS_REQUEST_CREATED"
    assert shop.order(sn)["status"] == "PROCESSED"


def test_what_an_order_brings(linked, shop):
    [sn] = shop.place()
    income = linked.call("get_payout_detail", order_sn=sn)["order_income"]
    shop.ship(sn)
    shop.complete(sn)
    now = int(time.time())
    wallet = linked.call(
        "list_wallet_transactions", create_time_from=now - 60, create_time_to=now + 60
    )
    [move] = wallet["transaction_list"]
    assert (move["order_sn"], move["amount"]) == (sn, income["escrow_amount"])


def test_a_late_breakdown_is_an_error_until_it_is_there(linked, shop):
    [sn] = shop.place(breakdown_after_reads=1)
    assert "common.error_not_found" in linked.say("get_payout_detail", order_sn=sn)
    assert linked.call("get_payout_detail", order_sn=sn)["order_sn"] == sn


def test_its_reports_add_up_what_the_ledger_says(linked, shop):
    shop.place(120)
    report = linked.call("get_sales_performance_report", days_back=30)
    ledger = shop.orders().values()
    assert report["total_orders"] == 120
    assert report["total_gmv"] == sum(order["total"] for order in ledger)
    assert report["total_units_sold"] == sum(
        item["quantity"] for order in ledger for item in order["items"]
    )
    unsold = linked.call("get_unsold_products_report", days_back=20)
    assert unsold["total_orders_in_period"] == 120


def test_refusals_reach_the_agent_in_the_words_of_the_platform(linked, shop):
    shop.fault("rate_limit", path="*/get_order_list", count=1)
    assert "error_rate_limit" in linked.say("list_orders", **lately())
    shop.revoke()
    assert "error_auth" in linked.say("list_orders", **lately())
