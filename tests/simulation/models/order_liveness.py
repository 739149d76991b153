"""Whether an order can still come to its end: what a workflow does that nobody disturbs."""

from tests.simulation.models.order import ALL, Guards, World
from tests.simulation.models.order_interleavings import outcomes
from tests.simulation.models.order_rules import Run

type Path = frozenset[World]

BY_STATUS = {
    "paying": "charge",
    "shipping": "ship",
    "refunding": "refund",
    "releasing": "release",
}


def next_step(world: World) -> str:
    """As `app/orders/next_step.py` says."""
    if world.finished:
        return "done"
    if world.status in ("placed", "reviewing"):
        return "review" if world.needs_review and world.decision != "approved" else "charge"
    if world.status == "paid":
        return "refund" if world.cancel_requested else "pack"
    return BY_STATUS[world.status]


class Endings:
    """Worlds from which every undisturbed way ends, whatever provider and carrier say."""

    def __init__(self, guards: Guards = ALL) -> None:
        self._guards = guards
        self._known: dict[World, bool] = {}

    def can_finish(self, world: World, on_the_way: Path = frozenset()) -> bool:
        if world not in self._known:
            self._known[world] = world.finished or self._goes_on(world, on_the_way)
        return self._known[world]

    def _goes_on(self, world: World, on_the_way: Path) -> bool:
        if world in on_the_way:  # going round for ever is no end
            return False
        follow = on_the_way | {world}
        return all(self.can_finish(after, follow) for after in self._a_step_later(world))

    def _a_step_later(self, world: World) -> set[World]:
        match next_step(world):
            case "review" if world.status == "placed":
                return self.all_of("ask_for_review", world)
            case "review":
                return self.all_of("decide_by_the_clock", world._replace(overdue=True))
            case "pack":
                return self.all_of("ship", world._replace(packed=True))
            case rule:
                return self.all_of(rule, world)

    def all_of(self, rule: str, world: World) -> set[World]:
        """Each world that this rule may leave when it is done and nobody comes in between."""
        ends: set[World] = set()
        going: list[tuple[World, Run]] = [(world, Run(rule))]
        while going:
            for after, then in outcomes(*going.pop(), self._guards):
                if then is None:
                    ends.add(after)
                else:
                    going.append((after, then))
        return ends
