"""What receipts and payouts know of their settlement."""

from odoo import api, fields, models


class ConnectorPaymentReceipt(models.Model):
    _inherit = "connector.payment.receipt"

    transaction_id = fields.Many2one(
        "connector.payment.transaction",
        "Gateway Transaction",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    settlement_id = fields.Many2one(
        "connector.payment.settlement",
        "Settlement",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The gateway handed this money over: into its balance, or to the bank.",
    )
    withdrawal_id = fields.Many2one(
        "connector.payment.settlement",
        "Left the Gateway With",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Money in the gateway's balance has no names: what came first leaves "
        "first.",
    )

    _reversal_idx = models.Index(
        "(backend_id) WHERE reversal_wanted AND state != 'reversed'"
    )

    @api.model
    def _book_told(self, backend):
        """Book what the ledger brought to light, and take back what it took back."""
        told = self.search(
            [
                ("backend_id", "=", backend.id),
                "|",
                ("state", "=", "new"),
                "&",
                ("reversal_wanted", "=", True),
                ("state", "!=", "reversed"),
            ]
        )
        told._book_receipts()

    @api.model
    def _cron_book_held(self):
        """Money that was taken back while nothing could be posted, too."""
        backends = self.env["erp.connector.backend"].search(
            [("state", "=", "connected")]
        )
        backends.filtered("is_gateway")._each(self._enqueue_reversals)
        return super()._cron_book_held()

    @api.model
    def _enqueue_reversals(self, backend):
        if not backend._hold_today()[0]:
            self.search(
                [
                    ("backend_id", "=", backend.id),
                    ("reversal_wanted", "=", True),
                    ("state", "!=", "reversed"),
                ]
            )._enqueue_book()

    def _book_receipts(self):
        """What the ledger knew before the receipt was here counts as well."""
        fresh = self.filtered(
            lambda r: r.state in ("new", "held") and not r.transaction_id
        )
        for backend, receipts in fresh.grouped("backend_id").items():
            if backend._features().ledger:
                rows = self.env["connector.payment.transaction"].search(
                    [
                        ("backend_id", "=", backend.id),
                        ("product_ref", "in", receipts.mapped("external_id")),
                    ]
                )
                rows._link()
                rows._judge()
        return super()._book_receipts()


class ConnectorPaymentPayout(models.Model):
    _inherit = "connector.payment.payout"

    settlement_id = fields.Many2one(
        "connector.payment.settlement",
        "Settlement",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
