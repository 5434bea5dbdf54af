"""Settlements and the bank: matched beyond doubt, shown where there is doubt."""

from odoo.exceptions import UserError

from .common import FAR_ZONES
from .ledger import LedgerCase
from .settlements import BankMixin, LotCase


class TestTransfer(BankMixin, LedgerCase):
    """A gateway with a ledger: its balance is withdrawn to the bank."""

    def setUp(self):
        super().setUp()
        self.journal = self.bank_of(self.backend)

    def withdrawn(self, *amounts):
        self.xendit.top_up(sum(amounts))
        self.look()
        self.settlements().state = "booked"
        before = self.settlements("transfer")
        for amount in amounts:
            self.xendit.withdraw(amount)
        self.look()
        return self.settlements("transfer") - before

    def test_a_bank_line_of_the_amount_is_matched_by_itself(self):
        self.paid()
        self.xendit.settle()
        self.look()
        self.xendit.withdraw(95_560)
        self.look()
        transfer = self.settlements("transfer")
        line = self.bank_line(95_560)
        self.assertEqual(transfer.state, "matched")
        self.assertEqual(transfer.statement_line_id, line)
        self.assertTrue(line.is_reconciled)
        self.assertEqual(self.transfer_balance(), 0)
        self.assertEqual(self.balance(self.journal.default_account_id), 95_560)
        self.assertEqual(self.balance(self.journal.suspense_account_id), 0)

    def test_a_line_that_came_before_the_withdrawal_was_known_is_matched_too(self):
        line = self.bank_line(30_000)
        transfer = self.withdrawn(30_000)
        self.assertEqual(transfer.statement_line_id, line)

    def test_a_small_difference_is_a_fee_of_the_bank(self):
        transfer = self.withdrawn(30_000)
        fees = self.fees()
        line = self.bank_line(29_500)
        self.assertEqual(transfer.statement_line_id, line)
        self.assertEqual(transfer.difference, -500)
        self.assertEqual(self.fees() - fees, 500)

    def test_two_lines_of_the_amount_are_left_to_a_person(self):
        self.journal.active = True
        lines = [self.bank_line(30_000), self.bank_line(30_000)]
        transfer = self.withdrawn(30_000)
        self.assertEqual(transfer.state, "open")
        self.assertEqual(set(transfer.candidate_ids.ids), {line.id for line in lines})
        chosen = transfer.candidate_ids[0]
        chosen.with_context(
            connector_settlement_id=transfer.id
        ).action_connector_match()
        self.assertEqual(transfer.statement_line_id, chosen)

    def test_two_equal_withdrawals_and_two_equal_lines_are_paired(self):
        transfers = self.withdrawn(30_000, 30_000)
        lines = [self.bank_line(30_000), self.bank_line(30_000)]
        self.assertEqual(set(transfers.mapped("state")), {"matched"})
        self.assertEqual(set(transfers.statement_line_id.ids), {x.id for x in lines})

    def test_a_line_with_the_gateways_word_and_another_amount_is_a_difference(self):
        transfer = self.withdrawn(30_000)
        self.bank_line(20_000, "GATEWAY settlement")
        self.assertEqual((transfer.state, transfer.difference), ("difference", -10_000))
        self.assertTrue(transfer.activity_ids)
        self.assertEqual(transfer.user_id, self.backend.user_id)
        self.bank_line(30_000, "GATEWAY the right one")
        self.assertEqual((transfer.state, transfer.difference), ("matched", 0))
        self.assertFalse(transfer.activity_ids)

    def test_an_odd_line_stands_at_the_nearest_settlement_only(self):
        near, far = self.withdrawn(30_000, 90_000).sorted("net")
        line = self.bank_line(35_000, "GATEWAY odd")
        self.assertEqual((near.state, near.difference), ("difference", 5000))
        self.assertEqual((far.state, far.difference), ("open", 0))
        line.action_undo_reconciliation()
        line.unlink()
        self.backend._settle_now()
        self.assertEqual((near.state, near.difference), ("open", 0))

    def test_a_bank_that_is_late_is_told_to_the_owner_once(self):
        transfer = self.withdrawn(30_000)
        transfer.due_date = self.today(-1)
        for _time in range(2):
            self.backend._settle_now()
        self.assertEqual(len(transfer.activity_ids), 1)
        self.assertIn("30,000", transfer.issue.replace(".", ","))

    def test_late_is_what_is_late_by_the_gateways_own_day(self):
        transfer = self.withdrawn(30_000)
        for zone in FAR_ZONES:
            self.backend.tz, transfer.issue = zone, False
            transfer.due_date = self.today(zone=zone)
            self.backend._settle_now()
            self.assertFalse(transfer.issue, zone)
            transfer.due_date = self.today(-1, zone)
            self.backend._settle_now()
            self.assertIn("should be at the bank", transfer.issue, zone)

    def test_a_match_can_be_taken_apart_and_made_again(self):
        transfer = self.withdrawn(30_000)
        line = self.bank_line(30_000)
        transfer.action_unmatch()
        self.assertEqual((transfer.state, line.is_reconciled), ("open", False))
        self.assertFalse(transfer._transfer_item().reconciled)
        line.with_context(connector_settlement_id=transfer.id).action_connector_match()
        self.assertEqual((transfer.state, line.is_reconciled), ("matched", True))
        with self.assertRaises(UserError):
            line.with_context(
                connector_settlement_id=transfer.id
            ).action_connector_match()

    def test_a_transfer_reconciled_by_hand_is_noticed(self):
        transfer = self.withdrawn(30_000)
        self.backend.bank_journal_id = False
        line = self.bank_line(30_000)
        line._connector_settle(transfer._transfer_item(), None, 0)
        self.backend._settle_now()
        self.assertEqual(transfer.statement_line_id, line)
        self.assertEqual(transfer.state, "matched")

    def test_a_window_that_holds_postings_holds_the_match_too(self):
        transfer = self.withdrawn(30_000)
        window = self.env["erp.connector.blackout"].create(
            {
                "backend_id": self.backend.id,
                "topic": "payment.book",
                "hour_from": 0,
                "hour_to": 24,
            }
        )
        self.bank_line(30_000)
        self.assertEqual(transfer.state, "open")
        self.assertIn("window", transfer.issue)
        window.unlink()
        self.backend._settle_now()
        self.assertEqual(transfer.state, "matched")
        self.assertFalse(transfer.issue)

    def test_what_came_first_leaves_first(self):
        self.paid(count=3)
        self.xendit.settle()
        self.look()
        self.xendit.withdraw(2 * 95_560 + 10)
        self.look()
        first, second, third = self.receipts().sorted("paid_at, id")
        transfer = self.settlements("transfer")
        self.assertEqual((first | second).withdrawal_id, transfer)
        self.assertFalse(third.withdrawal_id)

    def test_a_withdrawal_that_failed_afterwards_needs_no_bank(self):
        transfer = self.withdrawn(30_000)
        row = transfer.transaction_ids
        row.write({"status": "reversed", "raw_status": "REVERSED"})
        row._judge()
        self.backend._settle_now()
        self.assertEqual(transfer.state, "booked")
        self.assertEqual(row.state, "undone")
        self.assertEqual(self.transfer_balance(), -30_000)  # the top-up alone


