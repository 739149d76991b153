"""A flash sale in virtual time: how one row of stock, and several drawers, bear a crowd.

`python -m tests.simulation.models.hot_stock` prints what `infra/DECISIONS.md` quotes. A transaction keeps its
row for so long; whoever comes meanwhile is in conflict, and tries again as `app/persistence/dynamodb.py` does.
"""

import heapq
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

LOCKED = 0.008  # seconds that a transaction keeps its row
ANSWERED = 0.004  # seconds that a look at the rows takes
IN_VAIN = "refused while there was some"
PAUSES = (0.05, 0.1, 0.2)  # before each further try of a transaction in conflict


@dataclass
class Sale:
    """Rows with their pieces, and until when each is locked; what became of whom is counted."""

    rows: list[int]
    chance: random.Random
    locked: list[float] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    transactions: int = 0

    def __post_init__(self) -> None:
        self.locked = [0.0] * len(self.rows)


@dataclass
class Buyer:
    """Which row they are at, how often they were in conflict there, and how often they looked."""

    row: int = -1
    conflicts: int = 0
    looks: int = 0


type Choose = Callable[[Sale], int]


@dataclass(frozen=True)
class Policy:
    """How a row is chosen, and how often anew when the chosen one was empty."""

    name: str
    drawers: int
    choose: Choose
    looks: int


def blindly(sale: Sale) -> int:
    return sale.chance.randrange(len(sale.rows))


def the_fuller_the_likelier(sale: Sale) -> int:
    """As `take_from` does after a look at all rows; -1 when all of them are empty."""
    if not any(sale.rows):
        return -1
    return sale.chance.choices(range(len(sale.rows)), sale.rows)[0]


POLICIES = (
    Policy("one row", 1, blindly, 1),
    Policy("8 drawers, blind, one try", 8, blindly, 1),
    Policy("8 drawers, blind, two tries", 8, blindly, 2),
    Policy("4 drawers, look first", 4, the_fuller_the_likelier, 8),
    Policy("8 drawers, look first", 8, the_fuller_the_likelier, 8),
    Policy("16 drawers, look first", 16, the_fuller_the_likelier, 8),
)


def play(policy: Policy, *, buyers: int, each_second: float, pieces: int, seed: int = 1) -> Sale:
    """So many come, one piece each; whoever is turned away does not come again."""
    chance = random.Random(seed)
    share, more = divmod(pieces, policy.drawers)
    sale = Sale([share + (place < more) for place in range(policy.drawers)], chance)
    moment, waiting = 0.0, list[tuple[float, int, Buyer]]()
    for number in range(buyers):
        moment += chance.expovariate(each_second)
        waiting.append((moment, number, Buyer()))
    heapq.heapify(waiting)
    while waiting:
        now, number, buyer = heapq.heappop(waiting)
        again = _try(sale, policy, buyer, now)
        if again is not None:
            heapq.heappush(waiting, (again, number, buyer))
    return sale


def _try(sale: Sale, policy: Policy, buyer: Buyer, now: float) -> float | None:
    """When they try again, or None when they were told something final."""
    again, told = _step(sale, policy, buyer, now)
    if told:
        sale.told[told] += 1
        return None
    return again


def _step(sale: Sale, policy: Policy, buyer: Buyer, now: float) -> tuple[float, str]:
    if buyer.row < 0:
        buyer.row, buyer.looks = policy.choose(sale), buyer.looks + 1
        return (now + ANSWERED, "") if buyer.row >= 0 else (now, "sold out")
    sale.transactions += 1
    if sale.locked[buyer.row] > now:
        buyer.conflicts += 1
        if buyer.conflicts > len(PAUSES):
            return now, "busy"
        return now + sale.chance.uniform(0, PAUSES[buyer.conflicts - 1]), ""
    sale.locked[buyer.row] = now + LOCKED
    if sale.rows[buyer.row]:
        sale.rows[buyer.row] -= 1
        return now, "sold"
    if buyer.looks < policy.looks:
        buyer.row = -1
        return now + LOCKED, ""
    return now, IN_VAIN if any(sale.rows) else "sold out"


def compared() -> Iterator[str]:
    for policy in POLICIES:
        few = play(policy, buyers=1_000, each_second=500, pieces=950)
        many = play(policy, buyers=3_000, each_second=1_000, pieces=3_000)
        yield (
            f"{policy.name:<28} sold {few.told['sold']:>4}, busy {few.told['busy']:>4}, refused "
            f"while there was some {few.told[IN_VAIN]:>3}; "
            f"sold {many.told['sold'] / 3:>4.0f} each second, "
            f"{many.transactions / max(many.told['sold'], 1):.1f} transactions for each"
        )


if __name__ == "__main__":
    print("1,000 buyers in 2 s, 950 pieces; and 3,000 in 3 s, pieces for all:")  # noqa: T201
    print("\n".join(compared()))  # noqa: T201
