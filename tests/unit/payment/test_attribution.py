"""Which debts a sum of money pays."""

import random
import time

from odoo.addons.connector_payment.tools.attribution import exact_choice, oldest_choice


def test_one_debt_comes_before_any_sum():
    assert exact_choice([10, 20, 30], 30) == (2,)


def test_the_oldest_ones_come_before_any_two():
    assert exact_choice([10, 20, 25, 5, 30, 35], 55) == (0, 1, 2)


def test_two_debts_come_before_a_sum_of_more():
    assert exact_choice([10, 20, 31, 40, 30], 70) == (3, 4)


def test_a_sum_of_several_is_found_where_there_are_not_too_many():
    assert exact_choice([11, 23, 47, 101], 11 + 47 + 101) == (0, 2, 3)


def test_two_of_many_debts_are_found():
    debts = [10_000 + 7 * number * number for number in range(500)]
    found = exact_choice(debts, debts[411] + debts[498])
    assert sum(debts[position] for position in found) == debts[411] + debts[498]


def test_no_number_of_debts_makes_the_search_long():
    rnd = random.Random(1)
    for count in (24, 60, 20_000):
        debts = [rnd.randrange(10_000, 50_000_000) for _debt in range(count)]
        began = time.process_time()
        exact_choice(debts, sum(debts) // 3)
        assert time.process_time() - began < 30  # all subsets would take years


def test_nothing_and_less_than_nothing_pay_no_debt():
    assert exact_choice([10, 0], 0) == exact_choice([10], -10) == ()
    assert oldest_choice([10], 0) == ()


def test_what_is_chosen_is_always_the_amount():
    rnd = random.Random(2)
    for _case in range(200):
        debts = [rnd.randrange(1, 60) for _debt in range(rnd.randrange(1, 30))]
        amount = rnd.randrange(1, 400)
        chosen = exact_choice(debts, amount)
        assert len(set(chosen)) == len(chosen)
        assert not chosen or sum(debts[position] for position in chosen) == amount
