from . import erp_connector_resolve
