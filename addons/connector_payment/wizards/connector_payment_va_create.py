"""Virtual accounts for many customers or invoices at once, with progress."""

from odoo import api, fields, models
from odoo.addons.connector_payment.models.connector_payment_guard import as_bookkeeper
from odoo.exceptions import UserError

MODES = [
    ("fixed", "A fixed one for each customer"),
    ("each", "One for each invoice"),
    ("together", "One for all these invoices (payment link)"),
]


class ConnectorPaymentVaCreate(models.TransientModel):
    _name = "connector.payment.va.create"
    _description = "Create Virtual Accounts"
    _inherit = "erp.connector.dialogue"

    mode = fields.Selection(MODES, "Make", required=True, default="fixed")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    backend_id = fields.Many2one(
        "erp.connector.backend",
        "Gateway Account",
        required=True,
        domain="[('id', 'in', backend_choice_ids)]",
    )
    backend_choice_ids = fields.Many2many(
        "erp.connector.backend", compute="_compute_backend_choice_ids"
    )
    bank_id = fields.Many2one(
        "connector.payment.bank",
        "Bank",
        domain="[('id', 'in', bank_choice_ids)]",
        help="Empty: the bank each customer prefers, else the company's.",
    )
    bank_choice_ids = fields.Many2many(
        related="backend_id.bank_ids", related_sudo=False
    )
    partner_ids = fields.Many2many("res.partner", string="Customers")
    move_ids = fields.Many2many("account.move", string="Invoices")
    currency_id = fields.Many2one(related="company_id.currency_id", related_sudo=False)
    amount = fields.Monetary("To Pay", compute="_compute_amount")
    va_ids = fields.Many2many("connector.payment.va", string="Virtual Accounts")
    skipped = fields.Text("Not Made", readonly=True)
    total = fields.Integer(compute="_compute_progress")
    done = fields.Integer(compute="_compute_progress")
    failed = fields.Integer(compute="_compute_progress")
    is_running = fields.Boolean(compute="_compute_progress")
    payment_link = fields.Char(compute="_compute_progress")

    @api.model
    def default_get(self, fields_list):
        """What was chosen in the list: customers, or invoices that are open."""
        values = super().default_get(fields_list)
        chosen = self.env.context.get("active_ids") or []
        model = self.env.context.get("active_model")
        if model == "res.partner":
            partners = self.env[model].browse(chosen).commercial_partner_id
            values |= {
                "mode": "fixed",
                "partner_ids": [fields.Command.set(partners.ids)],
            }
        if model == "account.move":
            values |= self._values_of_moves(self.env[model].browse(chosen))
        company = self.env["res.company"].browse(values.get("company_id"))
        gateway = (company or self.env.company)._connector_gateway(raise_if_none=False)
        values["backend_id"] = gateway.id
        return values

    @api.model
    def _values_of_moves(self, moves):
        moves = moves.filtered(
            lambda m: (
                m.move_type == "out_invoice"
                and m.state == "posted"
                and m.amount_residual > 0
            )
        )
        if len(moves.company_id) > 1:
            raise UserError(self.env._("Choose invoices of one company."))
        return {
            "mode": "each",
            "move_ids": [fields.Command.set(moves.ids)],
            "partner_ids": [fields.Command.set(moves.commercial_partner_id.ids)],
            "company_id": moves.company_id.id or self.env.company.id,
        }

    @api.depends("company_id")
    def _compute_backend_choice_ids(self):
        backends = self.env["erp.connector.backend"]
        for wizard in self:
            wizard.backend_choice_ids = backends.search(
                [
                    ("company_id", "=", wizard.company_id.id),
                    ("state", "=", "connected"),
                ]
            ).filtered("is_gateway")

    @api.depends("move_ids")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = sum(wizard.move_ids.mapped("amount_residual"))

    @api.depends("va_ids.state", "va_ids.number")
    def _compute_progress(self):
        for wizard in self:
            vas = wizard.va_ids
            wizard.total = len(vas)
            wizard.done = len(vas.filtered(lambda v: v.state != "requested"))
            wizard.failed = len(vas.filtered(lambda v: v.state == "failed"))
            wizard.is_running = wizard.done < wizard.total
            together = vas.filtered("number") if wizard.mode == "together" else vas[:0]
            wizard.payment_link = together[:1].payment_link

    # ---- make ------------------------------------------------------------------------

    def action_create(self):
        """Ask for them; the lane makes them at the gateway after this is committed."""
        self.ensure_one()
        self.backend_id.check_access("read")
        problems = []
        self.va_ids = getattr(self, f"_make_{self.mode}")(problems)
        self.skipped = "\n".join(problems)
        if not self.va_ids:
            raise UserError(self.skipped or self.env._("Nothing to make."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Create Virtual Accounts"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "large"},
        }

    def _make_fixed(self, problems):
        """Each customer's own; those that have one at the bank keep it."""
        accounts = made = as_bookkeeper(self.env["connector.payment.va"])
        elsewhere = self.env["erp.connector.backend"]._paid_elsewhere(self.partner_ids)
        problems += [partner._connector_elsewhere_text() for partner in elsewhere]
        for partner in self.partner_ids - elsewhere:
            try:
                with self.env.cr.savepoint():
                    made |= accounts._fixed_for(partner, self.backend_id, self.bank_id)
            except UserError as error:
                problems.append(f"{partner.display_name}: {error}")
        return made

    def _make_each(self, problems):
        kept = self.move_ids.connector_va_ids.filtered(
            lambda v: v.is_open and v.kind == "closed"
        )
        values = []
        elsewhere = self.env["erp.connector.backend"]._paid_elsewhere(self.move_ids)
        problems += [move._connector_elsewhere_text() for move in elsewhere]
        for move in self.move_ids - kept.move_ids - elsewhere:
            wish, problem = self._wish(move)
            if problem:
                problems.append(f"{move.display_name}: {problem}")
            else:
                values.append(wish)
        return as_bookkeeper(self.env["connector.payment.va"])._request(values) | kept

    def _make_together(self, _problems):
        self.move_ids._connector_check_paid_here()
        wish, problem = self._wish(self.move_ids)
        if problem:
            raise UserError(problem)
        return as_bookkeeper(self.env["connector.payment.va"])._request([wish])

    def _wish(self, moves):
        """(values, why not)"""
        accounts = self.env["connector.payment.va"]
        try:
            values = accounts._closed_values(None, moves, self.bank_id, self.backend_id)
        except UserError as error:
            return None, str(error)
        return values, accounts.new(values)._problem()

    def action_view_accounts(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Virtual Accounts"),
            "res_model": "connector.payment.va",
            "view_mode": "list,form",
            "domain": [("id", "in", self.va_ids.ids)],
        }
