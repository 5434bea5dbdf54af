from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_reference_fields_generic(
        self, referenced_model, src_records, dst_record, additional_update_records=None
    ):
        """Mappings follow whatever is merged; Odoo knows of no pairs (model, id)."""
        result = super()._update_reference_fields_generic(
            referenced_model, src_records, dst_record, additional_update_records
        )
        self.env["erp.connector.binding"]._follow_merge(
            referenced_model, src_records, dst_record
        )
        return result
