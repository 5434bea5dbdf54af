"""Run in Odoo's shell after the modules: VAT, currency, groups, and stocked products."""

import os

from setup.demo.catalogue import PRODUCTS, barcode

STOCK = float(os.environ.get("DEMO_STOCK", "100000"))
WITH_BARCODE = 3  # every third product has one

company = env.company  # noqa: F821
company.partner_id.vat = "0012345674021000"  # a PKP: sixteen digits
company.account_sale_tax_id.price_include_override = "tax_included"
company.account_price_include = "tax_included"

admin = env.ref("base.user_admin")  # noqa: F821
groups = ("sales_team.group_sale_manager", "stock.group_stock_manager")
admin.group_ids |= env.ref(groups[0]) | env.ref(groups[1])  # noqa: F821

weight_uom = env["product.template"]._get_weight_uom_id_from_ir_config_parameter()  # noqa: F821
gram = env.ref("uom.product_uom_gram")  # noqa: F821
products = env["product.product"].create(  # noqa: F821
    [
        {
            "name": name,
            "default_code": sku,
            "barcode": False if number % WITH_BARCODE else barcode(number),
            "list_price": price,
            "standard_price": round(price * 0.6, -2),
            "weight": gram._compute_quantity(
                grams, weight_uom, rounding_method="HALF-UP"
            ),
            "type": "consu",
            "is_storable": True,
            "invoice_policy": "delivery",
        }
        for number, (sku, name, price, grams) in enumerate(PRODUCTS, start=1)
    ]
)
stock = env["stock.warehouse"].search([], limit=1).lot_stock_id  # noqa: F821
env["stock.quant"].with_context(inventory_mode=True).create(  # noqa: F821
    [
        {"product_id": p.id, "location_id": stock.id, "inventory_quantity": STOCK}
        for p in products
    ]
).action_apply_inventory()
env.cr.commit()  # noqa: F821
