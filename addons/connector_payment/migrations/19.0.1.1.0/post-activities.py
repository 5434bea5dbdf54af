"""Activities of before that are open are not raised once more: their summary is what
they are known by."""

MODELS = (
    "erp.connector.backend",
    "connector.payment.receipt",
    "connector.payment.refund",
    "connector.payment.settlement",
    "sale.order",
)
#: In the languages that there were.
SUMMARIES = (
    "Refund failed",
    "Pengembalian dana gagal",
    "Payments could not be booked",
    "Ada pembayaran yang tidak dapat dibukukan",
    "Unidentified receipts",
    "Penerimaan belum teridentifikasi",
    "Paid, but not confirmed",
    "Sudah dibayar, tetapi belum dikonfirmasi",
    "Settlement differs from the bank",
    "Setelmen berbeda dari bank",
    "Settlement is late",
    "Setelmen terlambat",
    "Payment: %",
    "Pembayaran: %",
)


def migrate(cr, version):
    cr.execute(
        """
        UPDATE mail_activity a
           SET connector_cause = a.summary
          FROM (SELECT min(id) AS id
                  FROM mail_activity
                 WHERE active AND connector_cause IS NULL
                   AND res_model = ANY(%(models)s)
                   AND summary LIKE ANY(%(summaries)s)
                 GROUP BY res_model, res_id, summary
               ) first
         WHERE a.id = first.id
           AND NOT EXISTS (SELECT 1 FROM mail_activity o
                            WHERE o.res_model = a.res_model AND o.res_id = a.res_id
                              AND o.active AND o.connector_cause = a.summary)
        """,
        {"models": list(MODELS), "summaries": list(SUMMARIES)},
    )
