"""Random faults: which ones happen, where, and how many of each kind, decided by the seed."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random

from infra.local.faults.outages import Outage

CALL_FAULTS = {
    "crashed before a call": 3,
    "crashed after a call": 3,
    "throttled": 3,
    "done, but no answer": 3,
    "no answer, not done": 2,
    "transaction conflict": 8,
    "slow call": 2,
}
MESSAGE_FAULTS = {
    "delivered twice": 4,
    "delivered late": 3,
    "delivered out of order": 3,
    "handled, but not deleted": 2,
    "worker throttled": 1,
    "stream repeated": 1,
    "message of a batch refused": 1,
}
OUTAGE_FAULTS = {
    "throttled": "throttled",
    "unavailable": "no answer, not done",
    "responses lost": "done, but no answer",
}
# Single writes that can meet a running transaction. No transaction writes an email's row.
WRITES = ("TransactWriteItems ", "UpdateItem ", "PutItem ", "DeleteItem ")
NO_FAULT = ""
MIN_FAULTS = 5  # per schedule; until then faults are drawn at INITIAL_FAULT_RATE
INITIAL_FAULT_RATE = 0.3
MAX_CLOCK_SKEW = timedelta(minutes=5)


class Faults:
    """Draws faults. ``counts`` are the faults so far; ``suspended`` stops new ones.

    ``outages`` have a beginning and an end of their own, also while the others are suspended.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self.counts: Counter[str] = Counter()
        self.outages: list[Outage] = []
        self.suspended = False
        self._call_fault_rate = random.choice((0.02, 0.05, 0.1))
        self._message_fault_rate = random.choice((0.1, 0.25, 0.5))

    def add_outage(self, outage: Outage) -> None:
        self.outages.append(outage)
        self.record(f"outage of {outage.service}")

    def outage_of(self, service: str, at: datetime) -> Outage | None:
        """The outage of this service at this time, if there is one."""
        return next((it for it in self.outages if it.service == service and it.is_active(at)), None)

    def draw_call_fault(self, call: str) -> str:
        """The fault of this call, or ``NO_FAULT``. ``call`` begins with the operation's name."""
        rate = self._call_fault_rate if self.counts.total() >= MIN_FAULTS else INITIAL_FAULT_RATE
        if self.suspended or self._random.random() >= rate:
            return NO_FAULT
        fault = self._random.choices(list(CALL_FAULTS), list(CALL_FAULTS.values()))[0]
        if fault == "transaction conflict" and not _can_conflict(call):
            return NO_FAULT
        return self.record(fault)

    def occurs(self, kind: str, chance: float | None = None) -> bool:
        """Whether a fault of this kind happens here."""
        if chance is None:
            weight = MESSAGE_FAULTS[kind] / max(MESSAGE_FAULTS.values())
            chance = self._message_fault_rate * weight
        if self.suspended or self._random.random() >= chance:
            return False
        self.record(kind)
        return True

    def record(self, kind: str) -> str:
        self.counts[kind] += 1
        return kind

    def clock_skew(self) -> timedelta:
        """The error of a new invocation's clock."""
        if not self.occurs("clock wrong", 0.1):
            return timedelta()
        return MAX_CLOCK_SKEW * self._random.uniform(-1, 1)


def _can_conflict(call: str) -> bool:
    return call.startswith(WRITES) and " email#" not in call
