"""Indexes that others take the place of go first: each costs every write."""

GONE = (
    "erp_connector_message__backend_id_index",
    "erp_connector_message__company_id_index",
    "erp_connector_call__backend_id_index",
)


def migrate(cr, version):
    for name in GONE:
        cr.execute(f'DROP INDEX IF EXISTS "{name}"')
