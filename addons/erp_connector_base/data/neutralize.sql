-- A copied database must reach nobody: no account is live, no secret or address is left.
UPDATE erp_connector_backend
   SET state = 'paused', state_reason = 'Neutralized copy of a database',
       base_url = NULL, auth_url = NULL, webhook_url = NULL, oauth_state = NULL,
       oauth_user_id = NULL, oauth_until = NULL, authorised_until = NULL,
       webhook_token = md5(random()::text || clock_timestamp()::text);
UPDATE erp_connector_credential SET encrypted_value = NULL;
DELETE FROM erp_connector_identity;
DELETE FROM erp_connector_circuit;
-- Who looks for news must not find the original's.
UPDATE ir_cron SET active = FALSE
 WHERE connector_lane IS NOT NULL
    OR id IN (SELECT res_id FROM ir_model_data
               WHERE model = 'ir.cron' AND module IN
                     ('erp_connector_base', 'connector_marketplace',
                      'connector_payment'));
UPDATE erp_connector_message SET payload = NULL;
DELETE FROM erp_connector_call;
DELETE FROM erp_connector_stream;
DELETE FROM erp_connector_rejection;
UPDATE res_company SET erp_connector_variables = NULL;
-- What was about to leave is the original's to send.
UPDATE erp_connector_message
   SET state = 'ignored', note = 'Neutralized copy of a database'
 WHERE state IN ('pending', 'processing', 'retry', 'uncertain', 'waiting');
