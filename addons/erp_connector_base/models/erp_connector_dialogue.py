from odoo import api, models

CHOSEN = ("many2one", "many2many")
#: Odoo's own: who made it.
MADE = ("create_uid", "write_uid")


class ErpConnectorDialogue(models.AbstractModel):
    """Dialogues work on records that who opened them may see, and on no others.

    A dialogue is a row of the user's own: whatever number he writes into it by RPC,
    related fields and buttons would go by.
    """

    _name = "erp.connector.dialogue"
    _description = "Works on What One May See"

    @api.model_create_multi
    def create(self, vals_list):
        dialogues = super().create(vals_list)
        dialogues._check_chosen()
        return dialogues

    def write(self, vals):
        result = super().write(vals)
        self._check_chosen(vals)
        return result

    def _check_chosen(self, names=None):
        if self.env.su:
            return
        for name, field in self._fields.items():
            chosen = field.store and field.type in CHOSEN and name not in MADE
            if chosen and (names is None or name in names):
                self[name].check_access("read")
