from . import models, wizards
from .models.erp_connector_backend_uninstall import ADD_ON, EXTENDED


def uninstall_hook(env):
    """Accounts, messages and activities of what goes disturb nobody afterwards."""
    env["erp.connector.backend"]._leave(ADD_ON, EXTENDED)
