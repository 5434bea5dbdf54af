"""The Midtrans simulator: who may call what, and what is kept."""

import random
import re
import time
from collections.abc import Callable
from typing import Any, ClassVar

from werkzeug.wrappers import Request, Response

from tests.simulators.gateway import GatewaySimulator

from . import charge, iris, transactions
from .actions import GatewayActions
from .banks import BANKS
from .envelope import (
    ApiError,
    Call,
    IrisError,
    as_json,
    core_response,
    iris_failure,
    new_id,
    read_object,
)
from .notify import HEADERS, dress
from .payouts import Payout
from .sender import NotificationSender
from .signature import same
from .state import Book
from .transactions import MutationError
from .wallet import PAYMENT, Wallet

IRIS = "/iris/api/v1"
MAX_KEY = 46
DEFAULTS: dict[str, Any] = {
    "server_key": "SB-Mid-server-simulator",
    "iris_creator_key": "IRIS-creator-simulator",
    "iris_approver_key": "IRIS-approver-simulator",
    "iris_merchant_key": "iris-merchant-simulator",
    "merchant_id": "G141532850",
    "push_retry_delays": [120, 600, 1800, 5400, 12600],
    "push_timeout": 15.0,
    "push_empty_body": False,
    "push_jitter": 0.1,
    "payout_callback_url": "",
    "notify_pending": True,
    "notification_without_status": False,
    "capitals": False,
    "http_follows_body": False,
    "permata_form": "permata_va_number",
    "permata_payment_type": "bank_transfer",
    "default_expiry": 86400,
    "expired_order_id_reusable": True,
    "idempotency_life": 300,
    "rate_limit": 0,
    "refundable": False,
    "refund_confirm_seconds": 1,
    "reversal_status": "deny",
    "va_fee": 4000,
    "vat_rate": 11,
    "opening_balance": 100000000,
    "otp": "",
    "otp_secret": "",
    "payout_mode": "auto",
    "payout_delay": 1.0,
    "payout_fee": 0,
    "payout_answer": "object",
    "payout_outcomes": {
        "131313": "stuck",
        "123456": "fail:005",
        "999999": "fail:025",
        "121212": "fail:002",
        "654321": "reverse",
    },
    "account_names": {},
    "invalid_accounts": ["121212"],
}
NAME = "(?P<name>[^/]+)"
Route = tuple[str, re.Pattern[str], Callable]
CORE_ROUTES: tuple[Route, ...] = tuple(
    (method, re.compile(path), handler)
    for method, path, handler in (
        ("POST", "/v2/charge", charge.charge),
        ("GET", f"/v2/{NAME}/status", transactions.status),
        ("GET", f"/v2/{NAME}/status/b2b", transactions.status_b2b),
        ("POST", f"/v2/{NAME}/cancel", transactions.cancel),
        ("POST", f"/v2/{NAME}/expire", transactions.expire),
        ("POST", f"/v2/{NAME}/approve", transactions.judge),
        ("POST", f"/v2/{NAME}/deny", transactions.judge),
        ("POST", f"/v2/{NAME}/refund", transactions.refund),
        ("POST", f"/v2/{NAME}/refund/online/direct", transactions.refund),
        ("GET", "/v1/balance/mutation", transactions.mutation),
    )
)
CREATOR, APPROVER = "iris_creator_key", "iris_approver_key"
BOTH = (CREATOR, APPROVER)
IRIS_ROUTES: tuple[tuple[str, re.Pattern[str], Callable, tuple[str, ...]], ...] = tuple(
    (method, re.compile(IRIS + path), handler, keys)
    for method, path, handler, keys in (
        ("POST", "/payouts", iris.create, (CREATOR,)),
        ("POST", "/payouts/approve", iris.approve_many, (APPROVER,)),
        ("POST", "/payouts/reject", iris.reject_many, (APPROVER,)),
        ("GET", f"/payouts/{NAME}", iris.detail, BOTH),
        ("GET", "/balance", iris.balance, BOTH),
        ("GET", "/statements", iris.statements, BOTH),
        ("GET", "/beneficiary_banks", iris.banks, BOTH),
        ("GET", "/channels", iris.channels, BOTH),
        ("GET", "/account_validation", iris.validate, BOTH),
    )
)


