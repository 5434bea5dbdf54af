"""What people and tests may do with the shop: the verbs of its control API."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from tests.simulators.framework import ControlError

from . import auth, codes, push
from .breakdowns import OMITTED, REFUSALS
from .changes import OrderChanges
from .placing import AMOUNTS, ORDER_FIELDS, place
from .poison import POISONS
from .state import (
    CANCELLED,
    IN_CANCEL,
    PROCESSED,
    READY,
    STATUSES,
    TRANSITIONS,
    Order,
    move,
    remember,
)

WISHES = frozenset(
    (
        *AMOUNTS,
        *ORDER_FIELDS,
        "count",
        "status",
        "notify",
        "lines",
        "quantity",
        "skus",
        "items",
        "unknown_sku",
        "packages",
        "plain",
        "buyer",
        "buyers",
        "shop_id",
        "order_sn",
        "create_time",
        "update_time",
    )
)
#: Who cancels, and the reason that is told unless another one is given.
CANCEL_REASONS = {
    "buyer": "CUSTOMER_REQUEST",
    "seller": "OUT_OF_STOCK",
    "system": "BACKEND_LOGISTICS_NOT_STARTED",
}


class ShopActions(OrderChanges):
    """Mixed into the simulator."""

    def add_actions(self) -> None:
        """Make the verbs known to the framework."""
        verbs: dict[str, Callable[[dict], Any]] = {
            verb: partial(self.do_transition, verb) for verb in TRANSITIONS
        }
        self.actions.update({**verbs, **self.change_actions()})
        self.actions.update(
            {
                "place": self.do_place,
                "ship": self.do_ship,
                "status": self.do_status,
                "reject_cancel": self.do_reject_cancel,
                "push": self.do_push,
                "push_code": self.do_push_code,
                "authorize": self.do_authorize,
                "tokens": self.do_tokens,
                "revoke": self._on_shop(auth.revoke),
                "expire_access": self._on_shop(auth.expire_access),
                "expire_refresh": self._on_shop(auth.expire_refresh),
                "end_authorization": self._on_shop(_end_authorization),
            }
        )

    # -- orders ---------------------------------------------------------------------

    def do_place(self, wish: dict) -> dict[str, Any]:
        """Place ``count`` orders; see the README for what can be wished."""
        _check_wish(wish)
        wish = {"shop_id": self.config["shop_id"], **wish}
        wish.setdefault("buyers", self.config["buyers"])
        with self.lock:
            placed = [self._place(wish) for _ in range(int(wish.get("count", 1)))]
            self.touched()
            if wish.get("notify", True):
                for order in placed:
                    push.announce(self, order)
        return {"order_sns": [order.sn for order in placed]}

    def _place(self, wish: dict) -> Order:
        order = place(
            self.random, self.catalogue, self.serial, self.clock.seconds(), wish
        )
        if order.sn in self.orders:
            raise ControlError(f"order {order.sn} exists")
        self.shop(order.shop_id)
        order.known_since = self.clock.now()
        self.serial += 1
        self.orders[order.sn] = order
        return order

    def do_transition(self, verb: str, params: dict) -> dict[str, Any]:
        """Move orders along one arrow of the state machine; 400 if it has none."""
        arrows = TRANSITIONS[verb]
        with self.lock:
            chosen = self._chosen(params)
            stuck = [order for order in chosen if order.status not in arrows]
            if stuck:
                first = stuck[0]
                raise ControlError(f"cannot {verb} {first.sn}: it is {first.status}")
            for order in chosen:
                self._move(order, arrows[order.status], params)
        return self._outcome(chosen)

    def do_ship(self, params: dict) -> dict[str, Any]:
        """Hand over to the courier, arranging the shipment first where needed."""
        with self.lock:
            ready = [o.sn for o in self._chosen(params) if o.status == READY]
            if ready:
                self.do_transition("arrange", {**params, "order_sns": ready})
            return self.do_transition("ship", params)

    def do_status(self, params: dict) -> dict[str, Any]:
        """Force any status, allowed by the state machine or not."""
        if params.get("status") not in STATUSES:
            raise ControlError(f"status must be one of {', '.join(STATUSES)}")
        with self.lock:
            chosen = self._chosen(params)
            for order in chosen:
                self._move(order, params["status"], params)
        return self._outcome(chosen)

    def do_reject_cancel(self, params: dict) -> dict[str, Any]:
        """Back to where the orders were before the buyer asked."""
        with self.lock:
            chosen = self._chosen(params)
            if any(order.status != IN_CANCEL for order in chosen):
                raise ControlError("no cancellation was requested")
            for order in chosen:
                self._move(order, order.before_cancel or PROCESSED, params)
        return self._outcome(chosen)

    def _move(self, order: Order, status: str, params: dict) -> None:
        with self._changing(order, params) as second:
            if status in (IN_CANCEL, CANCELLED):
                order.cancel_by = params.get("cancel_by", "buyer")
                usual = CANCEL_REASONS.get(order.cancel_by, "OTHERS")
                order.cancel_reason = params.get("cancel_reason", usual)
            move(order, status, second)

    @contextmanager
    def _changing(self, order: Order, params: dict, push: bool = True) -> Iterator[int]:
        """An order is about to change: what it was is kept, what it is is told."""
        remember(order, self.clock.now())
        order.update_time = second = self._second(order, params)
        yield second
        self.touched()
        if push and params.get("notify", True):
            self._announce(order)

    def _second(self, order: Order, params: dict) -> int:
        """The second of a change: told, that of the last one, or now."""
        if params.get("same_second") or params.get("silent"):
            return order.update_time
        now = int(params.get("update_time", self.clock.seconds()))
        if self.config["unique_update_time"]:
            now = max(now, order.update_time + 1)
        return now

    def _announce(self, order: Order) -> None:
        push.announce(self, order)

    def _chosen(self, params: dict) -> list[Order]:
        wanted = params.get("order_sns") or params.get("order_sn") or []
        wanted = [wanted] if isinstance(wanted, str) else wanted
        if not wanted:
            raise ControlError("name the orders: order_sn or order_sns")
        unknown = [sn for sn in wanted if sn not in self.orders]
        if unknown:
            raise ControlError(f"unknown orders: {', '.join(unknown[:5])}")
        return [self.orders[sn] for sn in wanted]

    def _outcome(self, orders: list[Order]) -> dict[str, Any]:
        return {"orders": {order.sn: order.status for order in orders}}

    # -- pushes ---------------------------------------------------------------------

    def do_push(self, params: dict) -> dict[str, Any]:
        """Send a status push now and report the answers; see the README."""
        if not self.config["callback_url"]:
            raise ControlError("no callback_url is configured")
        with self.lock:
            order = self._chosen(params)[0]
            delivery = push.make(self, order, params)
        return self.fire(delivery, params)

    def do_push_code(self, params: dict) -> dict[str, Any]:
        """Send a push of any code and shop, known or not; see the README."""
        if not self.config["callback_url"]:
            raise ControlError("no callback_url is configured")
        with self.lock:
            delivery = codes.make(self, params)
        if params.get("later"):
            self.pushes.schedule([delivery])
            return {"push_id": delivery.number, "answers": []}
        return self.fire(delivery, params)

    # -- tokens ---------------------------------------------------------------------

    def do_authorize(self, params: dict) -> dict[str, Any]:
        """The seller agrees without a browser: a one-time code."""
        shop_id = int(params.get("shop_id", self.config["shop_id"]))
        with self.lock:
            code = auth.authorize(self, shop_id, params.get("days"))
        return {"code": code, "shop_id": shop_id}

    def do_tokens(self, params: dict) -> dict[str, Any]:
        """Authorize and hand out a pair at once."""
        with self.lock:
            granted = self.do_authorize(params)
            pair = auth.issue(self, granted["shop_id"], "control")
        return {**pair, "shop_id": granted["shop_id"]}

    def _on_shop(self, change: Callable[[Any, int], None]) -> Callable[[dict], Any]:
        def act(params: dict) -> dict[str, Any]:
            shop_id = int(params.get("shop_id", self.config["shop_id"]))
            with self.lock:
                change(self, shop_id)
            return {"shop_id": shop_id}

        return act


def _end_authorization(sim: Any, shop_id: int) -> None:
    sim.shop(shop_id).expire_time = sim.clock.seconds()


def _check_wish(wish: dict) -> None:
    unknown = set(wish) - WISHES
    if unknown:
        raise ControlError(f"cannot wish for {', '.join(sorted(unknown))}")
    if wish.get("status", READY) not in STATUSES:
        raise ControlError(f"status must be one of {', '.join(STATUSES)}")
    rule = wish.get("breakdown")
    if rule and rule not in (OMITTED, *REFUSALS):
        raise ControlError(
            f"breakdown must be {OMITTED} or one of {', '.join(REFUSALS)}"
        )
    if wish.get("poison") and wish["poison"] not in POISONS:
        raise ControlError(f"poison must be one of {', '.join(POISONS)}")
