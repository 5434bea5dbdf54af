"""The Xendit simulator: authenticates calls, answers them, keeps the account."""

import base64
import binascii
import hmac
import math
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any, ClassVar

from werkzeug.wrappers import Request, Response

from tests.simulators.gateway import GatewaySimulator

from . import ledger, legacy, payouts, push, v3
from .actions import GatewayActions
from .banks import BANKS
from .books import V3, Account, Books
from .envelope import ApiError, Call, Endpoint, failure, read_body, success

ROUTES: tuple[Endpoint, ...] = (
    *v3.ROUTES,
    *legacy.ROUTES,
    *payouts.ROUTES,
    *ledger.ROUTES,
)
TEST_KEY = "xnd_development_"
DEFAULTS: dict[str, Any] = {
    "push_retry_delays": [900, 2700, 7200, 10800, 21600, 43200],
    "push_timeout": 30.0,
    "push_empty_body": False,
    "secret_key": "xnd_development_simulator",
    "callback_token": "xendit-simulator-callback-token",
    "business_id": "5f21361959ba2b788ec77c18",
    "permissions": {},
    "rate_limit": 0,
    "rate_window": 60,
    "search_by_reference": True,
    "v3_idempotency": False,
    "expiry_webhook": "closed",
    "default_generation": V3,
    "legacy_age": "new",
    "bare_number_merchants": ["10766"],
    "forbidden_names": [],
    "amount_style": "number",
    "omit_captures": False,
    "omit_currency": False,
    "sender_verification": "",
    "data_type": "",
    "webhook_id_header": "",
    "va_fee": 4000,
    "payout_fee": 5000,
    "chargeback_fee": 0,
    "refund_fee": 0,
    "vat_percent": 11,
    "reversal_keeps_fee": False,
    "fee_known_early": True,
    "settle_after": None,
    "payout_mode": "auto",
    "payout_delay": 1.0,
    "insufficient_balance_at_once": False,
}


def _api_error(options: dict, proceed: Callable[[], Response]) -> Response:
    status, code = int(options.get("status", 500)), options.get("code", "SERVER_ERROR")
    return failure(ApiError(status, code, options.get("message", "An error occurred.")))


class XenditSimulator(GatewayActions, GatewaySimulator):
    """One account at Xendit, with both generations of virtual accounts."""

    prefix = "/xendit"
    title = "Xendit"
    accent = "#1762ee"
    banks = tuple(BANKS)
    webhook_secret = "callback_token"
    defaults = DEFAULTS
    api_faults: ClassVar[dict[str, Callable]] = {
        **GatewaySimulator.api_faults,
        "api_error": _api_error,
    }

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(seed)
        self.forget({})
        self.add_actions()

    def forget(self, params: dict) -> None:
        self.books = Books(self.random)
        self._used: dict[tuple[str, str], deque[float]] = defaultdict(deque)

    # -- what handlers ask ------------------------------------------------------------

    def now(self) -> float:
        """Simulated time in whole milliseconds, as Xendit prints it."""
        return math.floor(self.clock.now() * 1000) / 1000

    def vat(self, fee: int) -> int:
        """Value added tax on a fee, in whole rupiah."""
        return (fee * int(self.config["vat_percent"]) + 50) // 100

    def account_object(self, account: Account) -> dict[str, Any]:
        """A virtual account as its generation shows it."""
        shown = (
            v3.payment_request if account.generation == V3 else legacy.virtual_account
        )
        return shown(self, account)

    def check_test_mode(self) -> None:
        """Live keys cannot simulate."""
        if not self.config["secret_key"].startswith(TEST_KEY):
            raise ApiError(403, "REQUEST_FORBIDDEN_ERROR", "Only in test mode.")

    # -- the interface ----------------------------------------------------------------

    def answer(self, request: Request) -> Response:
        """One call, from the key to the headers."""
        headers = {"Request-Id": self.books.uuid()}
        try:
            self._authenticate(request)
            endpoint, names = _route(request)
            self._check_permission(request, endpoint)
            self._count(endpoint, headers)
            response = self._handle(request, endpoint, names)
        except ApiError as error:
            response = failure(error)
        response.headers.update(headers)
        return response

    def _handle(self, request: Request, endpoint: Endpoint, names: dict) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        call = Call(request.args, read_body(request), headers, names)
        return success(endpoint.handler(self, call), endpoint.status)

    def _authenticate(self, request: Request) -> None:
        wanted = f"{self.config['secret_key']}:".encode()
        if not hmac.compare_digest(_basic(request), wanted):
            raise ApiError(401, "INVALID_API_KEY", "API key is not valid.")

    def _check_permission(self, request: Request, endpoint: Endpoint) -> None:
        granted = self.config["permissions"].get(endpoint.product, "write")
        needed = "read" if request.method == "GET" else "write"
        if granted not in ("write", needed):
            text = "The API key is forbidden to perform this request."
            raise ApiError(403, "REQUEST_FORBIDDEN_ERROR", text)

    def _count(self, endpoint: Endpoint, headers: dict[str, str]) -> None:
        """A sliding window a call; 429 for one too many, which is not counted."""
        limit, window = self.config["rate_limit"], float(self.config["rate_window"])
        if not limit:
            return
        now, used = self.clock.now(), self._used[endpoint.method, endpoint.path]
        while used and used[0] <= now - window:
            used.popleft()
        full = len(used) >= limit
        if not full:
            used.append(now)
        headers["Rate-Limit-Limit"] = str(limit)
        headers["Rate-Limit-Remaining"] = str(limit - len(used))
        headers["Rate-Limit-Reset"] = f"{used[0] + window - now:.2f}"
        if full:
            raise ApiError(429, "RATE_LIMIT_EXCEEDED", "Too many requests.")

    def sign_push(self, url: str, body: bytes, forged: str) -> dict[str, str]:
        return push.headers(self, body, forged)

    # -- for people and judges --------------------------------------------------------

    def ledger(self) -> dict[str, Callable[[], Any]]:
        books = self.books
        return {
            "vas": lambda: [a.entry() for a in books.accounts.values() if a.listed],
            "payments": lambda: [p.entry() for p in books.payments.values()],
            "payouts": lambda: [payouts.entry(p) for p in books.payouts.values()],
            "transactions": lambda: [
                ledger.transaction_object(self, row) for row in books.rows
            ],
            "bank_transfers": lambda: books.bank_transfers,
            "balance": lambda: ledger.number(books.balance),
        }


def _basic(request: Request) -> bytes:
    """``user:password`` of Basic authentication, b"" without."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def _route(request: Request) -> tuple[Endpoint, dict[str, str]]:
    for endpoint in ROUTES:
        match = endpoint.pattern.fullmatch(request.path)
        if match and endpoint.method == request.method:
            return endpoint, match.groupdict()
    raise ApiError(404, "NOT_FOUND", "The requested resource was not found.")
