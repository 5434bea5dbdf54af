"""What a topic is, and what a handler says of each message it was given."""

from dataclasses import dataclass
from typing import Any

#: Seconds before the 1st, 2nd, ... retry; after the last one the message is dead.
DEFAULT_LADDER = (5, 30, 120, 600, 1800, 7200, 21600)

REPEATABLE = "repeatable"  # reads and idempotent writes: just retry
KEYED = "keyed"  # the platform honours an idempotency key: retry with the same one
IRREVOCABLE = "irrevocable"  # never resend before the probe has said it did not arrive


@dataclass(frozen=True)
class Topic:
    """One kind of message: one row of the table in `models/erp_connector_message.py`.

    `model`.`handler`(messages, answers) returns {message id: Outcome}; it runs inside
    a savepoint together with its whole batch, and may run again on halves of it.
    `exchange`(messages), when given, runs before it, once, in a transaction that is
    committed first: the only place for HTTP. It returns {message id: answer or
    ConnectorError}; the handler gets the answers, and only messages without an error.
    `finish`(messages), when given, runs after the handler's work is committed, in a
    transaction of its own that never overlaps another one with the same
    `finish_lock`; it must be safe to run twice.
    `probe`(message) answers an Outcome for an uncertain message: done, or pending.
    `ladder` are the waits between tries in seconds, `service_level` the seconds within
    which a message should be through. What cannot be taken back is claimed in parts of
    `side_by_side`, so that all of a claim travels at the same time; its first wait must
    outlast a request that nobody waits for any more, but that may still arrive.
    """

    name: str
    label: str
    direction: str
    lane: str
    model: str
    handler: str
    exchange: str = ""
    finish: str = ""
    finish_lock: str = ""
    probe: str = ""
    batch: int = 100
    side_by_side: int = 1
    safety: str = REPEATABLE
    ladder: tuple[int, ...] = DEFAULT_LADDER
    service_level: int = 300


@dataclass(frozen=True)
class Outcome:
    """What became of one message. `record` is the Odoo record it touched."""

    state: str
    record: Any = None
    note: str = ""
    error: Exception | None = None
    waits_for: tuple[tuple[str, str, str], ...] = ()
    reference: str = ""

    @classmethod
    def done(cls, record: Any = None, note: str = "", reference: str = "") -> "Outcome":
        """Worked; `reference` is the other side's acknowledgement, if it gave one."""
        return cls("done", record=record, note=note, reference=reference)

    @classmethod
    def pending(cls, note: str = "") -> "Outcome":
        """Of a probe: the request never arrived, it is safe to send it again."""
        return cls("pending", note=note)

    @classmethod
    def ignored(cls, note: str, record: Any = None) -> "Outcome":
        """Nothing to do: stale or superseded; `note` says why."""
        return cls("ignored", record=record, note=note)

    @classmethod
    def waiting(
        cls, waits_for: tuple[tuple[str, str, str], ...], note: str, record: Any = None
    ) -> "Outcome":
        """Parked until each (kind, external id, label) of `waits_for` is mapped."""
        return cls("waiting", waits_for=waits_for, note=note, record=record)

    @classmethod
    def failed(cls, error: Exception, record: Any = None) -> "Outcome":
        """Did not work; the class of `error` decides between retry, probe and dead."""
        return cls("failed", error=error, record=record)