class TestLots(LotCase):
    def test_payments_of_a_day_make_one_lot_with_expected_fees(self):
        self.received(100_000, 200_000)
        self.settle()
        lot = self.lots()
        self.assertEqual((lot.state, lot.receipt_count), ("open", 2))
        self.assertEqual((lot.gross, lot.fee, lot.fee_tax), (300_000, 8000, 880))
        self.assertEqual(lot.net, 291_120)
        self.assertFalse(lot.is_exact)
        self.assertEqual(self.outstanding(self.direct), 300_000)

    def test_the_fee_of_a_bank_comes_before_that_of_all_banks(self):
        receipt = self.received(100_000, bank="bni")
        self.settle()
        self.assertEqual((receipt.fee, receipt.fee_tax), (2000, 220))

    def test_one_bank_line_of_the_net_settles_many_payments(self):
        receipts = self.received(*[100_000] * 25)
        self.settle()
        lot = self.lots()
        line = self.bank_line(lot.net)
        self.assertEqual((lot.state, lot.statement_line_id), ("matched", line))
        self.assertEqual(self.outstanding(self.direct), 0)
        self.assertEqual(self.fees(self.direct), 25 * 4440)
        self.assertEqual(self.transfer_balance(), 0)
        self.assertTrue(line.is_reconciled)
        self.assertEqual(set(receipts.mapped("fee_final")), {True})
        self.assertEqual(set(receipts.payment_id.mapped("is_matched")), {True})

    def test_a_difference_within_the_tolerance_goes_to_the_fees(self):
        self.received(100_000)
        self.settle()
        lot = self.lots()
        self.bank_line(lot.net - 60)
        self.assertEqual((lot.state, lot.difference), ("matched", -60))
        self.assertEqual(self.fees(self.direct), 4500)
        self.assertEqual(self.transfer_balance(), 0)

    def test_a_difference_above_it_waits_for_a_person_and_is_booked_by_one_click(self):
        self.received(100_000)
        self.settle()
        lot = self.lots()
        line = self.bank_line(lot.net - 5000, "Gateway lot")
        self.assertEqual((lot.state, lot.difference), ("difference", -5000))
        line.with_context(connector_settlement_id=lot.id).action_connector_match()
        self.assertEqual((lot.state, lot.difference), ("matched", -5000))
        self.assertEqual(self.fees(self.direct), 9440)
        self.assertEqual(self.outstanding(self.direct), 0)

    def test_neighbouring_lots_in_one_bank_line_are_matched_together(self):
        self.received(100_000, days=self.monday())
        self.received(150_000, days=self.monday(1))
        self.received(170_000, days=self.monday(2))
        self.settle()
        lots = self.lots().sorted("date")
        self.assertEqual(len(lots), 3)
        line = self.bank_line(sum(lots[:2].mapped("net")), days=self.monday(2))
        self.assertEqual(lots[:2].statement_line_id, line)
        self.assertEqual(lots[2].state, "open")
        self.assertEqual(self.outstanding(self.direct), 170_000)
        self.assertEqual(self.transfer_balance(), 0)

    def test_payments_of_a_weekend_are_handed_over_on_monday(self):
        self.received(100_000, days=self.monday(5))
        self.received(100_000, days=self.monday(6))
        self.settle()
        lot = self.lots()
        self.assertEqual(lot.receipt_count, 2)
        self.assertEqual(lot.date.weekday(), 0)

    def test_a_later_payment_of_the_day_joins_the_open_lot(self):
        self.received(100_000)
        self.settle()
        self.received(50_000)
        self.settle()
        self.assertEqual((len(self.lots()), self.lots().gross), (1, 150_000))

    def test_nothing_is_settled_twice(self):
        self.received(100_000)
        self.settle()
        self.bank_line(self.lots().net)
        self.settle()
        self.settle()
        self.assertEqual(len(self.lots()), 1)
        self.assertEqual(self.fees(self.direct), 4440)

    def test_money_taken_back_before_the_bank_had_it_leaves_the_lot(self):
        receipts = self.received(100_000, 50_000)
        self.settle()
        receipts[0].write({"reversal_wanted": True})
        receipts._book_receipts()
        self.settle()
        self.assertEqual(self.lots().gross, 50_000)
        self.assertEqual(self.lots().receipt_ids, receipts[1])

    def test_money_taken_back_afterwards_is_deducted_from_the_next_lot(self):
        first = self.received(100_000)
        self.settle()
        self.bank_line(self.lots().net)
        first.write({"reversal_wanted": True})
        first._book_receipts()
        self.received(150_000)
        self.settle()
        lot = self.lots()[-1]
        self.assertEqual((lot.gross, lot.net), (50_000, 45_560))
        self.bank_line(lot.net)
        self.assertEqual(lot.state, "matched")
        self.assertEqual(self.outstanding(self.direct), 0)
        self.assertEqual(self.transfer_balance(), 0)

    def test_a_matched_lot_can_be_taken_apart(self):
        self.received(100_000)
        self.settle()
        lot = self.lots()
        line = self.bank_line(lot.net)
        lot.action_unmatch()
        self.assertEqual((lot.state, line.is_reconciled), ("open", False))
        self.assertEqual(self.outstanding(self.direct), 100_000)
        self.assertEqual(self.fees(self.direct), 0)
        self.assertEqual(self.transfer_balance(), 0)
        self.settle()
        self.assertEqual(lot.state, "matched")
        self.assertEqual(self.outstanding(self.direct), 0)

    def test_a_bank_of_another_gateway_is_left_alone(self):
        self.received(100_000)
        self.settle()
        other = self.env["account.journal"].create(
            {"name": "BNI", "code": "TBNI", "type": "bank"}
        )
        line = self.bank_line(self.lots().net, journal=other)
        self.assertFalse(line.is_reconciled)
