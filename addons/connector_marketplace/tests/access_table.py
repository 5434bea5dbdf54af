"""Who may do what with the models and methods of marketplaces. Read it as a table."""

from odoo.addons.erp_connector_base.tests.access import (
    BASE_ROLES,
    DIALOGUE,
    ODOO,
    OPENS,
    USERS,
)

ROLES = {
    **BASE_ROLES,
    "sales": "sales_team.group_sale_salesman",
    "sales_all": "sales_team.group_sale_salesman_all_leads",
    "stock": "stock.group_stock_user",
    "invoicing": "account.group_account_invoice",
}
READERS = dict.fromkeys(USERS, "r")
OPERATORS = dict.fromkeys(("operator", "manager"), "rwcd")
MANAGERS = ("manager",)

MATRIX = {
    "connector.marketplace.charge": READERS | {"manager": "rwcd"},
    # dialogues
    "connector.marketplace.map": OPERATORS,
    "connector.marketplace.map.line": OPERATORS,
}
METHODS = {
    "account.move": {"button_cancel": ODOO, "button_draft": ODOO},
    "connector.marketplace.map": {"action_apply": DIALOGUE},
    "erp.connector.backend": {
        "action_connect": MANAGERS,
        "action_link": MANAGERS,
        "action_poll_orders": MANAGERS,
    },
    "erp.connector.binding": {"action_map_products": OPENS},
    "erp.connector.message": {"action_map_products": OPENS},
    "product.product": {"action_connector_listings": OPENS},
    "product.template": {"action_connector_listings": OPENS},
    "sale.order": {
        "action_draft": ODOO,
        "action_connector_bindings": OPENS,
        "action_connector_messages": OPENS,
        "action_connector_platform": OPENS,
        "action_connector_release": ("sales", "sales_all"),
    },
    "stock.picking": {"action_confirm": ODOO, "button_validate": ODOO},
}
