"""A model of a flash sale in virtual time: the sales per second of one stock row and of shards.

`python -m tests.simulation.models.hot_stock` prints the figures that `infra/DECISIONS.md` quotes.
The model calls the app's own rules: the choice of a shard, the split of the stock over shards, the
backoff after a transaction conflict, and the number of attempts of a checkout.

Each sale is two transactions on its row: the checkout reserves a unit, and the workflow commits it
when the order ships. Here that is about a second later, without packing: the worst case, in which
both meet on the row. A buyer gives up after four conflicts; a commit is retried by the workflow.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

from app.errors import Conflict
from app.inventory.stock_shards import allocate, shard_key, split
from app.orders.checkout import MAX_ATTEMPTS
from app.persistence.dynamodb import CONFLICT_BACKOFF_SECONDS

LOCK_SECONDS = 0.008  # a transaction holds its row so long; others conflict with it
READ_SECONDS = 0.004  # a read of all rows takes so long
SHIPPED_AFTER_SECONDS = (0.5, 1.5)  # of a sale, by an order without packing time
WORKFLOW_RETRY_SECONDS = 2  # after a step failed, see Retry in `workflow/fulfill_order.asl.yaml`
REFUSED_WITH_STOCK = "refused with stock left"


@dataclass
class Shard:
    """A stock row, and until when a transaction holds it."""

    sku: str
    available: int
    locked_until: float = 0


@dataclass
class Sale:
    """The shards, and the outcome of each buyer. ``wasted`` transactions met an empty shard."""

    shards: dict[str, Shard]
    random: Random
    outcomes: Counter[str] = field(default_factory=Counter)
    transactions: int = 0
    wasted: int = 0
    commits: int = 0
    last_commit_at: float = 0


@dataclass
class Buyer:
    """The shard that the buyer tries, the conflicts there, and the attempts so far."""

    shard: Shard | None = None
    conflicts: int = 0
    attempts: int = 0
    reserved: bool = False


type ChooseShard = Callable[[Sale], Shard | None]  # None: sold out


@dataclass(frozen=True)
class Policy:
    """How many shards there are, how one is chosen, and how often again if it was empty."""

    name: str
    shards: int
    choose: ChooseShard
    max_attempts: int


def choose_without_reading(sale: Sale) -> Shard | None:
    """Any shard, empty or not."""
    return sale.random.choice([*sale.shards.values()])


def choose_as_the_app(sale: Sale) -> Shard | None:
    """The app's own rule."""
    try:
        (sku,) = allocate(sale.shards.values(), 1, draw=sale.random.choices)
    except Conflict:
        return None
    return sale.shards[sku]


def choose_uniformly(sale: Sale) -> Shard | None:
    """Any shard that has stock, however much: what the app's rule is compared with."""
    filled = [shard for shard in sale.shards.values() if shard.available]
    return sale.random.choice(filled) if filled else None


ONE_ROW = Policy("one row", 1, choose_without_reading, 1)
BLIND = Policy("8 shards, not read, 1 attempt", 8, choose_without_reading, 1)
BLIND_TWICE = Policy("8 shards, not read, 2 attempts", 8, choose_without_reading, 2)
UNIFORM = Policy("8 shards, read, uniform", 8, choose_uniformly, MAX_ATTEMPTS)
APP = Policy("8 shards, read, weighted", 8, choose_as_the_app, MAX_ATTEMPTS)
POLICIES = (
    ONE_ROW,
    BLIND,
    BLIND_TWICE,
    Policy("4 shards, read, weighted", 4, choose_as_the_app, MAX_ATTEMPTS),
    APP,
    Policy("16 shards, read, weighted", 16, choose_as_the_app, MAX_ATTEMPTS),
    Policy("32 shards, read, weighted", 32, choose_as_the_app, MAX_ATTEMPTS),
    Policy("64 shards, read, weighted", 64, choose_as_the_app, MAX_ATTEMPTS),
)


def simulate(policy: Policy, *, buyers: int, per_second: float, units: int, seed: int = 1) -> Sale:
    """Each buyer wants one unit, and does not come back after a refusal."""
    random = Random(seed)
    keys = [shard_key("POT", number) for number in range(policy.shards)]
    stock = split(keys, units)
    sale = Sale({key: Shard(key, stock.get(key, 0)) for key in keys}, random)
    arrival, waiting = 0.0, list[tuple[float, int, Buyer]]()
    for number in range(buyers):
        arrival += random.expovariate(per_second)
        waiting.append((arrival, number, Buyer()))
    heapq.heapify(waiting)
    while waiting:
        now, number, buyer = heapq.heappop(waiting)
        again_at, outcome = _step(sale, policy, buyer, now)
        if outcome:
            sale.outcomes[outcome] += 1
        if again_at is not None:
            heapq.heappush(waiting, (again_at, number, buyer))
    return sale


def _step(sale: Sale, policy: Policy, buyer: Buyer, now: float) -> tuple[float | None, str]:
    """When the order continues, if it does, and the buyer's outcome, if this step is it."""
    if buyer.shard is None:
        buyer.shard, buyer.attempts = policy.choose(sale), buyer.attempts + 1
        return (now + READ_SECONDS, "") if buyer.shard else (None, "sold out")
    sale.transactions += 1
    shard = buyer.shard
    if shard.locked_until > now:
        return _conflict(sale, buyer, now)
    shard.locked_until = now + LOCK_SECONDS
    if buyer.reserved:
        sale.commits += 1
        sale.last_commit_at = now
        return None, ""
    if shard.available:
        shard.available -= 1
        buyer.reserved, buyer.conflicts = True, 0
        return now + sale.random.uniform(*SHIPPED_AFTER_SECONDS), "sold"
    sale.wasted += 1
    if buyer.attempts < policy.max_attempts:
        buyer.shard = None
        return now + LOCK_SECONDS, ""
    some_left = any(it.available for it in sale.shards.values())
    return None, REFUSED_WITH_STOCK if some_left else "sold out"


def _conflict(sale: Sale, buyer: Buyer, now: float) -> tuple[float | None, str]:
    buyer.conflicts += 1
    if buyer.conflicts <= len(CONFLICT_BACKOFF_SECONDS):
        backoff = CONFLICT_BACKOFF_SECONDS[buyer.conflicts - 1]
        return now + sale.random.uniform(0, backoff), ""
    if buyer.reserved:
        buyer.conflicts = 0
        return now + WORKFLOW_RETRY_SECONDS, ""
    return None, "busy"


def compare_policies() -> Iterator[str]:
    for policy in POLICIES:
        few = simulate(policy, buyers=1_000, per_second=250, units=950)
        many = simulate(policy, buyers=3_600, per_second=1_200, units=3_600)
        sold = many.outcomes["sold"]
        yield (
            f"{policy.name:<31} sold {few.outcomes['sold']:>4}, busy {few.outcomes['busy']:>4}, "
            f"refused with stock left {few.outcomes[REFUSED_WITH_STOCK]:>3}; "
            f"sold {sold / 3:>4.0f} per second, "
            f"{many.transactions / max(sold, 1):.1f} transactions for each, "
            f"last commit {many.last_commit_at - 3:.0f} s after the rush"
        )


if __name__ == "__main__":
    print("1,000 buyers in 4 s for 950 units; 3,600 buyers in 3 s, with units for all:")  # noqa: T201
    print("\n".join(compare_policies()))  # noqa: T201
