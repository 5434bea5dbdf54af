"""Records that say what the gateway and the books say: no person writes them.

Whoever may read them could as well call write or create by RPC: book money twice, or
hide it. So only code of ours writes them, which runs with all rights once it has looked
at who asks. Rights are no word in a context, which anybody can send.
"""

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools.misc import clean_context

#: What of a caller's context our own code goes by.
BOOKKEEPER = "account.group_account_invoice"
KEPT = ("allowed_company_ids", "lang", "tz")


class ConnectorPaymentGuard(models.AbstractModel):
    _name = "connector.payment.guard"
    _description = "Written by Its Own Methods Only"
    _inherit = "erp.connector.unmailed"

    @api.model_create_multi
    def create(self, vals_list):
        """No default of a caller's context slips into what our own code makes."""
        if not self.env.su:
            self.check_access("create")
            raise AccessError(
                self.env._(
                    "%(model)s: none is made by hand. Press the button on the invoice, "
                    "customer, order or bill it is for.",
                    model=self._description,
                )
            )
        clean = self.with_context(clean_context(self.env.context))
        return super(ConnectorPaymentGuard, clean).create(vals_list)

    def write(self, vals):
        if vals and self and not self.env.su:
            self.check_access("write")
            names = [self._fields[n].string for n in vals if n in self._fields]
            raise AccessError(
                self.env._(
                    "%(record)s: %(fields)s cannot be written by hand, as the gateway "
                    "or the books say it. Use the buttons on the record.",
                    record=self[:1].display_name,
                    fields=", ".join(names),
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_by_ours(self):
        if not self.env.su:
            raise AccessError(
                self.env._(
                    "%(record)s is kept: it is a trace. Use the buttons on the record.",
                    record=self[:1].display_name,
                )
            )

    def _as_ours(self):
        """These with all rights, without what a caller wrote into the context."""
        context = self.env.context
        kept = {key: context[key] for key in KEPT if key in context}
        return self.sudo().with_context(kept)


def as_bookkeeper(records):
    """The records as our own code sees them, for who keeps the books, nobody else."""
    records.check_access("read")
    env = records.env
    if not env.su and not env.user.has_group(BOOKKEEPER):
        raise AccessError(env._("This is for people who keep the books."))
    return records._as_ours()
