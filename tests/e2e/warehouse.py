"""The warehouse as its clerks use it, and what stock moves say of an order."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from setup.rpc import RpcError

from .world import World

#: Moves that still want goods to go somewhere.
OPEN = ("waiting", "confirmed", "partially_available", "assigned")


def pickings(world: World, order: str) -> list[dict[str, Any]]:
    """Transfers of an order, oldest first."""
    names = ("id", "state", "code")
    rows = world.sql(
        "SELECT p.id, p.state, t.code FROM stock_picking p "
        "JOIN stock_picking_type t ON t.id = p.picking_type_id "
        "WHERE p.id IN (SELECT m.picking_id FROM stock_move m "
        "JOIN sale_order_line l ON l.id = m.sale_line_id "
        "JOIN sale_order o ON o.id = l.order_id WHERE o.connector_order_ref = %s) "
        "ORDER BY p.id",
        order,
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def reserved(world: World, order: str) -> dict[str, float]:
    """SKU -> pieces that transfers still want to move."""
    rows = world.sql(
        "SELECT p.default_code, sum(m.product_uom_qty) FROM stock_move m "
        "JOIN product_product p ON p.id = m.product_id "
        "JOIN sale_order_line l ON l.id = m.sale_line_id "
        "JOIN sale_order o ON o.id = l.order_id "
        "WHERE o.connector_order_ref = %s AND m.state = ANY(%s) GROUP BY 1",
        order,
        list(OPEN),
    )
    return {sku: float(pieces) for sku, pieces in rows}


def gone(world: World, order: str) -> dict[str, float]:
    """SKU -> pieces that have left for the customer."""
    rows = world.sql(
        "SELECT p.default_code, sum(m.quantity) FROM stock_move m "
        "JOIN product_product p ON p.id = m.product_id "
        "JOIN stock_location d ON d.id = m.location_dest_id "
        "JOIN sale_order_line l ON l.id = m.sale_line_id "
        "JOIN sale_order o ON o.id = l.order_id "
        "WHERE o.connector_order_ref = %s AND m.state = 'done' "
        "AND d.usage = 'customer' GROUP BY 1",
        order,
    )
    return {sku: float(pieces) for sku, pieces in rows}


def validate(world: World, picking: int) -> str:
    """Press Validate; the refusal, "" when it went through."""
    try:
        world.stack.rpc("stock.picking", "button_validate", [[picking]])
    except RpcError as error:
        return str(error)
    return ""


def validate_all(world: World, order: str) -> list[str]:
    """Press Validate on everything that is open; the refusals."""
    wanted = [p["id"] for p in pickings(world, order) if p["state"] not in DONE]
    return [refusal for id_ in wanted if (refusal := validate(world, id_))]


DONE = ("done", "cancel")


@contextmanager
def two_steps(world: World) -> Iterator[None]:
    """Goods are picked first, and shipped by a second transfer."""
    warehouse = world.backend("warehouse_id")[0]
    old = world.stack.rpc(
        "stock.warehouse", "read", [[warehouse]], {"fields": ["delivery_steps"]}
    )[0]["delivery_steps"]
    steps("pick_ship", world, warehouse)
    try:
        yield
    finally:
        steps(old, world, warehouse)


def steps(name: str, world: World, warehouse: int) -> None:
    """How many transfers a delivery takes."""
    values = [[warehouse], {"delivery_steps": name}]
    world.stack.rpc("stock.warehouse", "write", values)


def sold(world: World, order: str) -> dict[str, float]:
    """SKU -> pieces on the sale order; what is down to 0 is left out."""
    found: Counter[str] = Counter()
    for sale in world.sales([order]):
        found.update(sale.articles)
    return {sku: pieces for sku, pieces in found.items() if pieces}
