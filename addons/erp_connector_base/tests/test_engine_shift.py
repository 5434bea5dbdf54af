# pylint: disable=invalid-commit; what other sessions see is what is tested
"""Two fast lanes are not away together: who is alone stays a little longer."""

from odoo.addons.erp_connector_base.models import erp_connector_message_lane as lane
from odoo.tools import config

from .common import EngineCase


class TestShift(EngineCase):
    def setUp(self):
        super().setUp()
        self.set_workers(2)
        one = self.enterContext(self.lane())
        other = self.enterContext(self.lane())
        self.one, self.other = one[0], other[0]
        self.addCleanup(self.one._end_shift, "fast")
        self.addCleanup(self.other._end_shift, "fast")

    def set_workers(self, count):
        self.addCleanup(
            config.__setitem__, "max_cron_threads", config["max_cron_threads"]
        )
        config["max_cron_threads"] = count

    def test_a_single_worker_has_nobody_to_wait_for(self):
        self.set_workers(1)
        self.one._begin_shift("fast")
        self.assertTrue(self.one._leave_shift("fast"))
        self.other._begin_shift("fast")
        self.set_workers(2)
        self.assertFalse(self.other._leave_shift("fast"), "the first one is away")

    def test_who_is_alone_stays_until_the_other_one_is_back(self):
        self.one._begin_shift("fast")
        self.assertFalse(self.one._leave_shift("fast"))
        self.other._begin_shift("fast")
        self.assertTrue(self.one._leave_shift("fast"))
        self.assertFalse(self.other._leave_shift("fast"), "it is alone now")
        self.one._begin_shift("fast")
        self.assertTrue(self.other._leave_shift("fast"))

    def test_a_lane_that_has_no_other_waits_for_none(self):
        self.one._begin_shift("bulk")
        self.assertTrue(self.one._leave_shift("bulk"))

    def test_who_ends_is_away(self):
        self.one._begin_shift("fast")
        self.other._begin_shift("fast")
        self.other._end_shift("fast")
        self.assertFalse(self.one._leave_shift("fast"))

    def test_a_crew_is_late_only_when_another_one_is_there(self):
        self.one._begin_shift("fast")
        crew = lane.Crew(self.one.env, "fast", [])
        crew.began -= lane.ROUND_SECONDS * 2
        crew.asked_at = crew.began
        crew.look_at_the_clock()
        self.assertFalse(crew.is_late)
        self.other._begin_shift("fast")
        crew.asked_at = crew.began
        crew.look_at_the_clock()
        self.assertTrue(crew.is_late)

    def test_a_crew_does_not_stay_for_ever(self):
        self.one._begin_shift("fast")
        crew = lane.Crew(self.one.env, "fast", [])
        crew.began -= lane.LONGEST_SECONDS + 1
        crew.look_at_the_clock()
        self.assertTrue(crew.is_late)
