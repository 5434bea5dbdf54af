-- A copied database must neither look for money nor send any.
UPDATE erp_connector_backend SET payout_url = NULL, ledger_cursor = NULL,
       next_ledger_at = NULL;
UPDATE connector_payment_va SET watch_at = NULL;
UPDATE connector_payment_payout SET watch_at = NULL;
UPDATE connector_payment_refund SET watch_at = NULL;
-- Links that customers have of the original open nothing in the copy.
UPDATE connector_payment_va SET access_token = NULL;
UPDATE connector_payment_release SET encrypted_password = NULL;
-- What was about to leave is the original's to send.
UPDATE erp_connector_message
   SET state = 'ignored', note = 'Neutralized copy of a database'
 WHERE direction = 'out' AND topic LIKE 'payment.%'
   AND state IN ('pending', 'processing', 'retry', 'uncertain');
