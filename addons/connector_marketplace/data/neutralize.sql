-- Orders of a copied database must not be looked for again, nor shown on the platform.
UPDATE erp_connector_backend SET order_url = NULL, poll_cursor = NULL,
       next_poll_at = NULL;
