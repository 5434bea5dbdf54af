from odoo import api, models
from odoo.exceptions import AccessError


class ErpConnectorUnmailed(models.AbstractModel):
    """Records with a chatter that no incoming e-mail makes.

    Odoo makes records of e-mails with all rights, and takes an e-mail, with any values
    beside it, from every user by RPC (`mail.thread.message_process`).
    """

    _name = "erp.connector.unmailed"
    _description = "Made by No E-mail"

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        raise AccessError(
            self.env._("%(model)s: none is made by e-mail.", model=self._description)
        )
