"""The weather: which faults happen, where, and how many of each kind; all by the seed."""

from collections import Counter
from datetime import timedelta
from random import Random

AT_A_CALL = {
    "died before a call": 3,
    "died after a call": 3,
    "throttled": 3,
    "done, but no answer": 3,
    "no answer, not done": 2,
    "transaction conflict": 8,
    "slow call": 2,
}
ON_A_MESSAGE = {
    "delivered twice": 4,
    "delivered late": 3,
    "delivered out of order": 3,
    "handled, but not deleted": 2,
    "stream repeated": 1,
}
WRITES = ("TransactWriteItems ", "UpdateItem ", "PutItem ", "DeleteItem ")
NOTHING = ""
ENOUGH = 5  # a schedule with fewer faults would prove little: until then it is rough
ROUGH = 0.3
LONGEST_SKEW = timedelta(seconds=20)


class Weather:
    """How bad it is, and what has happened so far. ``calm`` ends it all."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.happened: Counter[str] = Counter()
        self.calm = False
        self._at_a_call = random.choice((0.02, 0.05, 0.1))
        self._on_a_message = random.choice((0.1, 0.25, 0.5))

    def at_a_call(self, call: str) -> str:
        """What goes wrong at this call, or nothing; it begins with its operation."""
        chance = self._at_a_call if self.happened.total() >= ENOUGH else ROUGH
        if self.calm or self._random.random() >= chance:
            return NOTHING
        fault = self._drawn(AT_A_CALL)
        if fault == "transaction conflict" and not call.startswith(WRITES):
            return NOTHING
        return self.note(fault)

    def strikes(self, kind: str, chance: float | None = None) -> bool:
        """Whether a fault of this kind happens here."""
        if chance is None:
            chance = self._on_a_message * ON_A_MESSAGE[kind] / max(ON_A_MESSAGE.values())
        if self.calm or self._random.random() >= chance:
            return False
        self.note(kind)
        return True

    def note(self, kind: str) -> str:
        self.happened[kind] += 1
        return kind

    def skew(self) -> timedelta:
        """By how much the clock of a new function is wrong."""
        if not self.strikes("clock wrong", 0.1):
            return timedelta()
        return LONGEST_SKEW * self._random.uniform(-1, 1)

    def _drawn(self, kinds: dict[str, int]) -> str:
        return self._random.choices(list(kinds), list(kinds.values()))[0]
