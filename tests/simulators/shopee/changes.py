"""What happens to orders after they were placed, beside their status."""

import copy
from dataclasses import replace
from typing import Any

from tests.simulators.framework import ControlError

from .audit import books
from .catalogue import buyer
from .placing import AMOUNTS, ORDER_FIELDS, lines_of, parcels
from .state import LOGISTICS, READY, STAGES, Line, Order
from .views import READS

CHANGEABLE = {*ORDER_FIELDS, *AMOUNTS, "buyer", "items", "quantities", "prices"} - {
    "poison"
}
OPTIONS = {"order_sn", "order_sns", "notify", "update_time", "same_second", "silent"}


class OrderChanges:
    """Mixed into the simulator; ``_changed`` and ``_chosen`` are those of its verbs."""

    def change_actions(self) -> dict[str, Any]:
        return {
            "change": self.do_change,
            "cancel_part": self.do_cancel_part,
            "split": self.do_split,
            "move_package": self.do_move_package,
            "freeze": self.do_freeze,
            "thaw": self.do_thaw,
            "books": self.do_books,
        }

    def do_change(self, params: dict) -> dict[str, Any]:
        """Change anything that can be wished for; see the README."""
        unknown = set(params) - CHANGEABLE - OPTIONS
        if unknown:
            raise ControlError(f"cannot change {', '.join(sorted(unknown))}")
        with self.lock:
            chosen = self._chosen(params)
            for order in chosen:
                with self._changing(order, params):
                    self._apply(order, params)
        return self._outcome(chosen)

    def _apply(self, order: Order, params: dict) -> None:
        for name in ORDER_FIELDS:
            if name in params:
                setattr(order, name, params[name])
        if "buyer" in params:
            order.buyer = buyer(int(params["buyer"]))
        if "items" in params:
            order.lines = lines_of(self.catalogue, params["items"])
        order.lines = [_altered(line, params) for line in order.lines]
        amounts = {name: int(params[name]) for name in AMOUNTS if name in params}
        order.amounts = replace(order.amounts, **amounts)

    def do_cancel_part(self, params: dict) -> dict[str, Any]:
        """Cancel some pieces: ``pieces`` {sku: number}, or one of the first line."""
        with self.lock:
            chosen = self._chosen(params)
            for order in chosen:
                lines = _without(order, params)
                with self._changing(order, params):
                    self._lessen(order, lines, params)
        return self._outcome(chosen)

    def _lessen(self, order: Order, lines: list[Line], params: dict) -> None:
        order.checkout = order.checkout or copy.copy(order)
        before, order.lines = order.merchandise, lines
        for name in ("partial_quantity", "partial_bill"):
            if name in params:
                setattr(order, name, params[name])
        shares = {
            name: getattr(order.amounts, name) * order.merchandise // (before or 1)
            for name in ("seller_voucher", "shopee_voucher", "coins")
        }
        order.amounts = replace(order.amounts, **shares)

    def do_split(self, params: dict) -> dict[str, Any]:
        """Split into ``packages`` (2), as v2.order.split_order does."""
        with self.lock:
            chosen = self._chosen(params)
            if any(order.status != READY for order in chosen):
                raise ControlError(f"only a {READY} order can be split")
            for order in chosen:
                made = parcels(order, int(params.get("packages", 2)))
                with self._changing(order, params):
                    order.parcels = made
        return self._outcome(chosen)

    def do_move_package(self, params: dict) -> dict[str, Any]:
        """One package (``package``, from 1) gets a ``status``, or ``logistics``."""
        with self.lock:
            chosen = self._chosen(params)
            for order in chosen:
                self._move_package(order, params)
        return self._outcome(chosen)

    def _move_package(self, order: Order, params: dict) -> None:
        number, status = int(params.get("package", 1)), params.get("status", "")
        if not 1 <= number <= len(order.parcels):
            raise ControlError(f"{order.sn} has no package {number}: split it first")
        if status and status not in LOGISTICS:
            raise ControlError(f"status must be one of {', '.join(LOGISTICS)}")
        moved = list(order.parcels)
        old = moved[number - 1]
        logistics = params.get("logistics", "")
        moved[number - 1] = replace(
            old, status=status or old.status or order.status, logistics=logistics
        )
        with self._changing(order, params, push=False):
            order.parcels = tuple(moved)
        behind = _earliest(order)
        if behind != order.status:
            self._move(order, behind, params)
        elif params.get("notify", True):
            self._announce(order)

    def do_books(self, params: dict) -> dict[str, Any]:
        """The breakdowns as the platform itself knows them, and what is wrong there."""
        with self.lock:
            return {order.sn: books(self, order) for order in self._chosen(params)}

    # -- reads that stand still -----------------------------------------------------

    def do_freeze(self, params: dict) -> dict[str, Any]:
        """Reads (``reads``: list, detail, breakdown) show what is now, or nothing
        (``hidden``), until ``thaw``; pushes go on.
        """
        reads = _reads(params)
        with self.lock:
            chosen = self._chosen(params)
            for order in chosen:
                view = None if params.get("hidden") else copy.copy(order)
                order.frozen = {**order.frozen, **dict.fromkeys(reads, view)}
                self.frozen.add(order.sn)
        return self._outcome(chosen)

    def do_thaw(self, params: dict) -> dict[str, Any]:
        """Reads are up to date again; of all orders when none is named."""
        reads = _reads(params)
        with self.lock:
            named = {"order_sn", "order_sns"} & set(params)
            chosen = self._chosen(params if named else {"order_sns": [*self.frozen]})
            for order in chosen:
                left = {k: v for k, v in order.frozen.items() if k not in reads}
                order.frozen = left
                if not left:
                    self.frozen.discard(order.sn)
        return self._outcome(chosen)


def _altered(line: Line, params: dict) -> Line:
    sku = line.article.sku
    quantity = int(params.get("quantities", {}).get(sku, line.quantity))
    price = int(params.get("prices", {}).get(sku, line.price))
    return replace(
        line, quantity=quantity, price=price, original=max(price, line.original)
    )


def _without(order: Order, params: dict) -> list[Line]:
    """The lines less the pieces; ``requested`` only asks for it. ControlError."""
    wanted = dict(params.get("pieces") or {order.lines[0].article.sku: 1})
    name = "cancel_requested" if params.get("requested") else "cancelled"
    lines = []
    for line in order.lines:
        take = min(int(wanted.get(line.article.sku, 0)), line.active)
        wanted[line.article.sku] = int(wanted.get(line.article.sku, 0)) - take
        done = {name: getattr(line, name) + take}
        if name == "cancelled":
            done["cancel_requested"] = max(line.cancel_requested - take, 0)
        lines.append(replace(line, **done))
    left = [sku for sku, number in wanted.items() if number > 0]
    if left:
        raise ControlError(f"{order.sn} has not that many: {', '.join(left)}")
    if not any(line.active for line in lines) and not params.get("force"):
        raise ControlError("that is the whole order: cancel it, or force")
    return lines


def _earliest(order: Order) -> str:
    """The order follows the package that is behind."""
    states = [parcel.status or order.status for parcel in order.parcels]
    if any(state not in STAGES for state in [*states, order.status]):
        return order.status
    return min(states, key=STAGES.index)


def _reads(params: dict) -> list[str]:
    reads = params.get("reads") or list(READS)
    reads = [reads] if isinstance(reads, str) else reads
    if set(reads) - set(READS):
        raise ControlError(f"reads are {', '.join(READS)}")
    return reads
