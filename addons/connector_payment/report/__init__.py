from . import connector_payment_matching
