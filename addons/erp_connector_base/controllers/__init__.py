from . import health, oauth, raw, webhook
