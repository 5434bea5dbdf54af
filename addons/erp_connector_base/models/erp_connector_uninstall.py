"""What is still open in an add-on, and what it leaves behind when it goes."""

from odoo import api, models

from .erp_connector_message import OPEN_STATES

UNSETTLED = (*OPEN_STATES, "waiting", "dead")


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    @api.model
    def _open_business(self, add_ons):
        """Sentences about what uninstalling these add-ons (names) would lose."""
        accounts = self.sudo().with_context(active_test=False).search([])
        if "erp_connector_base" not in add_ons:
            going = self._providers_of(add_ons)
            accounts = accounts.filtered(lambda b: b.provider in going)
        counts = (
            self.env["erp.connector.message"]
            .sudo()
            ._read_group(
                [("backend_id", "in", accounts.ids), ("state", "in", UNSETTLED)],
                ["backend_id"],
                ["__count"],
            )
        )
        return [
            self.env._(
                "%(account)s: %(count)s messages are not settled",
                account=backend.display_name,
                count=count,
            )
            for backend, count in counts
        ]

    @api.model
    def _providers_of(self, add_ons):
        """Codes of the providers that these add-ons bring; each adds its own."""
        return set()

    @api.model
    def _leave(self, add_on, extended=()):
        """The add-on goes: its accounts rest, its messages and activities end.

        `extended`: models of others on whose records it raised activities.
        """
        going = self._providers_of({add_on})
        accounts = self.sudo().with_context(active_test=False).search([])
        accounts = accounts.filtered(lambda b: b.provider in going)
        note = self.env._("Its add-on was uninstalled.")
        messages = self.env["erp.connector.message"].sudo()
        messages.search(
            [("backend_id", "in", accounts.ids), ("state", "in", UNSETTLED)]
        ).write({"state": "ignored", "note": note})
        accounts.write({"active": False, "state": "disconnected", "state_reason": note})
        own = [m._name for m in self.env.values() if m._original_module == add_on]
        activities = self.env["mail.activity"].sudo().with_context(active_test=False)
        activities.search([("res_model", "in", own)]).unlink()
        raised = activities.search([("connector_cause", "!=", False)])
        raised.filtered(
            lambda a: (
                a.res_model in extended
                or (a.res_model == self._name and a.res_id in accounts.ids)
            )
        ).unlink()
        self.env.registry.clear_cache()
