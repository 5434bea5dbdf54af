-- A copied database must neither look for money nor send any.
UPDATE erp_connector_backend SET payout_url = NULL, ledger_cursor = NULL;
UPDATE connector_payment_va SET watch_at = NULL;
