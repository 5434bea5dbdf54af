from . import (
    erp_connector_backend,
    erp_connector_binding,
    erp_connector_blackout,
    erp_connector_call,
    erp_connector_credential,
    erp_connector_engine,
    erp_connector_message,
    erp_connector_oauth,
    erp_connector_rejection,
    erp_connector_watchdog,
    ir_cron,
    res_config_settings,
)
