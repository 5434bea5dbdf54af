"""Requests that cannot be taken back travel in small parts, side by side."""

from .test_engine_outbound import OutboundCase


class TestFlock(OutboundCase):
    topic = "testing.flock"

    def test_no_more_are_claimed_than_travel_at_once(self):
        for number in range(6):
            self.send(f"R{number}")
        with self.lane() as (messages, worker):
            self.assertEqual(messages._work_one_batch("fast", worker), 4)
            self.assertEqual(messages._work_one_batch("fast", worker), 2)
        self.assertEqual(sorted(self.transfers()), [f"R{n}" for n in range(6)])

    def test_a_bug_in_one_call_leaves_that_one_to_be_asked_about(self):
        messages = [self.send(f"R{n}", bug_after_call=n == 1) for n in range(3)]
        self.drain()
        states = [message.state for message in messages]
        self.assertEqual(states, ["done", "uncertain", "done"])
        self.settle()
        self.assertEqual(messages[1].state, "done")
        self.assertEqual(sorted(self.transfers()), ["R0", "R1", "R2"])

    def test_an_answer_lost_in_one_leaves_the_others_alone(self):
        self.peer.fault("cut_after", path="/transfers", count=1)
        messages = [self.send(f"R{n}") for n in range(4)]
        self.drain()
        states = sorted(message.state for message in messages)
        self.assertEqual(states, ["done"] * 3 + ["uncertain"])
        self.settle()
        self.assertEqual({message.state for message in messages}, {"done"})
        self.assertEqual(sorted(self.transfers()), ["R0", "R1", "R2", "R3"])
