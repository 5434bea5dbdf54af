"""Mappings whose product was deleted are listed as missing, and say why."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE erp_connector_binding b
           SET res_id = NULL,
               is_missing = TRUE,
               missing_code = 'deleted',
               why_missing = 'The product it was mapped to was deleted'
         WHERE b.kind = 'product'
           AND b.res_model = 'product.product'
           AND b.res_id IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM product_product p WHERE p.id = b.res_id)
        """
    )
