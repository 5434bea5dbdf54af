"""A person at a screen of 1366 x 768, who hears every complaint of the browser."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Error, Page, sync_playwright

from setup.stack import Stack

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCREEN = {"width": 1366, "height": 768}
PATIENCE = 90_000
TROUBLE = ".o_error_dialog, .o_notification_bar.bg-danger"
#: Complaints that say nothing of a screen: a bus that restarts, a download cut off by
#: leaving, a camera's library that Debian's package of Odoo leaves out.
NOISE = ("websocket", "WebSocket", "net::ERR_ABORTED", "selfie_segmentation")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=ARGUMENTS, headless=True
        )
        try:
            yield browser
        finally:
            browser.close()


class Person:
    """Somebody logged in."""

    def __init__(self, browser: Browser, stack: Stack, login: str) -> None:
        self.stack, self.login = stack, login
        self.context = browser.new_context(viewport=SCREEN, locale="en-US")
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.hear(str(error)))
        self.page.on(
            "console",
            lambda said: said.type == "error" and self.hear(said.text),
        )
        self.log_in(login)

    def hear(self, text: str) -> None:
        """Keep a complaint, unless it is noise."""
        if not any(word in text for word in NOISE):
            self.complaints.append(text)

    def log_in(self, login: str) -> None:
        """Type name and password."""
        self.page.goto(f"{self.stack.browser_url}/web/login")
        self.page.fill("input[name=login]", login)
        self.page.fill("input[name=password]", login)
        self.page.click("button[type=submit]")
        self.page.wait_for_selector(".o_web_client")
        self.settle()

    def show(self, path: str) -> None:
        """Go to a page of the web client and wait until it stands."""
        self.page.goto(f"{self.stack.browser_url}/odoo/{path}")
        self.page.wait_for_selector(
            ".o_action_manager .o_view_controller, .modal .o_form_view, "
            ".o_action_manager .o_form_view, .o_error_dialog"
        )
        self.settle()

    def show_dialogue(self, action: str) -> None:
        """Open an action that is a dialogue."""
        self.page.goto(f"{self.stack.browser_url}/odoo/action-{action}")
        self.page.wait_for_selector(".modal .o_form_view, .o_error_dialog")
        self.settle()

    def switches(self) -> list[str]:
        """The view switcher's buttons, by their class."""
        names = ("o_list", "o_kanban", "o_graph", "o_pivot", "o_activity")
        return [n for n in names if self.page.query_selector(f".o_switch_view.{n}")]

    def press(self, selector: str) -> None:
        """Click, and wait until what it opened stands."""
        self.page.click(selector)
        self.settle()

    def text(self) -> str:
        """All that can be read."""
        return self.page.inner_text("body")

    def wait_text(self, text: str) -> None:
        """Wait until it can be read: some of a page comes when the rest stands."""
        self.page.wait_for_function(
            "text => document.body.innerText.includes(text)", arg=text
        )

    def settle(self) -> None:
        """Wait until nothing is being loaded."""
        self.page.wait_for_load_state("load")
        self.page.wait_for_function(
            "() => !document.querySelector('.o_blockUI, .o_loading_indicator')"
        )

    def assert_untroubled(self, where: str = "") -> None:
        """No dialogue of an error, no complaint in the console."""
        shown = [e.inner_text() for e in self.page.query_selector_all(TROUBLE)]
        assert not shown, (where, shown)
        assert not self.complaints, (where, self.complaints)

    def overflow(self) -> int:
        """How many pixels the page is wider than the screen."""
        return self.page.evaluate(
            "document.documentElement.scrollWidth - window.innerWidth"
        )

    def leave(self) -> None:
        """Close the window."""
        try:
            self.context.close()
        except Error:  # the browser went first
            return
