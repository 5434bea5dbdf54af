"""Who can do what an account asks for."""

from odoo import models


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    def _person_with(self, group):
        """Somebody of this XML id's group: the person in charge, else another one."""
        self.ensure_one()
        person = self._person_in_charge()
        if person.has_group(group):
            return person
        members = self.env.ref(group).sudo().all_user_ids
        able = members.filtered(
            lambda u: u.active and not u.share and self.company_id in u.company_ids
        )
        return able[:1] or person

    def _person_in_charge(self):
        """The responsible user; who else can act, when that one has left."""
        self.ensure_one()
        user = self.sudo().user_id
        if user.active and self.company_id in user.company_ids:
            return user
        managers = self.env.ref("erp_connector_base.group_manager").sudo()
        able = managers.all_user_ids.filtered(
            lambda u: u.active and not u.share and self.company_id in u.company_ids
        )
        return able[:1] or self.env.ref("base.user_admin")
