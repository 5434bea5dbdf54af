from odoo import api, fields, models
from odoo.exceptions import UserError

from .connector_payment_guard import as_bookkeeper


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    connector_settlement_ids = fields.One2many(
        "connector.payment.settlement", "statement_line_id", "Gateway Settlements"
    )

    @api.model_create_multi
    def create(self, vals_list):
        """New lines of a bank that a gateway pays into are matched soon, not here."""
        lines = super().create(vals_list)
        settlements = self.env["connector.payment.settlement"].sudo()
        backends = self.env["erp.connector.backend"].sudo()
        for backend in backends.search(
            [
                ("bank_journal_id", "in", lines.journal_id.ids),
                ("state", "=", "connected"),
            ]
        ):
            settlements._ask(backend)
        return lines

    def action_undo_reconciliation(self):
        settlements = self.sudo().connector_settlement_ids
        result = super().action_undo_reconciliation()
        settlements._unmatch()
        return result

    def action_connector_match(self):
        """This line is the settlement that the user looks at."""
        self.ensure_one()
        self.check_access("read")
        settlement_id = self.env.context.get("connector_settlement_id")
        settlement = self.env["connector.payment.settlement"].browse(settlement_id)
        settlement = as_bookkeeper(settlement)
        if settlement.state not in ("open", "difference") or self.is_reconciled:
            raise UserError(self.env._("One of the two is matched already."))
        if self.journal_id != settlement.backend_id.bank_journal_id:
            raise UserError(
                self.env._(
                    "%(line)s is not of the bank that %(gateway)s pays into. Choose a "
                    "line of that bank.",
                    line=self.display_name,
                    gateway=settlement.backend_id.name,
                )
            )
        settlement._match(self.with_env(settlement.env))
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _connector_settle(self, items, rest_account, rest):
        """Put transfers in place of the suspense item, and reconcile them with `items`.

        `rest` is what the bank has more than they are.
        """
        self.ensure_one()
        _liquidity, suspense, others = self._seek_for_lines()
        wishes = [self._connector_item(i.account_id, -i.balance, i.name) for i in items]
        if not self.currency_id.is_zero(rest):
            label = self.env._("Difference")
            wishes.append(self._connector_item(rest_account, -rest, label))
        before = self.line_ids
        commands = [fields.Command.delete(line.id) for line in suspense + others]
        commands += [fields.Command.create(wish) for wish in wishes]
        self.with_context(force_delete=True, skip_readonly_check=True).write(
            {"line_ids": commands}
        )
        made = (self.line_ids - before).sorted("id")
        groups = [item + line for item, line in zip(items, made, strict=False)]
        self.env["account.move.line"]._reconcile_plan(groups)

    def _connector_item(self, account, balance, label):
        currency = self.company_id.currency_id
        return {
            "name": label or self.payment_ref,
            "account_id": account.id,
            "partner_id": self.partner_id.id,
            "currency_id": currency.id,
            "amount_currency": balance,
            "balance": balance,
        }
