"""Marks of a gateway account that tell how far its money is known."""

from odoo import models
from odoo.exceptions import UserError

#: Set by the engine alone.
MARKS = ("next_ledger_at", "webhook_seen_at")
#: Where the money of this account stands.
PLACES = ("company_id", "environment", "journal_id", "provider")


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    def write(self, vals):
        if self.env.su or not {"ledger_cursor", *MARKS, *PLACES} & set(vals):
            return super().write(vals)
        before = {b: b._connector_marks() for b in self.filtered("is_gateway")}
        result = super().write(vals)
        for backend, known in before.items():
            backend._connector_check_marks(known)
        return result

    def _connector_marks(self):
        return {name: self[name] for name in ("ledger_cursor", *MARKS, *PLACES)}

    def _connector_check_marks(self, known):
        """The cursor goes back only; the place of money stays while there is money."""
        cursor = known["ledger_cursor"]
        ahead = self.ledger_cursor and cursor and self.ledger_cursor > cursor
        wrong = [name for name in MARKS if self[name] != known[name]]
        if ahead or (cursor and not self.ledger_cursor):
            wrong.append("ledger_cursor")
        moved = [name for name in PLACES if self[name] != known[name]]
        if moved and self._connector_has_money():
            wrong += moved
        if wrong:
            raise UserError(
                self.env._(
                    "%(account)s: %(fields)s cannot be changed like this. The time up "
                    "to which transactions are known can only be set back; an account "
                    "with money keeps gateway, environment, company and journal: link "
                    "another account beside it.",
                    account=self.name,
                    fields=", ".join(self._fields[name].string for name in wrong),
                )
            )

    def _connector_has_money(self):
        ours = [("backend_id", "=", self.id)]
        models_ = ("connector.payment.receipt", "connector.payment.payout")
        return any(self.env[m].sudo().search_count(ours, limit=1) for m in models_)
