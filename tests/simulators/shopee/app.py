"""The Shopee simulator: verifies calls, answers them, keeps the shop."""

import json
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

from werkzeug.wrappers import Request, Response

from tests.simulators.framework import Simulator

from . import (
    auth,
    listing,
    orders,
    page,
    payments,
    products,
    push,
    seller,
    shipping,
    wallet,
)
from .actions import ShopActions
from .catalogue import build_catalogue
from .envelope import ApiError, Call, Endpoint, failure, success
from .poison import BrokenAnswer
from .signature import same, sign_call
from .state import Order

ROUTES: dict[tuple[str, str], Endpoint] = {
    **auth.ROUTES,
    **listing.ROUTES,
    **orders.ROUTES,
    **payments.ROUTES,
    **products.ROUTES,
    **push.ROUTES,
    **seller.ROUTES,
    **shipping.ROUTES,
    **wallet.ROUTES,
}

DEFAULTS: dict[str, Any] = {
    "partner_id": 1000001,
    "partner_key": "shopee-simulator-partner-key",
    "shop_id": 700001,
    "auto_authorize": False,
    "auth_days": 365,
    "code_life": 600,
    "access_life": 14400,
    "access_grace": 300,
    "refresh_life": 30 * 86400,
    "refresh_reuse_same_pair": False,
    "expire_in_epoch": False,
    "token_error_code": "error_auth",
    "error_http_status": 200,
    "timestamp_tolerance": 300,
    "clock_skew": 0,
    "rate_limit": 0,
    "rate_limit_style": "body",
    "rate_limit_retry_after": None,
    "escrow_batch_methods": ["POST"],
    "voucher_sign": -1,
    "escrow_voucher_sign": 1,
    "fee_sum": False,
    "masked": False,
    "missing": [],
    "null": [],
    "blank": [],
    "line_item_ids": True,
    "bundle_price": "zero",
    "partial_quantity": "purchased",
    "partial_bill": "current",
    "breakdown": "",
    "breakdown_after": 0,
    "breakdown_after_reads": 0,
    "breakdown_early": "never",
    "list_lag": 0,
    "detail_lag": 0,
    "breakdown_lag": 0,
    "list_cursor": "seek",
    "list_order": "oldest",
    "cursor_life": 0,
    "cursor_error": "error_param",
    "buyers": 200,
    "unique_update_time": False,
    "push_codes_off": [],
    "push_blocked_shops": [],
    "lost_data_as_text": True,
}


def _refusal(code: str, message: str) -> Callable:
    def refuse(options: dict, proceed: Callable) -> Response:
        error = ApiError(options.get("code", code), options.get("message", message))
        response = failure(error, int(options.get("status", 200)))
        if options.get("retry_after") is not None:
            response.headers["Retry-After"] = str(options["retry_after"])
        return response

    return refuse


