"""Uninstalling names the money and the documents that would be lost."""

from odoo.exceptions import UserError

from .payouts import PayoutCase


class TestUninstall(PayoutCase):
    def test_money_and_open_documents_stop_it_and_are_named(self):
        self.closed_va(self.invoice(100_000))
        self.xendit.make_va(reference="elsewhere", bank="BCA", kind="fixed")
        self.xendit.pay(reference="elsewhere", amount=77_000)
        self.hear()
        self.submitted(self.bill(10_000))
        self.env["account.move"].create(
            {
                "journal_id": self.backend.journal_id.id,
                "line_ids": [
                    (0, 0, {"account_id": account.id, "debit": debit, "credit": credit})
                    for account, debit, credit in (
                        (self.backend.journal_id.default_account_id, 5_000, 0),
                        (self.backend.suspense_account_id, 0, 5_000),
                    )
                ],
            }
        ).action_post()
        module = self.env.ref("base.module_connector_payment")
        with self.assertRaises(UserError) as caught:
            module.button_uninstall()
        said = str(caught.exception)
        for line in (
            f"{self.backend.display_name}: Rp 5,000.00 is in the books",
            "Virtual accounts that can still be paid: ",
            "Receipts that are not booked, or belong to nobody: ",
            "Payouts that have not ended: ",
        ):
            with self.subTest(line):
                self.assertIn(line, said.replace("\xa0", " "))
        self.assertEqual(module.state, "installed")
