"""Who may do what with the models and methods of payments. Read it as a table."""

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
    "readonly": "account.group_account_readonly",
    "invoicing": "account.group_account_invoice",
    "accountant": "account.group_account_user",
    "bookkeeper": "account.group_account_manager",
    "maker": "connector_payment.group_maker",
    "approver": "connector_payment.group_approver",
}
SELLERS = ("sales", "sales_all")
#: Who keeps the books, and so decides about money that came in.
BOOKS = ("invoicing", "accountant", "bookkeeper", "maker", "approver")
READERS = dict.fromkeys(("readonly", *BOOKS), "r")
EVERYBODY = dict.fromkeys((*SELLERS, "internal", "system", *USERS, *READERS), "r")
MANAGERS = ("manager",)
HANDS = ("maker", "approver")

#: model -> {who: what}; whoever is not named may do nothing.
MATRIX = {
    "connector.payment.bank": EVERYBODY | {"manager": "rwcd"},
    "connector.payment.channel": EVERYBODY | {"manager": "rwcd"},
    "connector.payment.fee": dict.fromkeys((*READERS, *USERS), "r")
    | {"manager": "rwcd"},
    "connector.payment.matching": READERS,
    "connector.payment.payout": READERS,
    "connector.payment.payout.batch": READERS,
    "connector.payment.receipt": READERS | dict.fromkeys(BOOKS, "rw"),
    "connector.payment.refund": READERS,
    "connector.payment.settlement": READERS,
    "connector.payment.transaction": READERS,
    "connector.payment.va": READERS
    | dict.fromkeys(("portal", *SELLERS), "r")
    | dict.fromkeys(BOOKS, "rw"),
    # dialogues
    "connector.payment.assign": dict.fromkeys(BOOKS, "rwcd"),
    "connector.payment.deposit": dict.fromkeys(SELLERS, "rwcd"),
    "connector.payment.link": {"manager": "rwcd"},
    "connector.payment.pay": {"maker": "rwcd"},
    "connector.payment.pay.line": {"maker": "rwcd"},
    "connector.payment.refund.wizard": dict.fromkeys(HANDS, "rwcd"),
    "connector.payment.release": {"approver": "rwc"},
    "connector.payment.settle.file": dict.fromkeys(BOOKS, "rwcd"),
    "connector.payment.settle.file.column": dict.fromkeys(BOOKS, "rwcd"),
    "connector.payment.va.create": dict.fromkeys(BOOKS, "rwcd"),
    # of the base, as far as money is concerned
    "erp.connector.backend": READERS
    | dict.fromkeys((*SELLERS, *USERS), "r")
    | {"manager": "rwcd"},
    "erp.connector.credential": {"manager": "rwc"},
    "erp.connector.message": dict.fromkeys(USERS, "r"),
    "erp.connector.call": dict.fromkeys(USERS, "r"),
}
MAKER = ("maker",)
APPROVER = ("approver",)
METHODS = {
    "account.bank.statement.line": {
        "action_connector_match": BOOKS,
        "action_undo_reconciliation": ODOO,
    },
    "account.move": {
        "action_connector_pay": MAKER,
        "action_connector_payouts": OPENS,
        "action_connector_refund": HANDS,
        "action_connector_va": BOOKS,
        "action_view_connector_va": OPENS,
        "button_cancel": BOOKS,
        "button_draft": BOOKS,
    },
    "account.move.line": {"action_connector_pay": MAKER},
    "account.payment": {
        "action_cancel": BOOKS,
        "action_connector_pay": MAKER,
        "action_connector_payouts": OPENS,
        "action_post": ODOO,
        "action_view_connector_receipt": OPENS,
    },
    "connector.payment.assign": {"action_assign": DIALOGUE},
    "connector.payment.deposit": {"action_create": DIALOGUE},
    "connector.payment.link": {
        "action_back": DIALOGUE,
        "action_connect": DIALOGUE,
        "action_make_account": DIALOGUE,
        "action_open_account": DIALOGUE,
        "action_round_trip": DIALOGUE,
    },
    "connector.payment.matching": {
        "action_open_bank": OPENS,
        "action_open_invoices": OPENS,
        "action_open_receipt": OPENS,
    },
    "connector.payment.pay": {"action_create": DIALOGUE, "action_submit": DIALOGUE},
    "connector.payment.payout": {
        "action_approve": APPROVER,
        "action_cancel": HANDS,
        "action_discard": HANDS,
        "action_give_up": APPROVER,
        "action_look": BOOKS,
        "action_open_messages": OPENS,
        "action_open_moves": OPENS,
        "action_open_payment": OPENS,
        "action_release": APPROVER,
        "action_reopen": MAKER,
        "action_submit": MAKER,
        "action_take_back": HANDS,
    },
    "connector.payment.payout.batch": {
        "action_approve": APPROVER,
        "action_balance": BOOKS,
        "action_discard": HANDS,
        "action_look": BOOKS,
        "action_open_payouts": OPENS,
        "action_release": APPROVER,
        "action_reopen": MAKER,
        "action_submit": MAKER,
        "action_take_back": HANDS,
    },
    "connector.payment.receipt": {
        "action_accept_suggestion": BOOKS,
        "action_assign": OPENS,
        "action_book_now": BOOKS,
        "action_dismiss": BOOKS,
        "action_pay_back": MAKER,
        "action_unassign": BOOKS,
        "action_view_invoices": OPENS,
        "action_view_messages": OPENS,
        "action_view_payment": OPENS,
    },
    "connector.payment.refund": {"action_open_messages": OPENS},
    "connector.payment.refund.wizard": {"action_refund": DIALOGUE},
    "connector.payment.release": {"action_release": DIALOGUE},
    "connector.payment.settle.file": {"action_import": DIALOGUE},
    "connector.payment.settlement": {
        "action_open_move": OPENS,
        "action_open_receipts": OPENS,
        "action_open_transactions": OPENS,
        "action_unmatch": BOOKS,
    },
    "connector.payment.transaction": {
        "action_accept": BOOKS,
        "action_open_record": OPENS,
        "action_take_receipt": BOOKS,
    },
    "connector.payment.va": {
        "action_close": BOOKS,
        "action_give_up": BOOKS,
        "action_look": BOOKS,
        "action_preview": OPENS,
        "action_retry": BOOKS,
        "action_simulate_payment": BOOKS,
        "action_view_messages": OPENS,
        "action_view_receipts": OPENS,
    },
    "connector.payment.va.create": {
        "action_create": DIALOGUE,
        "action_view_accounts": DIALOGUE,
    },
    "erp.connector.backend": {
        "action_connect": OPENS,  # the dialogue, which is for managers
        "action_link_gateway": OPENS,
        "action_link_webhook": OPENS,
        "action_look_at_ledger": (*MANAGERS, *BOOKS),
    },
    "res.config.settings": {
        "action_connector_link_gateway": OPENS,
        "action_connector_open_gateway": OPENS,
    },
    "res.partner": {
        "action_connector_fixed_va": BOOKS,
        "action_view_connector_va": OPENS,
    },
    "sale.order": {"action_draft": ODOO, "action_view_connector_va": OPENS},
}
