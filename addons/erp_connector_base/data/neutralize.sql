-- A copied database must reach nobody: no account is live, no secret or address is left.
UPDATE erp_connector_backend
   SET state = 'paused', state_reason = 'Neutralized copy of a database',
       base_url = NULL, auth_url = NULL, webhook_url = NULL, oauth_state = NULL,
       webhook_token = md5(random()::text || clock_timestamp()::text);
UPDATE erp_connector_credential SET encrypted_value = NULL;
DELETE FROM erp_connector_identity;
UPDATE ir_cron SET active = FALSE WHERE connector_lane IS NOT NULL;
UPDATE erp_connector_message SET payload = NULL;
DELETE FROM erp_connector_call;
