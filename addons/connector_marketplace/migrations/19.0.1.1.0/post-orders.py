"""Orders of before: their true difference, their addresses, and what was deleted."""


def migrate(cr, version):
    # SQL, not the ORM: there may be millions of orders
    cr.execute(
        """
        UPDATE sale_order
           SET connector_total_known = TRUE
         WHERE connector_order_ref IS NOT NULL AND connector_total <> 0
        """
    )
    cr.execute(
        """
        UPDATE sale_order o
           SET connector_difference = CASE
               WHEN o.connector_order_ref IS NOT NULL AND o.connector_total <> 0
               THEN round(o.amount_total::numeric - o.connector_total::numeric, 2)
               ELSE 0 END
         WHERE o.connector_difference IS DISTINCT FROM CASE
               WHEN o.connector_order_ref IS NOT NULL AND o.connector_total <> 0
               THEN round(o.amount_total::numeric - o.connector_total::numeric, 2)
               ELSE 0 END
        """
    )
    cr.execute(
        """
        UPDATE sale_order
           SET connector_contact_id = partner_shipping_id
         WHERE connector_order_ref IS NOT NULL AND connector_contact_id IS NULL
           AND partner_shipping_id <> partner_id
        """
    )
    cr.execute(
        """
        INSERT INTO erp_connector_binding (
               backend_id, company_id, kind, external_id, external_name, res_model,
               res_id, is_missing, waiting_count, create_date, write_date)
        SELECT DISTINCT ON (m.backend_id, m.business_key)
               m.backend_id, b.company_id, 'order', m.business_key, m.business_key,
               'sale.order', m.res_id, FALSE, 0, now() AT TIME ZONE 'UTC',
               now() AT TIME ZONE 'UTC'
          FROM erp_connector_message m
          JOIN erp_connector_backend b ON b.id = m.backend_id
         WHERE m.topic = 'order.status' AND m.res_model = 'sale.order'
           AND m.res_id <> 0 AND m.business_key <> ''
           AND NOT EXISTS (SELECT 1 FROM sale_order o
                            WHERE o.connector_backend_id = m.backend_id
                              AND o.connector_order_ref = m.business_key)
            ON CONFLICT DO NOTHING
        """
    )
