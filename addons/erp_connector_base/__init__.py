from . import controllers, models, wizards
from .tools import quiet_log

quiet_log.install()
