"""What a customer sees while paying, in Chromium: at a desk and on a telephone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from .browser import NOISE, chromium
from .payment_world import PaymentWorld

PASSWORD = "connector-portal"  # of users of a database that is dropped
#: ms; a page looks every three seconds, and its first one makes the style sheets.
PATIENCE = 90_000
expect.set_options(timeout=PATIENCE)
DESK, TELEPHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
WORDS = {
    "en-US": ("Pay by bank transfer", "Paid. Thank you!", "Virtual Accounts"),
    "id-ID": (
        "Bayar dengan transfer bank",
        "Sudah dibayar. Terima kasih!",
        "Virtual Account",
    ),
}


#: The banner stands for a moment only: the page itself keeps what was to be seen.
WITNESS = """() => {
    const [paid, waiting] = ["paid", "waiting"].map(
        (name) => document.querySelector(`.o_connector_va_${name}`)
    );
    window.neverLeft = true;
    new MutationObserver(() => {
        if (paid.offsetParent) {
            const seen = { paid: paid.innerText, waiting: !!waiting.offsetParent };
            sessionStorage.seen = JSON.stringify(seen);
        }
    }).observe(paid, { attributes: true });
}"""


@dataclass
class Customer:
    """A customer's contact person, logged in to the portal."""

    world: PaymentWorld
    page: Page
    complaints: list[str]

    def show(self, path: str) -> None:
        """Go to a page and wait until its scripts run."""
        self.page.goto(f"{self.world.stack.browser_url}{path}")
        self.page.wait_for_load_state("networkidle")

    def assert_untroubled(self) -> None:
        """Nothing is wider than the screen, and the browser says nothing."""
        wide = "document.documentElement.scrollWidth - window.innerWidth"
        assert self.page.evaluate(wide) <= 0
        assert not self.complaints, self.complaints


#: (locale, screen, whose) -> the customer
Door = Callable[[str, dict[str, int], int], Customer]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all of these tests."""
    with chromium() as running:
        yield running


@pytest.fixture
def door(browser: Browser, xendit: PaymentWorld) -> Iterator[Door]:
    """Lets customers in, and out again at the end."""
    contexts = []

    def enter(locale: str, screen: dict[str, int], partner: int) -> Customer:
        contexts.append(browser.new_context(viewport=screen, locale=locale))
        contexts[-1].set_default_timeout(PATIENCE)
        page, complaints = contexts[-1].new_page(), []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: (
                said.type == "error"
                and not any(word in said.text for word in NOISE)
                and complaints.append(said.text)
            ),
        )
        customer = Customer(xendit, page, complaints)
        log_in(customer, make_user(xendit, partner, locale))
        return customer

    yield enter
    for context in contexts:
        context.close()


@pytest.mark.parametrize(
    ("locale", "screen"), [("en-US", DESK), ("id-ID", TELEPHONE)], ids=["desk", "phone"]
)
def test_the_invoices_page_turns_to_paid_by_itself(
    xendit: PaymentWorld, door: Door, locale: str, screen: dict[str, int]
) -> None:
    asks, thanks, _ = WORDS[locale]
    (debt,) = xendit.ask(175_000)
    customer = door(locale, screen, debt.customer)
    page = customer.page
    customer.show(f"/my/invoices/{debt.invoice}")
    expect(page.locator(".o_connector_va_waiting")).to_contain_text(asks)
    expect(page.locator(".o_connector_copy_number")).to_have_attribute(
        "data-number", xendit.va(debt, "number")
    )
    paid = page.locator(".o_connector_va_paid")
    expect(paid).to_be_hidden()
    customer.assert_untroubled()
    page.evaluate(WITNESS)

    xendit.control.pay(debt.reference)

    page.wait_for_function("() => sessionStorage.seen")
    seen = page.evaluate("() => JSON.parse(sessionStorage.seen)")
    assert thanks in seen["paid"]  # on the same page, not loaded again
    assert not seen["waiting"]
    page.wait_for_function("() => !window.neverLeft")  # then it is drawn anew
    expect(paid).to_contain_text(thanks)
    expect(page.locator(".o_connector_va_waiting")).to_be_hidden()
    customer.assert_untroubled()
    xendit.assert_books_agree()


def test_the_home_page_leads_to_the_customers_own_accounts(
    xendit: PaymentWorld, door: Door
) -> None:
    own, other = xendit.ask(310_000, 320_000)
    number, foreign = (grouped(xendit.va(debt, "number")) for debt in (own, other))
    customer = door("id-ID", DESK, own.customer)
    page = customer.page
    customer.show("/my")
    entry = page.locator("a[href='/my/virtual-accounts']")
    expect(entry).to_be_visible()
    expect(entry).to_contain_text(WORDS["id-ID"][2])

    entry.click()
    expect(page.locator("table")).to_contain_text(number)
    assert foreign not in page.inner_text("body")
    page.click(f"text={number}")
    expect(page.locator(".o_connector_va_waiting")).to_contain_text(number)
    customer.show(f"/my/virtual-accounts/{other.va}")
    assert page.url.endswith("/my")
    customer.assert_untroubled()


# -- the people ---------------------------------------------------------------------


def make_user(world: PaymentWorld, partner: int, locale: str) -> str:
    """A contact of this customer who may log in; the login."""
    login = f"portal-{partner}"
    contact = {"name": login, "parent_id": partner, "lang": locale.replace("-", "_")}
    (person,) = world.rpc("res.partner", "create", [contact])
    (row,) = world.sql(
        "SELECT res_id FROM ir_model_data "
        "WHERE module = 'base' AND name = 'group_portal'"
    )
    user = {"name": login, "login": login, "password": PASSWORD, "partner_id": person}
    world.rpc("res.users", "create", [{**user, "group_ids": [[6, 0, [row[0]]]]}])
    return login


def log_in(customer: Customer, login: str) -> None:
    """Type name and password."""
    customer.show("/web/login")
    customer.page.fill("input[name=login]", login)
    customer.page.fill("input[name=password]", PASSWORD)
    customer.page.click("button[type=submit]")
    customer.page.wait_for_selector(".o_portal")


def grouped(number: str) -> str:
    """As pages show it: four digits at a time."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))
