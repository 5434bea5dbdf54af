"""Charges of existing shops: whose money they are, where booked, when invoiced."""

from odoo import SUPERUSER_ID, api
from odoo.addons.connector_marketplace.providers.charges import BORNE_BY, Bearer

NAMES = [f"product_{kind}" for kind in BORNE_BY]
PLATFORM = [str(k) for k, bearer in BORNE_BY.items() if bearer is Bearer.PLATFORM]
BATCH = 1000

#: An account's own row says what a product stands for, else whose product it is here:
#: rows change, and lines stay. Where a product stands for several, none of it is
#: clearing if a part may be the seller's: it stays booked as it is.
_LINES = """
    WITH known AS (
        SELECT DISTINCT ON (shop, product) shop, product, kind
          FROM (SELECT backend_id AS shop, product_id AS product, kind, 0 AS place
                  FROM connector_marketplace_charge
                 UNION ALL
                SELECT b.id, d.res_id, substr(d.name, length('product_') + 1), 1
                  FROM erp_connector_backend b, ir_model_data d
                 WHERE d.module = 'connector_marketplace'
                   AND d.model = 'product.product' AND d.name = ANY(%(names)s)
               ) stands
         ORDER BY shop, product, place, kind = ANY(%(platform)s), kind
    )
    UPDATE sale_order_line line
       SET connector_charge = known.kind,
           connector_clearing = known.kind = ANY(%(platform)s)
      FROM sale_order sale, known
     WHERE sale.id = line.order_id
       AND known.shop = sale.connector_backend_id
       AND known.product = line.product_id
       AND line.connector_charge IS NULL
"""

#: Of a product that stood for a charge once and does so no more: services that the
#: import wrote, and that are no article of the shop. Booked as they were.
_FORMER = """
    UPDATE sale_order_line line
       SET connector_charge = 'other', connector_clearing = FALSE
      FROM sale_order sale, product_product product, product_template template
     WHERE sale.id = line.order_id
       AND sale.connector_backend_id IS NOT NULL
       AND sale.connector_order_ref IS NOT NULL
       AND product.id = line.product_id
       AND template.id = product.product_tmpl_id
       AND template.type = 'service'
       AND line.create_uid = %(importer)s
       AND line.connector_charge IS NULL
       AND line.is_downpayment IS NOT TRUE
       AND NOT EXISTS (SELECT 1 FROM erp_connector_binding b
                        WHERE b.backend_id = sale.connector_backend_id
                          AND b.kind = 'product'
                          AND b.res_model = 'product.product'
                          AND b.res_id = line.product_id)
"""

_INVOICED = """
    UPDATE account_move_line item
       SET connector_clearing = TRUE
      FROM sale_order_line_invoice_rel link, sale_order_line line
     WHERE link.invoice_line_id = item.id
       AND line.id = link.order_line_id
       AND line.connector_clearing
       AND item.connector_clearing IS NOT TRUE
"""


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute(_LINES, {"platform": PLATFORM, "names": NAMES})
    cr.execute(_FORMER, {"importer": SUPERUSER_ID})
    cr.execute(_INVOICED)
    env.invalidate_all()
    shops = env["erp.connector.backend"].with_context(active_test=False).search([])
    shops = shops.filtered("is_marketplace")
    _set_up_products(env, shops)
    for shop in shops.filtered(lambda s: s.state != "draft"):
        shop.with_company(shop.company_id)._ensure_clearing_account()
    _book_drafts(env)
    _invoice_with_the_goods(env)


def _set_up_products(env, shops):
    """Mark the products; one that stands for both kinds of money is told apart."""
    rows = shops.charge_ids
    platform = rows.filtered(lambda row: row.kind in PLATFORM)
    shared = (rows - platform).product_id.product_tmpl_id
    for row in platform.filtered(lambda r: r.product_id.product_tmpl_id in shared):
        row.product_id = env.ref(f"connector_marketplace.product_{row.kind}")
    standard = env["product.product"].concat(
        *(env.ref(f"connector_marketplace.product_{kind}") for kind in PLATFORM)
    )
    products = (standard | platform.product_id).product_tmpl_id - shared
    products.connector_clearing = True
    for shop in shops:
        present = set(shop.charge_ids.mapped("kind"))
        values = env["connector.marketplace.charge"]._default_values()
        env["connector.marketplace.charge"].create(
            [
                {**row, "backend_id": shop.id}
                for row in values
                if row["kind"] not in present
            ]
        )


def _book_drafts(env):
    """What is not posted yet goes to the clearing account; posted entries stay."""
    items = env["account.move.line"].search(
        [("connector_clearing", "=", True), ("parent_state", "=", "draft")]
    )
    for shop, lines in items.grouped(lambda item: item._connector_shop()).items():
        lines.account_id = shop._ensure_clearing_account() or lines.account_id[:1]


def _invoice_with_the_goods(env):
    lines = env["sale.order.line"].search(
        [("connector_charge", "!=", False), ("state", "=", "sale")]
    )
    for start in range(0, len(lines), BATCH):
        part = lines[start : start + BATCH]
        part.modified(["connector_charge"])
        env.flush_all()
        env.invalidate_all()
