from odoo import api, models
from odoo.addons.connector_payment.providers import schema
from odoo.addons.connector_payment.tools.topics import (
    BOOK,
    LEDGER,
    PAYOUT_APPROVE,
    PAYOUT_BOOK,
    PAYOUT_CANCEL,
    PAYOUT_SEND,
    PAYOUT_WATCH,
    REFUND_SEND,
    SETTLE,
    VA_CLOSE,
    VA_CREATE,
    VA_UPDATE,
    VA_WATCH,
)
from odoo.addons.erp_connector_base.client.topic import IRREVOCABLE, Topic
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

RECEIPT = "connector.payment.receipt"
VA = "connector.payment.va"
PAYOUT = "connector.payment.payout"
SETTLEMENT = "connector.payment.settlement"
TRANSACTION = "connector.payment.transaction"
REFUND = "connector.payment.refund"

#: Whoever books money into a gateway's journal stands in one line.
BOOKS = "connector_payment.books"

#: First wait longer than any request travels: see `Topic`.
SURE = (60, 120, 300, 900, 3600, 7200, 21600)

TOPICS = {
    topic.name: topic
    for topic in (
        Topic(
            name=schema.PAYMENT_EVENT,
            label=_lt("Payment received"),
            direction="in",
            lane="fast",
            model=RECEIPT,
            exchange="_exchange",
            handler="_handle",
            finish="_book",
            finish_lock=BOOKS,
            batch=200,
            service_level=60,
        ),
        Topic(
            name=BOOK,
            label=_lt("Book held receipts"),
            direction="in",
            lane="fast",
            model=RECEIPT,
            handler="_handle_held",
            finish="_book",
            finish_lock=BOOKS,
            batch=200,
        ),
        Topic(
            name=VA_WATCH,
            label=_lt("Ask about a virtual account"),
            direction="out",
            lane="bulk",
            model=VA,
            exchange="_exchange_watch",
            handler="_handle_watch",
            finish="_book_watched",
            finish_lock=BOOKS,
            batch=50,
        ),
        Topic(
            name=schema.VA_EVENT,
            label=_lt("Virtual account changed"),
            direction="in",
            lane="fast",
            model=VA,
            handler="_handle_event",
        ),
        Topic(
            name=VA_CREATE,
            label=_lt("Make a virtual account"),
            direction="out",
            lane="fast",
            model=VA,
            exchange="_exchange_create",
            handler="_handle_create",
            probe="_probe_create",
            safety=IRREVOCABLE,
            side_by_side=8,
            ladder=SURE,
        ),
        Topic(
            name=VA_UPDATE,
            label=_lt("Change a virtual account"),
            direction="out",
            lane="fast",
            model=VA,
            exchange="_exchange_update",
            handler="_handle_update",
            batch=50,
        ),
        Topic(
            name=VA_CLOSE,
            label=_lt("Close a virtual account"),
            direction="out",
            lane="fast",
            model=VA,
            exchange="_exchange_close",
            handler="_handle_close",
            batch=50,
        ),
        Topic(
            name=schema.PAYOUT_EVENT,
            label=_lt("Payout changed"),
            direction="in",
            lane="fast",
            model=PAYOUT,
            exchange="_exchange_event",
            handler="_handle_event",
            finish="_book",
            finish_lock=BOOKS,
        ),
        Topic(
            name=PAYOUT_SEND,
            label=_lt("Send a payout"),
            direction="out",
            lane="fast",
            model=PAYOUT,
            exchange="_exchange_send",
            handler="_handle_send",
            probe="_probe_send",
            safety=IRREVOCABLE,
            side_by_side=8,
            ladder=SURE,
        ),
        Topic(
            name=PAYOUT_APPROVE,
            label=_lt("Release a payout at the gateway"),
            direction="out",
            lane="fast",
            model=PAYOUT,
            exchange="_exchange_approve",
            handler="_handle_approve",
            batch=50,
        ),
        Topic(
            name=PAYOUT_CANCEL,
            label=_lt("Cancel a payout at the gateway"),
            direction="out",
            lane="fast",
            model=PAYOUT,
            exchange="_exchange_cancel",
            handler="_handle_cancel",
            finish="_book",
            finish_lock=BOOKS,
            batch=50,
        ),
        Topic(
            name=PAYOUT_BOOK,
            label=_lt("Book the end of a payout"),
            direction="in",
            lane="fast",
            model=PAYOUT,
            handler="_handle_book",
            finish="_book",
            finish_lock=BOOKS,
        ),
        Topic(
            name=PAYOUT_WATCH,
            label=_lt("Ask about a payout"),
            direction="out",
            lane="bulk",
            model=PAYOUT,
            exchange="_exchange_watch",
            handler="_handle_watch",
            finish="_book",
            finish_lock=BOOKS,
            batch=50,
        ),
        Topic(
            name=REFUND_SEND,
            label=_lt("Give a payment back"),
            direction="out",
            lane="fast",
            model=REFUND,
            exchange="_exchange_send",
            handler="_handle_send",
            probe="_probe_send",
            safety=IRREVOCABLE,
            side_by_side=8,
            ladder=SURE,
        ),
        Topic(
            name=schema.REFUND_EVENT,
            label=_lt("Refund changed"),
            direction="in",
            lane="fast",
            model=REFUND,
            exchange="_exchange_event",
            handler="_handle_event",
            finish="_book",
            finish_lock=BOOKS,
        ),
        Topic(
            name=LEDGER,
            label=_lt("Read the gateway's transactions"),
            direction="in",
            lane="bulk",
            model=TRANSACTION,
            exchange="_exchange",
            handler="_handle",
            finish="_book",
            finish_lock=BOOKS,
            batch=1,
            service_level=600,
        ),
        Topic(
            name=SETTLE,
            label=_lt("Settle, and match with the bank"),
            direction="in",
            lane="bulk",
            model=SETTLEMENT,
            handler="_handle",
            finish="_finish",
            finish_lock=BOOKS,
            batch=1,
            service_level=600,
        ),
        Topic(
            name=schema.PING_EVENT,
            label=_lt("Round trip of a webhook"),
            direction="in",
            lane="fast",
            model="erp.connector.backend",
            handler="_handle_ping",
        ),
        Topic(
            name=schema.OTHER_EVENT,
            label=_lt("Other gateway event"),
            direction="in",
            lane="bulk",
            model="erp.connector.message",
            handler="_handle_other",
            batch=500,
        ),
    )
}


class ErpConnectorMessage(models.Model):
    _inherit = "erp.connector.message"

    @api.model
    def _topics(self):
        return {**super()._topics(), **TOPICS}