class MidtransSimulator(GatewayActions):
    """One merchant of the Core API, with a wallet for payouts at Iris."""

    prefix = "/midtrans"
    title = "Midtrans"
    accent = "#0a5db5"
    banks = tuple(BANKS)
    webhook_secret = "server_key"
    defaults = DEFAULTS
    api_faults: ClassVar[dict[str, Callable]] = {
        **GatewaySimulator.api_faults,
        "api_error": lambda options, proceed: core_response(
            ApiError(
                str(options.get("code", "500")),
                options.get("message", "Sorry. Our system is recovering."),
            ).body("simulated"),
            bool(options.get("http")),
        ),
    }

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(seed)
        self.pushes = NotificationSender(
            self.clock,
            self.faults,
            self._push_settings,
            self.sign_push,
            dress=lambda delivery, url: dress(self, delivery),
            jitter=self._jitter,
        )
        self.forget({})
        self.add_actions()

    def forget(self, params: dict) -> None:
        """Nobody ever charged, paid or was paid."""
        self.book = Book()
        now = self.clock.now()
        self.payin = Wallet("payin", 0, now)
        self.wallet = Wallet("iris", self.config["opening_balance"], now)
        self.payouts: dict[str, Payout] = {}
        self.bank_transfers: list[dict[str, Any]] = []
        self.answers: dict[str, tuple[float, dict[str, Any]]] = {}
        self.payout_answers: dict[str, Any] = {}
        self.codes_used: set[str] = set()
        self.under_way: set[str] = set()
        self._window = (0, 0)

    # -- the interface ----------------------------------------------------------------

    def interface(self, request: Request) -> Response:
        """A repeated Idempotency-Key gets HTTP 202 while the first one is at work."""
        key = self._key_of(request)
        if not key:
            return super().interface(request)
        with self.lock:
            if key in self.under_way:
                message = "A request with this Idempotency-Key is in progress"
                body = {"status_code": "202", "status_message": message}
                return as_json(body, 202)
            self.under_way.add(key)
        try:
            return super().interface(request)
        finally:
            self.under_way.discard(key)

    def _key_of(self, request: Request) -> str:
        if request.method != "POST" or request.path.startswith(IRIS):
            return ""
        body = read_object(request.get_data()) or {}
        return "" if charge.ignores_key(body) else _key(request)

    def answer(self, request: Request) -> Response:
        """One call, of Iris or of the Core API."""
        if request.path.startswith(IRIS):
            return self._answer_iris(request)
        follow = self.config["http_follows_body"]
        try:
            return core_response(self._answer_core(request), follow)
        except ApiError as error:
            return core_response(error.body(new_id(self.random)), follow)
        except MutationError as error:
            return as_json({"error_messages": error.messages}, 400)

    def _answer_core(self, request: Request) -> dict[str, Any]:
        if not self._knows(request, ("server_key",)):
            message = "Transaction cannot be authorized with the current server key."
            raise ApiError("401", message)
        handler, name = _core_route(request)
        if handler is charge.charge:
            self._limit_rate()
        key = self._key_of(request)
        if len(key) > MAX_KEY:
            raise ApiError("400", f"Idempotency-Key has more than {MAX_KEY} symbols")
        if key and (stored := self._stored(key)) is not None:
            return stored
        body = read_object(request.get_data())
        if body is None:
            raise ApiError("413", "The request body is malformed JSON.")
        answer = handler(self, Call(name, request.args, request.headers, body))
        if key:
            self.answers[key] = (self.clock.now(), answer)
        return answer

    def _stored(self, key: str) -> dict[str, Any] | None:
        """The answer of that key, whatever the call was, as long as it is kept."""
        at, answer = self.answers.get(key, (0.0, None))
        young = self.clock.now() - at < self.config["idempotency_life"]
        return answer if young else None

    def _answer_iris(self, request: Request) -> Response:
        try:
            status, payload = self._iris_call(request)
        except IrisError as error:
            return iris_failure(error)
        return as_json(payload, status)

    def _iris_call(self, request: Request) -> tuple[int, Any]:
        handler, keys, name = _iris_route(request)
        if not self._knows(request, keys):
            raise IrisError(401, "Access denied")
        body = read_object(request.get_data())
        if body is None:
            raise IrisError(400, "The request body is malformed JSON")
        return handler(self, Call(name, request.args, request.headers, body))

    def _knows(self, request: Request, keys: tuple[str, ...]) -> bool:
        """HTTP Basic with one of these settings as user and no password."""
        given = request.authorization
        if given is None or given.type != "basic" or given.password:
            return False
        user = given.username or ""
        return any(same(user, self.config[key]) for key in keys)

    def _limit_rate(self) -> None:
        """``rate_limit`` charges a second, 0 for any number."""
        limit, (second, used) = self.config["rate_limit"], self._window
        now = int(time.monotonic())
        self._window = (now, used + 1 if now == second else 1)
        if limit and self._window[1] > limit:
            raise ApiError("429", "API rate limit exceeded")

    # -- notifications ----------------------------------------------------------------

    def sign_push(self, url: str, body: bytes, forged: str) -> dict[str, str]:
        """Nothing in the headers: ``dress`` signs, for it knows the topic."""
        return dict(HEADERS)

    def _jitter(self) -> float:
        """Chance of its own: retries do not disturb the numbers of a seed."""
        return 1 + random.uniform(0, self.config["push_jitter"])

    # -- the ledger -------------------------------------------------------------------

    def ledger(self) -> dict[str, Callable[[], Any]]:
        return {
            "vas": lambda: [t.va_entry() for t in self.book.by_id.values()],
            "payments": lambda: [t.payment_entry() for t in self.book.paid.values()],
            "payouts": lambda: [payout.entry() for payout in self.payouts.values()],
            "transactions": self._transactions,
            "bank_transfers": lambda: self.bank_transfers,
            "balance": lambda: int(self.wallet.balance),
            "delivered_to": lambda: self.pushes.addresses,
        }

    def _transactions(self) -> list[dict[str, Any]]:
        """Payments, and every other move of both wallets; oldest first."""
        rows = [_payment_row(t.payment_entry()) for t in self.book.paid.values()]
        moves = [move for move in self.payin.moves if move.kind != PAYMENT]
        rows += [move.entry() for move in (*moves, *self.wallet.moves)]
        return sorted(rows, key=lambda row: row["at"])


def _payment_row(payment: dict[str, Any]) -> dict[str, Any]:
    names = ("amount", "fee", "tax", "net", "settled", "status", "reference")
    return {
        "id": f"payment-{payment['id']}",
        "kind": "payment",
        "product_id": payment["id"],
        "money_in": True,
        "at": payment["paid_at"],
        **{name: payment[name] for name in names},
    }


def _key(request: Request) -> str:
    return request.headers.get("Idempotency-Key", "")


def _core_route(request: Request) -> tuple[Callable, str]:
    matched = False
    for method, path, handler in CORE_ROUTES:
        match = path.fullmatch(request.path)
        if match and method == request.method:
            return handler, match.groupdict().get("name", "")
        matched = matched or match is not None
    if matched:
        raise ApiError("405", "HTTP method is not allowed.")
    raise ApiError("404", "The requested resource is not found")


def _iris_route(request: Request) -> tuple[Callable, tuple[str, ...], str]:
    for method, path, handler, keys in IRIS_ROUTES:
        match = path.fullmatch(request.path)
        if match and method == request.method:
            return handler, keys, match.groupdict().get("name", "")
    raise IrisError(404, "Not found")
