"""Accounts that are one account outside: what is refused, and guarded afterwards."""

import logging

from odoo import api, models
from odoo.addons.erp_connector_base.tools.taken import AccountTakenError
from odoo.exceptions import UserError

from .erp_connector_identity import DUPLICATE

_logger = logging.getLogger(__name__)

#: What these say of an account that is not linked.
_NOBODY = (False, None, "", "draft")
#: What changes who an account is.
IDENTITY_FIELDS = {"active", "provider", "environment", "base_url", "account_ref"}
#: Written by linking, and by the account's buttons, alone.
LINKED_FIELDS = {"account_ref", "shared_account_id", "duplicate_of_id", "state"}


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    # ---- refused ---------------------------------------------------------------------

    def _refuse_late(self, marks):
        """Somebody connected it while we did: our snapshot does not show who."""
        with self._own_transaction() as env:
            other = env[self._name].browse(self.id)._same_outside(marks)
            name = other.name
        raise UserError(
            self.env._(
                "%(name)s: this account of %(platform)s was connected at this very "
                "moment, as %(other)s. Open that one instead.",
                name=self.name,
                platform=self._provider().name,
                other=name or "?",
            )
        )

    def _refuse_duplicate(self, other):
        text = self._duplicate_text(other)
        if not (self.env.su or other.company_id in self.env.user.company_ids):
            raise UserError(text)  # a button would lead where he may not go
        raise AccountTakenError(
            text, other.id, other._form_action(), self.env._("Open %s", other.name)
        )

    def _duplicate_text(self, other):
        values = {
            "what": self._outside_name(other),
            "other": other.name,
            "company": other.company_id.name,
        }
        if not other.active:
            return self.env._(
                "%(what)s is connected already: it is the archived account %(other)s "
                "of %(company)s. Unarchive that one and link it anew.",
                **values,
            )
        if other.company_id != self.company_id and not self._provider().shareable:
            return self.env._(
                "%(what)s is connected already: it is the account %(other)s of "
                "%(company)s. A shop belongs to one company: delete that account first "
                "if it shall be this one, and has no orders.",
                **values,
            )
        return self.env._(
            "%(what)s is connected already: it is the account %(other)s of "
            "%(company)s. Link that one anew instead; everything would come in twice.",
            **values,
        )

    def _outside_name(self, other):
        """What both are outside, in words."""
        return self.env._("This account of %s", self._provider().name)

    # ---- the other one ---------------------------------------------------------------

    def action_link_duplicate(self):
        """Link the account that is connected already, be it archived."""
        self.ensure_one()
        self.check_access("write")
        other = self.duplicate_of_id
        if not other:
            raise UserError(self.env._("%s is not connected twice.", self.name))
        other.check_access("write")
        if not other.active:
            other.action_unarchive()
        return other.action_connect()

    def _form_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "main",
            "context": {"active_test": False},
        }

    # ---- guards ----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_linked_fields(vals)
        return super().create(vals_list)

    def _check_linked_fields(self, vals):
        """Which account outside it is, is known by linking it, not by typing."""
        touched = {n for n in LINKED_FIELDS & set(vals) if vals[n] not in _NOBODY}
        if self:
            touched = {
                name
                for name in LINKED_FIELDS & set(vals)
                if any(_plain(b[name]) != (vals[name] or False) for b in self)
            }
        if touched and not self.env.su:
            raise UserError(
                self.env._(
                    "%(fields)s: this is written when the account is linked, and by "
                    "its buttons, never by hand.",
                    fields=", ".join(self._fields[name].string for name in touched),
                )
            )

    def _check_in_use(self):
        """An archived account neither calls nor is called, so it is not linked either:
        nobody would notice that it never works.
        """
        for backend in self.filtered(lambda b: not b.active):
            raise UserError(
                self.env._(
                    "%s is archived: nothing comes in or goes out. Unarchive it first "
                    "(Actions, Unarchive), then try again.",
                    backend.name,
                )
            )

    def _check_archiving(self, vals):
        """Whoever reads for others stays until they are gone."""
        if vals.get("active", True):
            return
        for backend in self.sudo():
            others = backend.sharing_account_ids.filtered("active") - self
            if others:
                raise UserError(
                    self.env._(
                        "%(name)s reads the platform's lists for %(others)s, too: "
                        "archive these first.",
                        name=backend.name,
                        others=", ".join(others.mapped("name")),
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_shared(self):
        for backend in self.sudo().with_context(active_test=False):
            others = backend.sharing_account_ids - self
            if others:
                raise UserError(
                    self.env._(
                        "%(name)s reads the platform's lists for %(others)s, too: "
                        "delete these first.",
                        name=backend.name,
                        others=", ".join(others.mapped("name")),
                    )
                )

    def _identity_changed(self, vals):
        """Claim anew what a write has changed; drafts are nobody yet."""
        connects = vals.get("state") == "connected"
        archived = not vals.get("active", True)
        touched = IDENTITY_FIELDS & set(vals)
        if archived:
            touched -= {"active"}  # one of two is told to go: nobody is in its way
        if connects or touched:
            self.filtered(lambda b: b.state != "draft")._claim_identity()
        for backend in self if archived else ():
            backend._settle_notice(DUPLICATE)
            backend._hand_over()

    def _hand_over(self):
        """Archived: an account that has been the same one for long is it alone now.

        None gets that far but those of before marks were kept: a new one is refused.
        """
        twins = self.sudo().search(
            [("duplicate_of_id", "=", self.id), ("state", "!=", "draft")], order="id"
        )
        for twin in twins.sorted(_standing):
            marks = twin._marks()
            if twin._same_outside(marks) != self:
                continue
            same = {mark for _kind, every in marks.values() for mark in every}
            held = self.sudo().identity_ids
            held.filtered(lambda i, same=same: i.value in same).unlink()
            try:
                with self.env.cr.savepoint():
                    twin._claim_identity()
            except AccountTakenError as error:  # a third one has another of its marks
                twin.duplicate_of_id = error.connector_other
                continue
            (twins - twin).duplicate_of_id = twin
            return

    # ---- copies and names ------------------------------------------------------------

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        if "name" not in (default or {}):
            for backend, vals in zip(self, vals_list, strict=True):
                vals["name"] = self._free_name(self.env._("%s (copy)", backend.name))
        return vals_list

    @api.model
    def _free_name(self, name):
        """`name`, or the first of "name 2", "name 3", … that no account has."""
        everyone = self.sudo().with_context(active_test=False)
        taken = set(everyone.search([("name", "=like", f"{name}%")]).mapped("name"))
        names = [name, *(f"{name} {n}" for n in range(2, len(taken) + 2))]
        return next(free for free in names if free not in taken)

    # ---- accounts from before --------------------------------------------------------

    @api.model
    def _claim_existing(self, providers):
        """Give the accounts of these providers their marks; for an older database.

        Who is there twice goes on as before, and a person is told; of two companies
        the second account is shared, so that nothing more is booked twice. The first
        is who works: not one that was archived, or given up, in favour of another.
        """
        everyone = self.sudo().with_context(active_test=False)
        domain = [("provider", "in", list(providers)), ("state", "!=", "draft")]
        for backend in everyone.search(domain, order="id").sorted(_standing):
            try:
                with self.env.cr.savepoint():
                    backend._claim_existing_one()
            except UserError as error:
                if isinstance(error, AccountTakenError):
                    backend.duplicate_of_id = error.connector_other
                    backend._tell_duplicate(backend.duplicate_of_id)
                else:  # a credential that cannot be read is told of where it is needed
                    _logger.warning("%s: not known by its keys: %s", backend, error)

    def _claim_existing_one(self):
        marks = self._marks()
        other = self._same_outside(marks)
        main = other and other._main_account()
        apart = main and self.company_id not in main._family().company_id
        if main and not (apart and self._provider().shareable):
            self._refuse_duplicate(other)
        if main:
            self.shared_account_id = main
        self._keep_marks(marks)
        if main:
            self._tell_duplicate(main)

    def _tell_duplicate(self, other):
        if not self.active:
            return  # it was decided already
        values = {
            "what": self._outside_name(other),
            "other": other.name,
            "company": other.company_id.name,
        }
        note = (
            self.env._(
                "%(what)s is connected as %(other)s of %(company)s, too. From now on "
                "that one reads the platform's lists for both, and what bears a "
                "reference of this company comes here. Put right what both of them "
                "have booked before.",
                **values,
            )
            if self.shared_account_id
            else self.env._(
                "%(what)s is connected as %(other)s of %(company)s, too: everything "
                "comes in twice. Decide which of the two stays, archive the other, and "
                "put right what both of them have made.",
                **values,
            )
        )
        self._notify_owner(
            self.env._("%s is connected twice", self.name), note, cause=DUPLICATE
        )


def _standing(backend):
    """Who works comes first."""
    return (not backend.active, backend.state != "connected", backend.id)


def _plain(value):
    return value.id if isinstance(value, models.BaseModel) else value
