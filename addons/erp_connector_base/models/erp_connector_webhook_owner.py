"""Whose a webhook's event is: of the account it came to, another one's, nobody's here.

An app of a platform has one address for all of its shops, a gateway one for all that
its business does. What is for nobody here is kept, asks nothing and alarms nobody.
"""

from odoo import SUPERUSER_ID, api, models, tools
from odoo.addons.erp_connector_base.tools.moments import naive
from odoo.addons.erp_connector_base.tools.topics import STRANGE
from odoo.tools import SQL

from .erp_connector_message import storable


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    @api.model
    @tools.ormcache("backend_id", "account")
    def _webhook_owner(self, backend_id, account):
        """Id of the account an event is for that came to the address of another; None
        if it is connected nowhere here.

        Only an account of the same app is handed the event: one whose typed
        credentials are the same.
        """
        backend = self.sudo().browse(backend_id)
        if not account or (account == backend.account_ref and backend.active):
            return backend_id
        others = self.sudo().search(
            [("provider", "=", backend.provider), ("account_ref", "=", account)]
        )
        same_app = backend._typed_secrets()
        return next((b.id for b in others if b._typed_secrets() == same_app), None)

    @api.model
    @tools.ormcache("backend_id")
    def _webhook_family(self, backend_id):
        """(ids of the accounts that are one outside, the main one's first; its number
        there, "" while it was not told)."""
        backend = self.sudo().browse(backend_id)
        family = backend._family()
        numbers = [ref for ref in family.mapped("account_ref") if ref]
        return tuple(family.ids), numbers[0] if numbers else ""

    def _hand_out(self, events):
        """{account: its events} of what came to our address; the strange is kept."""
        self.ensure_one()
        shareable = self._provider().shareable
        owners = self._shared_owners(events) if shareable else self._owners(events)
        handed, strange = {}, []
        for event, owner in zip(events, owners, strict=True):
            if owner:
                handed.setdefault(self.browse(owner), []).append(event)
            else:
                strange.append(event)
        self._keep_strange(strange)
        return handed

    def _is_address_of_others(self):
        """Whether an archived account's address may be the one that others are told
        through: of the same app, or of the same business there."""
        if not self:
            return False
        same = self._family().filtered("active")
        domain = [("provider", "=", self.provider), ("account_ref", "!=", False)]
        ours = self._typed_secrets()
        others = self.sudo().with_context(active_test=True).search(domain)
        return bool(same) or any(b._typed_secrets() == ours for b in others)

    def _owners(self, events):
        return [self._webhook_owner(self.id, event.account) for event in events]

    def _shared_owners(self, events):
        """By reference where companies share it; the rest is the main account's."""
        family, number = self._webhook_family(self.id)
        asked = [e for e in events if len(family) > 1 or e.merchant not in ("", number)]
        known = self._owners_by_reference(family, asked) if asked else {}
        owners = []
        for event in events:
            owner = known.get((event.topic, event.business_key))
            if owner and event.merchant and not number:
                self._learn_number(event.merchant)
            foreign = number and event.merchant not in ("", number)
            owners.append(owner or (None if foreign else self._rest_owner(family)))
        return owners

    def _rest_owner(self, family):
        """Who gets what bears nobody's reference; None if that one is archived."""
        main = self.browse(family[0])
        return main.id if main.active else None

    def _owners_by_reference(self, family, events):
        """{(topic, business key): id of the account whose it is}; `family`: ids."""
        return {}

    def _learn_number(self, number):
        """The platform told its own number of this account, about something of ours."""
        main = self._main_account().with_user(SUPERUSER_ID)  # a webhook has no user
        self.env.cr.execute(
            SQL(
                "SELECT id FROM erp_connector_backend WHERE id = %s AND account_ref "
                "IS NULL FOR NO KEY UPDATE SKIP LOCKED",
                main.id,
            )
        )
        if not self.env.cr.fetchone():
            return
        other = main._same_outside(main._marks_of_number(number))
        if not other:
            main.account_ref = number
        elif main.duplicate_of_id != other:
            main.duplicate_of_id = other
            main._tell_duplicate(other)

    def _keep_strange(self, events):
        """Store events of accounts not connected here: nothing acts on them."""
        if not events:
            return
        note = self.env._("For the account %s of the platform, not linked here.", "{}")
        rows = [
            SQL(
                "(%s, %s, %s, %s, %s::timestamp, %s)",
                storable(event.business_key),
                storable(event.dedup_key),
                storable(event.payload),
                note.format(storable(event.account or event.merchant) or "?"),
                naive(event.occurred_at) or None,
                self.id,
            )
            for event in events
        ]
        self.env.cr.execute(
            SQL(_KEEP, rows=SQL(", ").join(rows), topic=STRANGE),
            log_exceptions=False,  # payloads hold personal data
        )


_KEEP = """
    INSERT INTO erp_connector_message (
        backend_id, company_id, direction, topic, lane, business_key, dedup_key,
        payload, note, occurred_at, state, attempts, correlation_id, processed_at,
        create_date, write_date)
    SELECT b.id, b.company_id, 'in', %(topic)s, 'bulk', v.business_key, v.dedup_key,
           v.payload, v.note, v.occurred_at, 'ignored', 0, gen_random_uuid()::text,
           now.moment, now.moment, now.moment
      FROM (VALUES %(rows)s) AS v (business_key, dedup_key, payload, note, occurred_at,
                                   backend_id)
      JOIN erp_connector_backend b ON b.id = v.backend_id,
           (SELECT clock_timestamp() AT TIME ZONE 'UTC' AS moment) AS now
    ON CONFLICT (backend_id, direction, dedup_key) DO NOTHING
"""
