"""Bank accounts that are paid out to: where they are, and what the gateway says."""

from odoo import api, fields, models
from odoo.exceptions import AccessError

from .connector_payment_payout import OPEN

CHECKS = [
    ("valid", "Valid"),
    ("differs", "Another holder's name"),
    ("invalid", "Refused"),
    ("unknown", "Cannot be told"),
]
#: Where the money goes.
ADDRESS = {"acc_number", "acc_holder_name", "bank_id", "partner_id"}
#: What the gateway said of it.
CHECKED = ("connector_check", "connector_checked_at")
#: What a payout was submitted with.
WATCHED = {*ADDRESS, "active", "allow_out_payment"}


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _connector_is_company(self):
        """Whether it stands for a company of ours: its contacts are colleagues."""
        companies = self.env["res.company"].sudo()
        return bool(companies.search_count([("partner_id", "in", self.ids)], limit=1))


class ResPartnerBank(models.Model):
    _inherit = "res.partner.bank"

    connector_check = fields.Selection(
        CHECKS,
        "Gateway's Check",
        compute="_compute_connector_check",
        store=True,
        help="What the payment gateway says of this account number.",
    )
    connector_checked_at = fields.Datetime(
        "Checked", compute="_compute_connector_check", store=True
    )

    connector_bank_id = fields.Many2one(
        "connector.payment.bank",
        "Bank of Gateways",
        compute="_compute_connector_bank_id",
        compute_sudo=True,
    )

    @api.depends("acc_number", "bank_id", "acc_holder_name")
    def _compute_connector_check(self):
        """Another number has not been looked at."""
        self.connector_check = False
        self.connector_checked_at = False

    # ---- as the gateway needs it -----------------------------------------------------

    def _connector_number(self):
        return "".join(c for c in self.acc_number or "" if c.isalnum())

    def _connector_holder(self):
        return (self.acc_holder_name or self.partner_id.name or "").strip()

    @api.depends("bank_id.bic", "bank_id.name")
    def _compute_connector_bank_id(self):
        """By the bank in Odoo, else by its BIC, else by its name."""
        table = self.env["connector.payment.bank"].sudo().search([])
        keys = {}
        for ours in table:
            bank = ours.bank_id
            for key in (
                ours.name,
                ours.code,
                bank.name,
                bank.bic and bank.bic[:8],
                bank,
            ):
                if key:
                    keys.setdefault(_key(key), ours)
        for account in self:
            bank = account.bank_id
            wanted = (bank, bank.bic and bank.bic[:8], bank.name)
            found = (keys.get(_key(key)) for key in wanted if key)
            account.connector_bank_id = next(filter(None, found), False)

    def _connector_channel(self, backend):
        bank = self.connector_bank_id.sudo()
        return bank._channel(backend.sudo().provider) if bank else bank.channel_ids

    def _connector_problem(self, backend, partner):
        """Why nothing can be paid to it, in words without bank data; else ""."""
        values = {
            "partner": partner.display_name or "?",
            "gateway": backend.sudo().name,
        }
        texts = (
            (not self, self.env._("%(partner)s: choose a bank account.", **values)),
            (
                self and not self._connector_belongs_to(partner),
                self.env._(
                    "%(partner)s: the bank account belongs to somebody else.", **values
                ),
            ),
            (
                self and not self.active,
                self.env._("%(partner)s: the bank account is archived.", **values),
            ),
            (
                not self.allow_out_payment,
                self.env._(
                    "%(partner)s: the bank account is not trusted. Somebody who may "
                    "has to switch on Send Money on it.",
                    **values,
                ),
            ),
            (
                not self._connector_number() or not self._connector_holder(),
                self.env._("%(partner)s: the bank account is incomplete.", **values),
            ),
            (
                not self.bank_id,
                self.env._("%(partner)s: the bank account names no bank.", **values),
            ),
            (
                self.bank_id and not self._connector_channel(backend).payout_code,
                self.env._(
                    "%(partner)s: %(gateway)s pays nothing out to this bank, or it is "
                    "missing in the table of banks.",
                    **values,
                ),
            ),
            (
                self.connector_check == "invalid",
                self.env._(
                    "%(partner)s: the gateway refuses the bank account. Ask for the "
                    "right number.",
                    **values,
                ),
            ),
        )
        return next((text for wrong, text in texts if wrong), "")

    def _connector_belongs_to(self, partner):
        """To the payee, or to the business it is a part of; never to a colleague."""
        owner = self.sudo().partner_id
        if owner == partner:
            return True
        business = owner.commercial_partner_id
        if business != partner.commercial_partner_id:
            return False
        return not business._connector_is_company()

    # ---- asked at the gateway --------------------------------------------------------

    def _connector_take_check(self, check):
        """Keep what the gateway said; the name it knows is compared, never kept."""
        result = {True: "valid", False: "invalid"}.get(check.valid, "unknown")
        known = _letters(check.holder)
        if result == "valid" and known and known != _letters(self._connector_holder()):
            result = "differs"
        self.sudo().write(
            {"connector_check": result, "connector_checked_at": fields.Datetime.now()}
        )

    # ---- changed after it was submitted ----------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        wanted = {name for vals in vals_list for name in vals}
        wanted |= {key.removeprefix("default_") for key in self.env.context}
        self._connector_check_told(wanted)
        return super().create(vals_list)

    def write(self, vals):
        self._connector_check_told(vals)
        touched = WATCHED & set(vals)
        before = {account: account._connector_facts() for account in self if touched}
        result = super().write(vals)
        changed = self.filtered(
            lambda a: a in before and before[a] != a._connector_facts()
        )
        changed._connector_take_back(touched & ADDRESS)
        return result

    def _connector_check_told(self, names):
        """What the gateway said of an account helps who approves its payouts."""
        touched = [self._fields[name].string for name in CHECKED if name in names]
        if touched and not self.env.su:
            raise AccessError(
                self.env._(
                    "%(partner)s: %(fields)s cannot be written by hand. The gateway is "
                    "asked when a payout to the bank account is submitted.",
                    partner=self[:1].partner_id.display_name or self._description,
                    fields=", ".join(touched),
                )
            )

    def _connector_facts(self):
        account = self.sudo()
        return tuple(account[name] for name in sorted(WATCHED))

    def _connector_take_back(self, moved):
        """Payouts to it that nobody has released are their maker's again.

        Whoever `moved` the money's way has a hand in it, and approves none of them.
        """
        if not self:
            return
        payouts = self.env["connector.payment.payout"].sudo()
        waiting = payouts.search(
            [("payment_id.partner_bank_id", "in", self.ids), ("state", "in", OPEN)]
        )
        if moved:
            waiting.write({"editor_id": self.env.uid})
        waiting._take_back(self.env._("The bank account was changed."))


def _letters(name):
    return "".join(c for c in (name or "").upper() if c.isalnum())


def _key(value):
    return value.strip().casefold() if isinstance(value, str) else value
