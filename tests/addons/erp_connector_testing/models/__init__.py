from . import erp_connector_backend, erp_connector_message, erp_connector_testing
