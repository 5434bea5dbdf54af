"""Run in Odoo's shell after the modules: taxes, groups, and stocked products."""

from setup.demo.catalogue import PRODUCTS, barcode

STOCK = 100_000
GRAMS = 1_000  # in Odoo's default unit of weight, the kilogram
WITH_BARCODE = 3  # every third product has one

company = env.company
company.partner_id.vat = "0012345674021000"  # a PKP: sixteen digits
company.account_sale_tax_id.price_include_override = "tax_included"
company.account_price_include = "tax_included"

admin = env.ref("base.user_admin")
groups = ("sales_team.group_sale_manager", "stock.group_stock_manager")
admin.group_ids |= env.ref(groups[0]) | env.ref(groups[1])

products = env["product.product"].create(
    [
        {
            "name": name,
            "default_code": sku,
            "barcode": False if number % WITH_BARCODE else barcode(number),
            "list_price": price,
            "standard_price": round(price * 0.6, -2),
            "weight": grams / GRAMS,
            "type": "consu",
            "is_storable": True,
            "invoice_policy": "delivery",
        }
        for number, (sku, name, price, grams) in enumerate(PRODUCTS, start=1)
    ]
)
stock = env["stock.warehouse"].search([], limit=1).lot_stock_id
env["stock.quant"].with_context(inventory_mode=True).create(
    [
        {"product_id": p.id, "location_id": stock.id, "inventory_quantity": STOCK}
        for p in products
    ]
).action_apply_inventory()
env.cr.commit()
