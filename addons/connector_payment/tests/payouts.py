"""What the tests of payouts share: bills, bank accounts, a maker and an approver."""

import uuid

from odoo import fields

from .common import GatewayCase


class PayoutMixin:
    """People, payees and bills; and the way from a bill to an approved payout."""

    def make_people(self):
        self.maker = self.person("maker")
        self.approver = self.person("approver")
        self.vendor = self.payee("PT Pemasok")

    def person(self, *groups):
        """A user with some of our groups, by their short names."""
        names = [f"connector_payment.group_{group}" for group in groups]
        return self.env["res.users"].create(
            {
                "name": " and ".join(groups),
                "login": f"{'-'.join(groups)}-{uuid.uuid4().hex[:6]}",
                "group_ids": [
                    fields.Command.set([self.env.ref(name).id for name in names])
                ],
                "company_id": self.env.company.id,
                "company_ids": [fields.Command.set(self.env.company.ids)],
            }
        )

    def payee(self, name, number="1234567890", bank="bca", trusted=True):
        """A vendor with a bank account."""
        partner = self.env["res.partner"].create({"name": name})
        self.env["res.partner.bank"].create(
            {
                "acc_number": number,
                "acc_holder_name": f"{name} Holder",
                "bank_id": self.bank(bank).bank_id.id,
                "partner_id": partner.id,
                "allow_out_payment": trusted,
            }
        )
        return partner

    def account_of(self, partner):
        return partner.bank_ids[:1]

    def bill(self, amount=100_000, vendor=None, move_type="in_invoice", **values):
        """A posted vendor bill of one line without tax."""
        bill = self.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": (vendor or self.vendor).id,
                "invoice_date": self.today(),
                "ref": f"B/{uuid.uuid4().hex[:6]}",
                "invoice_line_ids": [
                    fields.Command.create(
                        {"name": "Service", "price_unit": amount, "tax_ids": []}
                    )
                ],
                **values,
            }
        )
        bill.action_post()
        return bill

    def wizard(self, records, user=None, **values):
        """The dialogue, as the maker opens it on these records."""
        action = records.with_user(user or self.maker).action_connector_pay()
        wizard = self.env["connector.payment.pay"].browse(action["res_id"])
        wizard = wizard.with_user(user or self.maker)
        wizard.write({"backend_id": self.backend.id, **values})
        return wizard

    def drafts(self, records, user=None, **values):
        """Draft payouts of these records."""
        before = self.payouts()
        self.wizard(records, user, **values).action_create()
        return self.payouts() - before

    def submitted(self, records, **values):
        payouts = self.drafts(records, **values)
        payouts.with_user(self.maker).action_submit()
        return payouts

    def approved(self, records, **values):
        payouts = self.submitted(records, **values)
        payouts.with_user(self.approver).action_approve()
        return payouts

    def payouts(self):
        return self.env["connector.payment.payout"].search(
            [("backend_id", "=", self.backend.id)], order="id"
        )

    def send_message(self, payout):
        return payout._messages([("topic", "=", "payment.payout.send")])

    def there(self, control=None):
        """References at the gateway; a double send shows as two."""
        control = control or self.xendit
        return [row["reference"] for row in control.payouts()]


class PayoutCase(PayoutMixin, GatewayCase):
    """The simulated gateway holds money, and nothing ends by itself there."""

    def setUp(self):
        super().setUp()
        self.make_people()
        self.xendit.config(payout_mode="manual")
        self.midtrans.config(payout_mode="manual")
        self.xendit.top_up(1_000_000_000)
        self.midtrans.top_up(1_000_000_000)

    def ends(self, payout, outcome, control=None, **options):
        """The gateway ends it; Odoo looks, and books."""
        (control or self.xendit).payout_outcome(payout.name, outcome, **options)
        payout._look_now()
        self.drain()
