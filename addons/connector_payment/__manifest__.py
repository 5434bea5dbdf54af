{
    "name": "Payment Gateway Connector",
    "summary": "Virtual accounts and payouts by Xendit and Midtrans, booked by themselves",
    "version": "19.0.1.0.0",
    "category": "Connectors",
    "license": "LGPL-3",
    "author": "ERP Connector contributors",
    "website": "https://www.odoo.com",
    "depends": ["erp_connector_base", "account_payment", "portal", "sale"],
    "data": [
        "security/connector_payment_groups.xml",
        "security/ir.model.access.csv",
        "security/ir_rule.xml",
        "data/account_payment_method.xml",
        "data/connector_payment_bank.xml",
        "data/ir_cron.xml",
        "data/ir_sequence.xml",
    ],
}
