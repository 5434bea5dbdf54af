"""Uninstalling an add-on takes its records along: asked about while some are open."""

from odoo import api, fields, models
from odoo.exceptions import UserError

#: Set by the dialogue of Apps when its box is ticked.
CONFIRMED = "connector_uninstall_confirmed"


class IrModuleModule(models.Model):
    _inherit = "ir.module.module"

    def button_uninstall(self):
        if self.env.is_admin() and not self.env.context.get(CONFIRMED):
            business = self._connector_business()
            if business:
                raise UserError(
                    self.env._(
                        "%(add_ons)s cannot be uninstalled like this, for these would "
                        "be lost or left alone:\n%(business)s\nSettle them first, or "
                        "confirm in the dialogue of Apps that they may be lost.",
                        add_ons=", ".join(self.mapped("shortdesc")),
                        business="\n".join(f"- {line}" for line in business),
                    )
                )
        return super().button_uninstall()

    def _connector_business(self):
        """What is still open in the add-ons that go, in sentences."""
        going = self.downstream_dependencies(self) if self else self
        return self.env["erp.connector.backend"]._open_business(
            set(going.mapped("name"))
        )


class BaseModuleUninstall(models.TransientModel):
    _inherit = "base.module.uninstall"

    connector_business = fields.Text(compute="_compute_connector_business")
    connector_confirmed = fields.Boolean("Uninstall all the same; these may be lost")

    @api.depends("module_ids")
    def _compute_connector_business(self):
        for wizard in self:
            wizard.connector_business = "\n".join(
                wizard.module_ids._connector_business()
            )

    def action_uninstall(self):
        confirmed = self.with_context(**{CONFIRMED: self.connector_confirmed})
        return super(BaseModuleUninstall, confirmed).action_uninstall()
