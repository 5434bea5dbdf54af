from . import (
    connector_payment_assign,
    connector_payment_deposit,
    connector_payment_link,
    connector_payment_pay,
    connector_payment_refund,
    connector_payment_release,
    connector_payment_settle_file,
    connector_payment_va_create,
)
