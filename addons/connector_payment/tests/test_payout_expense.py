"""Expenses and payroll: what colleagues are owed is paid to their own accounts.

With Odoo's expenses installed, an expense is walked from its entry to its payment;
without, the receipt that it posts stands for it.
"""

from odoo import fields
from odoo.exceptions import UserError

from .payouts import PayoutCase


class TestColleagues(PayoutCase):
    def colleague(self, name, number, inside=True):
        """A contact with a bank account, inside our own company or on its own."""
        person = self.payee(name, number=number)
        if inside:
            person.parent_id = self.env.company.partner_id
        return person

    def test_a_receipt_of_a_colleague_inside_our_company_is_paid_to_him(self):
        for inside in (True, False):
            with self.subTest(inside=inside):
                person = self.colleague(f"Sari {inside}", f"77788899{inside:d}", inside)
                receipt = self.bill(
                    90_000,
                    vendor=person,
                    move_type="in_receipt",
                    partner_bank_id=self.account_of(person).id,
                )
                line = self.wizard(receipt).line_ids
                self.assertEqual(
                    (line.partner_id, line.partner_bank_id, line.problem),
                    (person, self.account_of(person), ""),
                )
                payout = self.approved(receipt)
                self.drain()
                self.ends(payout, "succeed")
                self.assertEqual(
                    (payout.state, receipt.payment_state), ("succeeded", "paid")
                )
                self.assertEqual(payout.partner_id, person)

    def test_a_colleague_is_not_paid_to_another_colleagues_account(self):
        person = self.colleague("Sari", "777888991")
        other = self.colleague("Budi", "777888992")
        wizard = self.wizard(self.bill(vendor=person, move_type="in_receipt"))
        wizard.line_ids.partner_bank_id = self.account_of(other)
        self.assertIn("somebody else", wizard.line_ids.problem)

    def payroll(self, people, account=None):
        """One entry for the month: a line of salary, one or two of each person."""
        payable = account or self.vendor.property_account_payable_id
        lines = [(person, amount) for person, amounts in people for amount in amounts]
        total = sum(amount for _person, amount in lines)
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "ref": "SLIP/2026/11",
                "line_ids": [
                    fields.Command.create(
                        {"account_id": self.backend.fee_account_id.id, "balance": total}
                    ),
                    *(
                        fields.Command.create(
                            {
                                "account_id": payable.id,
                                "partner_id": person.id,
                                "balance": -amount,
                            }
                        )
                        for person, amount in lines
                    ),
                ],
            }
        )
        entry.action_post()
        return entry

    def test_a_batch_of_payslips_is_one_payout_for_each_person(self):
        sari = self.colleague("Sari", "777888991")
        budi = self.colleague("Budi", "777888992")
        salaries = self.env["account.account"].create(
            {
                "name": "Salaries to pay",
                "code": "219876",
                "account_type": "liability_current",
                "reconcile": True,
            }
        )
        entry = self.payroll(
            [(sari, (5_000_000, 250_000)), (budi, (4_000_000,))], salaries
        )
        payouts = self.approved(entry, group_by_account=True)
        found = {p.partner_id: p.amount for p in payouts}
        self.assertEqual(found, {sari: 5_250_000, budi: 4_000_000})
        self.assertEqual(set(payouts.mapped("memo")), {"SLIP/2026/11"})
        self.drain()
        numbers = {row["account_number"] for row in self.xendit.payouts()}
        self.assertEqual(numbers, {"777888991", "777888992"})
        for payout in payouts:
            self.ends(payout, "succeed")
        self.assertEqual(self.balance(salaries), 0)

    def test_a_payslip_of_nobody_says_so(self):
        nobody = self.env["res.partner"]
        wizard = self.wizard(self.payroll([(nobody, (1_000,))]))
        self.assertIn("names nobody", wizard.line_ids.problem)


class TestExpense(PayoutCase):
    def setUp(self):
        super().setUp()
        if "hr.expense" not in self.env:
            self.skipTest("Odoo's expenses are not installed in this database")
        self.person = self.payee("Sari", number="777888991")
        self.employee = self.env["hr.employee"].create(
            {
                "name": "Sari",
                "work_contact_id": self.person.id,
                "bank_account_ids": self.account_of(self.person).ids,
            }
        )

    def expense(self, amount=120_000):
        """Entered, approved and posted; paid by the employee."""
        product = self.env["product.product"].create(
            {"name": "Taxi", "can_be_expensed": True, "standard_price": 0}
        )
        expense = self.env["hr.expense"].create(
            {
                "name": "Taxi",
                "employee_id": self.employee.id,
                "product_id": product.id,
                "total_amount_currency": amount,
                "tax_ids": [],
                "payment_mode": "own_account",
            }
        )
        expense.action_submit()
        expense._do_approve(False)
        action = expense.action_post()
        if action:
            wizard = self.env["hr.expense.post.wizard"].with_context(
                **{"active_ids": expense.ids, **action.get("context", {})}
            )
            wizard.create({}).action_post_entry()
        self.assertEqual(expense.state, "posted")
        return expense

    def test_an_expense_is_paid_to_the_employees_account(self):
        expense = self.expense()
        payout = self.approved(expense.account_move_id)
        self.assertEqual(
            (payout.partner_id, payout.partner_bank_id, payout.amount),
            (self.person, self.account_of(self.person), 120_000),
        )
        self.drain()
        self.ends(payout, "succeed")
        self.assertEqual(expense.state, "paid")

    def test_an_employee_who_is_a_contact_of_our_company_is_paid_too(self):
        self.person.parent_id = self.env.company.partner_id
        expense = self.expense()
        payout = self.approved(expense.account_move_id)
        self.assertEqual(
            (payout.partner_id, payout.partner_bank_id),
            (self.person, self.account_of(self.person)),
        )
        self.drain()
        self.ends(payout, "succeed")
        self.assertEqual(expense.state, "paid")

    def test_a_failed_payout_leaves_the_expense_to_be_paid(self):
        expense = self.expense()
        payout = self.approved(expense.account_move_id)
        self.drain()
        self.ends(payout, "fail")
        self.assertEqual(expense.state, "posted")
        payout.with_user(self.maker).action_reopen()
        self.assertEqual(
            (self.payouts() - payout).line_ids.move_id, expense.account_move_id
        )

    def test_an_account_that_is_not_trusted_is_not_paid(self):
        self.account_of(self.person).allow_out_payment = False
        line = self.wizard(self.expense().account_move_id).line_ids
        self.assertIn("not trusted", line.problem)

    def test_an_expense_is_not_taken_back_while_its_payout_travels(self):
        expense = self.expense()
        payout = self.approved(expense.account_move_id)
        with self.assertRaisesRegex(UserError, payout.name):
            expense.account_move_id._reverse_moves(cancel=True)
        with self.assertRaises(UserError):
            expense.action_reset()
        self.assertEqual(expense.state, "paid")
