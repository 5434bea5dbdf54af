"""Every model, public method, menu and field of payments, as everybody."""

from odoo import fields
from odoo.addons.erp_connector_base.tests.access import AccessWalk

from . import access_table
from .payouts import PayoutCase


class TestAccessWalk(AccessWalk, PayoutCase):
    addon = "connector_payment"
    roles = access_table.ROLES
    matrix = access_table.MATRIX
    methods = access_table.METHODS
    screens = (
        "account.bank.statement.line",
        "account.move",
        "account.payment",
        "erp.connector.backend",
        "res.partner",
        "sale.order",
        "connector.payment.payout",
        "connector.payment.va",
    )
    shared = {
        "connector.payment.bank": "the banks of Indonesia",
        "connector.payment.channel": "what gateways call them",
    }

    def make_rows(self):
        self.move = self.invoice(100_000)
        self.va = self.closed_va(self.move)
        self.receipt = self.pay(self.va)
        self.vendor_bill = self.bill(10_000)
        self.approved(self.vendor_bill | self.bill(20_000))
        self.order = self.env["sale.order"].create({"partner_id": self.partner.id})
        self.make_ledger()

    def make_ledger(self):
        common = {
            "backend_id": self.backend.id,
            "company_id": self.env.company.id,
            "currency_id": self.env.company.currency_id.id,
        }
        today = fields.Date.today()
        settlement = self.env["connector.payment.settlement"].create(
            {**common, "style": "balance", "date": today}
        )
        self.env["connector.payment.refund"].create(
            {
                "receipt_id": self.receipt.id,
                "move_id": self.invoice(10_000, move_type="out_refund").id,
                "amount": 10_000,
            }
        )
        self.env["connector.payment.transaction"].create(
            {
                **common,
                "external_id": "row",
                "kind": "payment",
                "status": "paid",
                "changed_at": fields.Datetime.now(),
                "settlement_id": settlement.id,
            }
        )
        self.env["connector.payment.fee"].create(
            {"backend_id": self.backend.id, "kind": "receipt", "fixed": 4000}
        )
        self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.env["account.journal"]
                .search([("type", "=", "bank")], limit=1)
                .id,
                "payment_ref": "XENDIT",
                "amount": 1000,
            }
        )
        self.env.flush_all()

    def one(self, model):
        known = {
            "account.move": self.move,
            "account.payment": self.receipt.payment_id,
            "erp.connector.backend": self.backend,
            "res.partner": self.partner,
            "sale.order": self.order,
        }
        return known.get(model) or super().one(model)
