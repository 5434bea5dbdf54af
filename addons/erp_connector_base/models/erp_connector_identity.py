"""One account outside is one account here: who is who, and who shares it.

A shop is known by its number, a gateway's business by its keys too: of these a keyed
fingerprint is kept. Each of these marks is in the database once, by a unique index.
"""

from psycopg2 import errors as pg

from odoo import api, fields, models
from odoo.addons.erp_connector_base.tools import crypto

#: Cause of the activity on accounts that were one account outside before this was kept.
DUPLICATE = "account.duplicate"


class ErpConnectorIdentity(models.Model):
    _name = "erp.connector.identity"
    _description = "Mark of a Connector Account"
    _rec_name = "kind"

    backend_id = fields.Many2one(
        "erp.connector.backend",
        "Account",
        required=True,
        index=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="backend_id.company_id", store=True)
    kind = fields.Char(readonly=True, help="What it is a mark of, such as secret_key.")
    value = fields.Char(
        required=True,
        readonly=True,
        help="The platform's own number, or a keyed fingerprint of a key.",
    )

    _value_uniq = models.UniqueIndex(
        "(value)", "This account of the platform is connected already."
    )


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    identity_ids = fields.One2many(
        "erp.connector.identity",
        "backend_id",
        readonly=True,
        copy=False,
        groups="base.group_system",
    )
    shared_account_id = fields.Many2one(
        "erp.connector.backend",
        "Main Account",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The same account at the platform, connected by another company first. It "
        "reads the platform's lists for both; what bears a reference of this company "
        "comes here.",
    )
    sharing_account_ids = fields.One2many(
        "erp.connector.backend", "shared_account_id", "Shared With", readonly=True
    )
    duplicate_of_id = fields.Many2one(
        "erp.connector.backend",
        "Connected Already As",
        readonly=True,
        copy=False,
        ondelete="set null",
    )

    main_account_name = fields.Char(compute="_compute_other_names")
    duplicate_name = fields.Char(compute="_compute_other_names")

    @api.depends("shared_account_id", "duplicate_of_id")
    def _compute_other_names(self):
        """Of other companies' accounts no more than the name is shown."""
        for backend in self.sudo():
            main, other = backend.shared_account_id, backend.duplicate_of_id
            backend.main_account_name = backend._full_name(main)
            backend.duplicate_name = backend._full_name(other)

    def _full_name(self, other):
        if not other or other.company_id == self.company_id:
            return other.name
        return f"{other.name} ({other.company_id.name})"

    # ---- who it is -------------------------------------------------------------------

    def _world(self):
        """Where its numbers mean something; a simulator knows of no other one."""
        self.ensure_one()
        if self.environment == "simulator":
            address = (self.base_url or "").strip().rstrip("/").lower()
            return f"{self.provider}|simulator|{address}"
        return f"{self.provider}|{self.environment}"

    def _marks(self):
        """{the mark to keep: (kind, all marks that mean the same)} of this account."""
        self.ensure_one()
        backend, world = self.sudo(), self._world()
        provider = self._providers().get(self.provider)
        ref = self.account_ref
        found = self._marks_of_number(ref) if ref else {}
        specs = provider.credentials if provider else ()
        telling = {c.code for c in specs if c.identifies}
        for credential in backend.credential_ids.filtered(lambda c: c.code in telling):
            value = credential._readable()
            if value:
                marks = crypto.fingerprints(f"{world}|key|{value}")
                found[marks[0]] = (credential.code, marks)
        return found

    def _unread_kinds(self):
        """Kinds of marks that cannot be looked up now: the key of a value is lost.

        The account keeps the ones it has; it can be archived, and entered anew.
        """
        self.ensure_one()
        rows = self.sudo().credential_ids
        return {c.code for c in rows if c._readable() is None}

    def _marks_of_number(self, number):
        mark = f"{self._world()}|account|{number}"
        return {mark: ("account", [mark])}

    def _family(self):
        """These accounts, and those of other companies that are the same one outside;
        the main ones first."""
        everyone = self.sudo().with_context(active_test=False)
        mains = everyone.mapped(lambda b: b.shared_account_id or b)
        return mains | mains.sharing_account_ids

    def _main_account(self):
        self.ensure_one()
        return self.sudo().shared_account_id or self

    def _same_outside(self, marks):
        """The account that is known by one of `marks`, beside our family."""
        self.ensure_one()
        identities = self.env["erp.connector.identity"].sudo()
        found = identities.search(
            [
                ("value", "in", [m for _kind, same in marks.values() for m in same]),
                ("backend_id", "not in", self._family().ids),
            ],
            order="backend_id",
            limit=1,
        )
        return found.backend_id

    # ---- claiming it -----------------------------------------------------------------

    def _claim_identity(self):
        """Be known by our marks from now on; refused where somebody else is already.

        An account of another company may be shared, if the platform's events tell the
        companies apart, and nothing was booked for this one on its own.
        """
        for backend in self:
            marks = backend._marks()
            other = backend._same_outside(marks)
            if other:
                backend._meet(other)
            backend._keep_marks(marks)

    def _meet(self, other):
        main = other._main_account()
        if not self._may_share(main):
            ours = main._family().filtered(lambda b: b.company_id == self.company_id)
            self._refuse_duplicate(ours[:1] or other)
        if main.active:
            self.sudo().shared_account_id = main
        else:  # an archived account reads nothing for anybody
            main._family().write({"shared_account_id": self.id})
            main.shared_account_id = self
            self.sudo().shared_account_id = False

    def _may_share(self, main):
        companies = main._family().company_id
        apart = self._provider().shareable and self.company_id not in companies
        alone = len(self._family()) == 1
        return apart and alone and not self._connector_is_used()

    def _connector_is_used(self):
        """Whether records of this account are in Odoo; add-ons know theirs."""
        return False

    def _keep_marks(self, marks):
        """Write down what it is known by; the family keeps each mark once."""
        identities = self.env["erp.connector.identity"].sudo()
        unread = self._unread_kinds()
        family = identities.search([("backend_id", "in", self._family().ids)])
        family.filtered(
            lambda i: (
                i.backend_id == self and i.value not in marks and i.kind not in unread
            )
        ).unlink()
        kept = set(family.exists().mapped("value"))
        new = [
            {"backend_id": self.id, "kind": kind, "value": mark}
            for mark, (kind, same) in marks.items()
            if not kept & set(same)
        ]
        try:
            with self.env.cr.savepoint():
                identities.create(new)
        except pg.UniqueViolation:
            self._refuse_late(marks)
        if self.sudo().duplicate_of_id:
            self.sudo().duplicate_of_id = False
        self._settle_notice(DUPLICATE)

    @api.model
    def _refresh_identities(self):
        """Fingerprints under the first key again, after the keys were changed."""
        everyone = self.sudo().with_context(active_test=False)
        for backend in everyone.search([("identity_ids", "!=", False)]):
            backend._keep_marks(backend._marks())
