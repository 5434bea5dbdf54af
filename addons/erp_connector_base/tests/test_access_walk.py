"""Every model, public method, menu and field of the base, as everybody."""

from odoo.tests import tagged

from . import access_table
from .access import AccessWalk
from .common import ConnectorCase


@tagged("post_install", "-at_install")
class TestAccessWalk(AccessWalk, ConnectorCase):
    addon = "erp_connector_base"
    matrix = access_table.MATRIX
    methods = access_table.METHODS
    screens = ("erp.connector.backend", "erp.connector.message")
    modes = ("kanban", "list", "form")

    def make_rows(self):
        self.message = self.put(self.event())
        self.env["erp.connector.rejection"]._count_one(self.backend.id)
        self.env["erp.connector.stream"]._refused(self.backend.id, 1)
        self.env["erp.connector.blackout"].create({"backend_id": self.backend.id})
        self.env["erp.connector.binding"].create(
            {"backend_id": self.backend.id, "kind": "x", "external_id": "1"}
        )
        self.env["erp.connector.circuit"].create({"backend_id": self.backend.id})
        self.env["erp.connector.identity"].create(
            {"backend_id": self.backend.id, "value": "walked"}
        )
        self.env["erp.connector.resolve"].create(
            {"message_ids": self.message.ids, "reason": "?"}
        )
        self.env["erp.connector.call"].create(
            {
                "backend_id": self.backend.id,
                "company_id": self.env.company.id,
                "path": "/x",
            }
        )

    def one(self, model):
        if model == "erp.connector.backend":
            return self.backend
        return super().one(model)
