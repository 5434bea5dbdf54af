from . import controllers, models, wizards
from .tools import quiet_log

quiet_log.install()


def uninstall_hook(env):
    """Activities that any add-on raised go with what raised them."""
    activities = env["mail.activity"].with_context(active_test=False)
    activities.search([("connector_cause", "!=", False)]).unlink()
