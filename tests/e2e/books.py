"""The judge: the simulator's ledger against Odoo's sale orders.

Every difference is a sentence; an empty list means that nothing is lost, nothing is
there twice, and every order stands where the platform says.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

#: Ledger status -> states the sale may have; None: there is none.
EXPECTED: dict[str, tuple[str | None, ...]] = {
    "UNPAID": (None,),
    "PENDING": (None,),
    "READY_TO_SHIP": ("sale",),
    "PROCESSED": ("sale",),
    "RETRY_SHIP": ("sale",),
    "SHIPPED": ("sale",),
    "TO_CONFIRM_RECEIVE": ("sale",),
    "COMPLETED": ("sale",),
    "IN_CANCEL": ("sale",),
    "CANCELLED": ("cancel", None),
    "TO_RETURN": ("sale",),
}
RESERVED = {"sale": {"assigned"}, "cancel": {"cancel"}}

_SALES = """
    SELECT o.connector_order_ref, o.state, o.connector_raw_status, o.amount_total,
           o.connector_cancel_requested, o.partner_id,
           COALESCE((SELECT jsonb_object_agg(sku, quantity) FROM (
               SELECT p.default_code AS sku, sum(l.product_uom_qty) AS quantity
                 FROM sale_order_line l
                 JOIN product_product p ON p.id = l.product_id
                 JOIN product_template t ON t.id = p.product_tmpl_id
                WHERE l.order_id = o.id AND t.type = 'consu'
                GROUP BY p.default_code) AS article), '{}'),
           COALESCE((SELECT array_agg(DISTINCT m.state)
               FROM stock_move m JOIN sale_order_line l ON l.id = m.sale_line_id
              WHERE l.order_id = o.id), '{}'),
           COALESCE(o.connector_left_before, FALSE)
      FROM sale_order o WHERE o.connector_order_ref = ANY(%s) ORDER BY o.id
"""


@dataclass(frozen=True)
class Sale:
    """What Odoo has."""

    reference: str
    state: str
    status: str
    total: Any
    cancel_requested: bool
    partner: int
    articles: dict[str, float]
    moves: list[str]
    left_before: bool = False


def read_sales(cursor: Any, references: list[str]) -> list[Sale]:
    """The sale orders of these platform orders."""
    cursor.execute(_SALES, [references])
    return [Sale(*row) for row in cursor.fetchall()]


def differences(
    orders: dict[str, dict[str, Any]], sales: list[Sale], articles: bool = True
) -> list[str]:
    """What is wrong, one sentence each. `articles` False: mapped by hand."""
    by_reference = Counter(sale.reference for sale in sales)
    wrong = [f"{ref} is there {n} times" for ref, n in by_reference.items() if n > 1]
    known = {sale.reference: sale for sale in sales}
    for reference, order in orders.items():
        sale = known.get(reference)
        expected = EXPECTED[order["status"]]
        state = sale.state if sale else None
        if state not in expected:
            wrong.append(f"{reference} is {order['status']} there, {state} here")
        elif sale:
            wrong += _compared(order, sale, articles)
    return wrong + _buyers(orders, sales)


def _compared(order: dict[str, Any], sale: Sale, articles: bool) -> list[str]:
    asked = order["status"] == "IN_CANCEL"
    # what had left before it came in is moved by nobody
    moves = set() if sale.left_before else RESERVED[sale.state]
    checks = {
        "status": (sale.status, order["status"]),
        "total": (sale.total, order["total"]),
        "cancellation asked": (bool(sale.cancel_requested), asked),
        "moves": (set(sale.moves), moves),
    }
    if articles:
        checks["articles"] = (sale.articles, _articles(order))
    return [
        f"{sale.reference}: {what} {ours!r} here, {theirs!r} there"
        for what, (ours, theirs) in checks.items()
        if ours != theirs
    ]


def _articles(order: dict[str, Any]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for item in order["items"]:
        found[item["sku"]] += item["quantity"]
    return dict(found)


def _buyers(orders: dict[str, dict[str, Any]], sales: list[Sale]) -> list[str]:
    """A buyer is one contact, and a contact one buyer."""
    pairs = {(orders[s.reference]["buyer_user_id"], s.partner) for s in sales}
    buyers = Counter(buyer for buyer, _partner in pairs)
    partners = Counter(partner for _buyer, partner in pairs)
    return [f"buyer {b} has {n} contacts" for b, n in buyers.items() if n > 1] + [
        f"contact {p} stands for {n} buyers" for p, n in partners.items() if n > 1
    ]
