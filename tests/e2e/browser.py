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
PATIENCE = 30_000
TROUBLE = ".o_error_dialog, .o_notification_bar.bg-danger"
#: Complaints that say nothing of a screen: (a worker's bus restarts, a cut download).
NOISE = ("websocket", "WebSocket", "net::ERR_ABORTED", "favicon")


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
        self.stack = stack
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

    def open(self, path: str) -> None:
        """Go to a page of the web client and wait until it stands."""
        self.page.goto(f"{self.stack.browser_url}/odoo/{path}")
        self.page.wait_for_selector(".o_action_manager .o_view_controller")
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is being loaded."""
        self.page.wait_for_load_state("load")
        self.page.wait_for_function(
            "() => !document.querySelector('.o_blockUI, .o_loading_indicator')"
        )

    def assert_untroubled(self) -> None:
        """No dialog of an error, no complaint in the console."""
        shown = [e.inner_text() for e in self.page.query_selector_all(TROUBLE)]
        assert not shown, shown
        assert not self.complaints, self.complaints

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
