{
    "name": "Connectors: bare route to compare with",
    "version": "19.0.1.0.0",
    "summary": "For benchmarks; never installed where people work",
    "author": "ERP Connectors",
    "license": "LGPL-3",
    "category": "Hidden",
    "depends": ["erp_connector_base"],
}
