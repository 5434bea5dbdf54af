"""What people see, in Chromium, at 1366 by 768."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from .browser import PATIENCE, Person, chromium
from .waiting import until
from .world import World

PLAIN = "connector_user"
PLAIN_GROUPS = ("erp_connector_base.group_user", "sales_team.group_sale_salesman")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all of these tests."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def life(linked: World) -> dict[str, str]:
    """A shop with something on every screen: {what: its order}."""
    linked.clean()
    forget_plain_user(linked)
    make_plain_user(linked)
    shop = linked.shop
    orders = {
        "confirmed": shop.place(3)[0],
        "waiting": shop.place(1, unknown_sku="NEW-100")[0],
        "dead": shop.place(1, poison="no_items")[0],
        "asked to cancel": shop.place(1, status="IN_CANCEL")[0],
        "different": shop.place(1, poison="total_mismatch")[0],
    }
    linked.shop.push(orders["confirmed"], forged="garbage")
    linked.wait_done(*orders.values())
    linked.poll()
    until(lambda: not linked.open_messages(), hope="the poll is through")
    return orders


@pytest.fixture(params=["admin", PLAIN])
def person(
    request: pytest.FixtureRequest,
    browser: Browser,
    linked: World,
    life: dict[str, str],
) -> Iterator[Person]:
    """The administrator, and somebody who may only look."""
    somebody = Person(browser, linked.stack, request.param)
    yield somebody
    somebody.leave()


@pytest.fixture
def admin(browser: Browser, world: World) -> Iterator[Person]:
    """The administrator, in a clean shop."""
    somebody = Person(browser, world.stack, "admin")
    yield somebody
    somebody.leave()


def test_every_menu_of_the_connectors_opens_in_every_view(
    person: Person, linked: World
) -> None:
    menus = menus_of(person)
    assert {"Overview", "Needs Attention", "Mappings", "Calls"} <= set(menus)
    assert ("Accounts" in menus) == (person.login == "admin")
    for name, action in menus.items():
        person.show(f"action-{action}")
        for switch in person.switches():
            person.press(f".o_switch_view.{switch}")
        person.assert_untroubled(name)
        assert person.overflow() <= 0, name


def test_every_kind_of_message_can_be_opened_and_says_why(
    person: Person, linked: World, life: dict[str, str]
) -> None:
    for what, order in life.items():
        message = linked.messages(order)[-1]
        person.show(f"erp.connector.message/{message['id']}")
        person.assert_untroubled(what)
        text = person.text()
        assert order in text
        if message["error"]:
            assert message["error"][:60] in text, what


def test_a_call_of_a_message_opens_to_be_read(
    person: Person, linked: World, life: dict[str, str]
) -> None:
    (message,) = linked.messages(life["confirmed"])[-1:]
    person.show(f"erp.connector.message/{message['id']}")
    person.press(".o_notebook .nav-link[name=calls]")
    person.page.click("[name=call_ids] .o_data_row >> nth=0")
    person.page.wait_for_selector(".modal .o_form_view")
    person.settle()
    person.assert_untroubled()
    assert not person.page.query_selector(".modal .o_form_button_save:visible")
    assert person.page.query_selector(".modal footer button:visible:text-is('Close')")


def test_the_graph_of_messages_shows_what_is_done_in_green(
    person: Person, life: dict[str, str]
) -> None:
    person.show("connector-messages")
    person.press(".o_switch_view.o_graph")
    person.page.wait_for_selector(".o_graph_renderer canvas")
    person.assert_untroubled()
    colours = person.page.evaluate(
        "() => { const chart = Chart.getChart("
        "document.querySelector('.o_graph_renderer canvas'));"
        " return Object.fromEntries("
        "chart.data.datasets.map(d => [d.label, d.backgroundColor])); }"
    )
    assert colours["Done"] == "#28a745"
    assert colours["Dead"] == "#dc3545"


def test_a_sale_order_leads_to_its_messages(
    person: Person, linked: World, life: dict[str, str]
) -> None:
    for what in ("confirmed", "asked to cancel", "different"):
        (row,) = linked.sql(
            "SELECT id FROM sale_order WHERE connector_order_ref = %s", life[what]
        )
        person.show(f"sales/{row[0]}")
        person.page.click("button[name=action_connector_messages]")
        person.page.wait_for_selector(
            f".o_list_view .o_data_row:has-text('{life[what]}')"
        )
        person.settle()
        person.assert_untroubled(what)


def test_a_person_links_the_account_in_the_browser(admin: Person, world: World) -> None:
    world.shop.revoke()
    placed = world.shop.place(2)
    until(lambda: world.backend("state") == "disconnected", hope="it is disconnected")
    world.wait_state("pending", *placed)  # nobody holds the old pair any more
    admin.show(f"erp.connector.backend/{world.account}")

    admin.page.click("button[name=action_connect]:visible")
    admin.page.wait_for_selector("#confirm")
    admin.page.click("#confirm")
    admin.page.wait_for_selector(".o_form_view")
    admin.settle()

    admin.wait_text("Connected")
    assert world.backend("state") == "connected"
    admin.assert_untroubled()
    world.assert_books_agree()
    assert len(world.sales(placed)) == 2


def test_mapping_an_unknown_listing_in_the_browser_releases_its_orders(
    admin: Person, world: World
) -> None:
    placed = world.shop.place(3, unknown_sku="NEW-777", lines=1)
    world.wait_state("waiting", *placed)
    admin.show_dialogue("connector_marketplace.connector_marketplace_map_action")

    row = admin.page.locator(".modal .o_data_row", has_text="NEW-777")
    row.locator("td[name=product_id]").click()
    row.locator("td[name=product_id] input").fill("SKU-001")
    products = ".o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option)"
    found = admin.page.locator(products, has_text="SKU-")
    expect(found).to_have_count(1, timeout=PATIENCE)  # not what an empty field offers
    found.click()
    admin.page.click(".modal footer button[name=action_apply]")
    admin.page.wait_for_selector(".modal", state="detached")
    admin.assert_untroubled()

    until(lambda: not world.differences(articles=False), hope="they are confirmed")
    assert len(world.sales(placed)) == 3


def test_a_dead_message_is_replayed_in_the_browser_with_a_reason(
    admin: Person, world: World
) -> None:
    world.shop.fault(
        "api_error", path="*/get_order_detail", code="error_permission", message="No."
    )
    (placed,) = world.shop.place(1)
    world.wait_state("dead", placed)
    world.shop.clear_faults()
    (message,) = world.messages(placed)
    admin.show(f"erp.connector.message/{message['id']}")
    assert "error_permission" in admin.text()

    admin.page.click("button[name=action_resolve]:visible:has-text('Replay')")
    admin.page.fill(
        ".modal [name=reason] input, .modal [name=reason] textarea", "permission given"
    )
    admin.page.click(".modal footer button:visible:has-text('Replay')")
    admin.page.wait_for_selector(".modal", state="detached")

    world.assert_books_agree()
    admin.show(f"erp.connector.message/{message['id']}")
    admin.wait_text("permission given")
    admin.assert_untroubled()


# -- the people ---------------------------------------------------------------------


def forget_plain_user(world: World) -> None:
    """No user of an earlier test."""
    world.sql("UPDATE res_users SET login = login || id WHERE login = %s", PLAIN)


def make_plain_user(world: World) -> None:
    """Somebody of Connectors / User, who also sells."""
    groups = [group_id(world, name) for name in PLAIN_GROUPS]
    values = {
        "name": "Connector User",
        "login": PLAIN,
        "password": PLAIN,
        "group_ids": [[6, 0, groups]],
    }
    world.stack.rpc("res.users", "create", [[values]])


def group_id(world: World, name: str) -> int:
    """The id behind an XML id."""
    module, _, short = name.partition(".")
    (row,) = world.sql(
        "SELECT res_id FROM ir_model_data WHERE module = %s AND name = %s",
        module,
        short,
    )
    return row[0]


def menus_of(person: Person) -> dict[str, Any]:
    """{name: action} of all that the Connectors app offers this person."""
    menus = person.page.evaluate(
        "() => fetch('/web/webclient/load_menus').then(answer => answer.json())"
    )
    xml_id = "erp_connector_base.menu_root"
    root = next(menu for menu in menus.values() if menu["xmlid"] == xml_id)
    found, waiting = {}, list(root["children"])
    while waiting:
        menu = menus[str(waiting.pop(0))]
        waiting += menu["children"]
        if not menu["children"] and menu["actionID"]:
            found[menu["name"]] = menu["actionID"]
    return found
