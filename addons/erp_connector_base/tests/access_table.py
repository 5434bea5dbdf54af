"""Who may do what with the models and methods of the base. Read it as a table."""

from .access import DIALOGUE, ODOO, OPENS, USERS

READERS = dict.fromkeys(USERS, "r")
#: Accounts are also what invoices, payouts and orders are shown with.
MANAGERS = ("manager",)

MATRIX = {
    "erp.connector.backend": READERS | {"manager": "rwcd"},
    "erp.connector.binding": READERS | {"operator": "rwcd", "manager": "rwcd"},
    "erp.connector.blackout": READERS | {"manager": "rwcd"},
    "erp.connector.call": READERS,
    "erp.connector.circuit": READERS,
    "erp.connector.credential": {"manager": "rwc"},
    "erp.connector.identity": {"system": "r"},
    "erp.connector.message": READERS,
    "erp.connector.rejection": READERS,
    "erp.connector.stream": READERS,
    # dialogues
    "erp.connector.resolve": {"operator": "rwcd", "manager": "rwcd"},
}
METHODS = {
    "erp.connector.backend": {
        "action_connect": MANAGERS,
        "action_dismiss_notice": MANAGERS,
        "action_link_duplicate": MANAGERS,
        "action_open_bindings": OPENS,
        "action_open_calls": OPENS,
        "action_open_messages": OPENS,
        "action_pause": MANAGERS,
        "action_resume": MANAGERS,
        "action_test_connection": MANAGERS,
    },
    "erp.connector.binding": {"action_map": OPENS, "action_open_waiting": OPENS},
    "erp.connector.credential": {"action_reencrypt": ("system",)},
    "erp.connector.message": {"action_open_record": OPENS, "action_resolve": OPENS},
    "erp.connector.resolve": {"action_apply": DIALOGUE},
    "base.module.uninstall": {"action_uninstall": ODOO},
    "ir.module.module": {"button_uninstall": ODOO},
    "res.config.settings": {"action_erp_connector_reencrypt": ("system",)},
}
