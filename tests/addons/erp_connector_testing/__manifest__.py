{
    "name": "ERP Connector Testing",
    "summary": "A made-up provider and topics for tests of the engine",
    "version": "19.0.1.0.0",
    "category": "Hidden/Tests",
    "license": "LGPL-3",
    "author": "ERP Connector contributors",
    "website": "https://www.odoo.com",
    "depends": ["erp_connector_base"],
    "installable": True,
}