class ShopeeSimulator(ShopActions, Simulator):
    """One partner application and the shops that it may be linked with."""

    defaults = DEFAULTS
    pages = frozenset(auth.PAGES)
    api_faults: ClassVar[dict[str, Callable]] = {
        "rate_limit": _refusal("error_rate_limit", "Too many requests."),
        "api_error": _refusal("error_server", "Something wrong, please try later."),
    }

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(seed)
        self.catalogue = build_catalogue()
        self.shops: dict[int, auth.Shop] = {}
        self.vault = auth.Vault()
        self.forget_orders()
        self.shop(self.config["shop_id"])
        self._window = (0, 0)
        self.add_actions()

    def forget_orders(self) -> None:
        """No order was ever placed."""
        self.orders: dict[str, Order] = {}
        self.serial = 0
        self.confirmed_push = 0
        self.breakdown_reads: Counter[str] = Counter()
        self.turns: Counter[str] = Counter()
        self.cursors: dict[str, float] = {}
        self.frozen: set[str] = set()
        self.stocks: dict[str, int] = {}
        self.prices: dict[str, float] = {}
        self._sorted: dict[str, list[tuple[int, str, Order]]] = {}

    def forget(self, params: dict) -> None:
        self.forget_orders()
        if params.get("all"):
            self.vault = auth.Vault()
            self.shops.clear()
            self.shop(self.config["shop_id"])

    # -- the shop -------------------------------------------------------------------

    def shop(self, shop_id: int) -> auth.Shop:
        """The shop of that number; opened at first mention."""
        if shop_id not in self.shops:
            name = auth.SHOP_NAMES[len(self.shops) % len(auth.SHOP_NAMES)]
            self.shops[shop_id] = auth.Shop(shop_id, name)
        return self.shops[shop_id]

    def touched(self) -> None:
        """Orders changed: the sorted lists are stale."""
        self._sorted.clear()

    def sorted_orders(self, field: str) -> list[tuple[int, str, Order]]:
        """(second, order_sn, order) of every order, oldest first."""
        if field not in self._sorted:
            self._sorted[field] = sorted(
                (getattr(order, field), order.sn, order)
                for order in self.orders.values()
            )
        return self._sorted[field]

    # -- the interface --------------------------------------------------------------

    def answer(self, request: Request) -> Response:
        """One call, from the signature to the envelope."""
        try:
            self._limit_rate()
            if request.path in auth.PAGES:
                return auth.page(self, request)
            endpoint = ROUTES.get((request.method, request.path))
            if endpoint is None:
                raise ApiError("error_not_found", "404 page not found", 404)
            payload = endpoint.handler(self, self._verify(request, endpoint))
        except ApiError as error:
            return self._failure(error)
        except BrokenAnswer:
            text = '{"error":"","message":"","response":{"order_list":[{"order_sn":'
            return Response(text, 200, mimetype="application/json")
        return success(payload, endpoint.wrapped)

    def _failure(self, error: ApiError) -> Response:
        response = failure(error, self.config["error_http_status"])
        wait = self.config["rate_limit_retry_after"]
        if error.code == "error_rate_limit" and wait is not None:
            response.headers["Retry-After"] = str(wait)
        return response

    def _limit_rate(self) -> None:
        limit = self.config["rate_limit"]
        second, used = self._window
        now = int(time.monotonic())
        self._window = (now, used + 1 if now == second else 1)
        if limit and self._window[1] > limit:
            http = 429 if self.config["rate_limit_style"] == "http" else None
            raise ApiError("error_rate_limit", "Too many requests.", http)

    def _verify(self, request: Request, endpoint: Endpoint) -> Call:
        args = request.args
        if args.get("partner_id") != str(self.config["partner_id"]):
            raise ApiError("error_param", "Invalid partner_id.")
        self.check_time(args.get("timestamp", ""))
        shop = endpoint.access == "shop" or (
            endpoint.access == "either" and "access_token" in args
        )
        token, shop_id = args.get("access_token", ""), args.get("shop_id", "")
        parts = (token, shop_id) if shop else ()
        wanted = sign_call(
            self.config["partner_key"],
            args["partner_id"],
            request.path,
            args["timestamp"],
            *parts,
        )
        if not same(wanted, args.get("sign", "")):
            raise ApiError("error_sign", "Wrong sign.")
        if shop:
            self._check_shop(token, shop_id)
        number = int(shop_id) if shop else 0
        return Call(args, _body(request), number, self.clock.seconds())

    def check_time(self, text: str) -> None:
        """Timestamps are compared with real time plus the ``clock_skew`` setting."""
        if not text.isdigit():
            raise ApiError("error_param", "Invalid timestamp.")
        now = time.time() + self.config["clock_skew"]
        if abs(now - int(text)) > self.config["timestamp_tolerance"]:
            raise ApiError("error_param", "Invalid timestamp.")

    def _check_shop(self, token: str, shop_id: str) -> None:
        if not shop_id.isdigit() or int(shop_id) not in self.shops:
            raise ApiError("error_param_shop_id_not_found", "Invalid shop_id.")
        auth.check_token(self, token, int(shop_id))

    def sign_push(self, url: str, body: bytes, forged: str) -> dict[str, str]:
        return push.headers(self, url, body, forged)

    # -- for people and judges ------------------------------------------------------

    def page(self) -> str:
        with self.lock:
            return page.render(self)

    def ledger(self) -> dict[str, Callable[[], Any]]:
        return {
            "orders": lambda: [order.entry() for order in self.orders.values()],
            "tokens": lambda: self.vault.issued,
            "shops": self._shops,
        }

    def _shops(self) -> list[dict[str, Any]]:
        now = self.clock.now()
        return [
            {**vars(shop), "linked": shop.linked(now)} for shop in self.shops.values()
        ]


def _body(request: Request) -> dict[str, Any]:
    raw = request.get_data()
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError:
        raise ApiError("error_param", "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise ApiError("error_param", "The body is not an object.")
    return body
