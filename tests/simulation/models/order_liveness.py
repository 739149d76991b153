"""Liveness: whether an undisturbed workflow brings an order from a state to a final status."""

from tests.simulation.models.order import ALL_GUARDS, Guards, OrderState
from tests.simulation.models.order_interleavings import outcomes
from tests.simulation.models.order_rules import Run, next_step

type Path = frozenset[OrderState]


class Liveness:
    """Finds the states from which every undisturbed workflow ends, whatever the providers answer.

    The workflow follows the app's own ``next_step``.
    """

    def __init__(self, guards: Guards = ALL_GUARDS) -> None:
        self._guards = guards
        self._known: dict[OrderState, bool] = {}

    def can_finish(self, state: OrderState, path: Path = frozenset()) -> bool:
        if state not in self._known:
            self._known[state] = state.is_final or self._can_continue(state, path)
        return self._known[state]

    def _can_continue(self, state: OrderState, path: Path) -> bool:
        if state in path:  # an endless loop
            return False
        path = path | {state}
        return all(self.can_finish(after, path) for after in self._after_next_step(state))

    def _after_next_step(self, state: OrderState) -> set[OrderState]:
        match next_step(state):
            case "review" if state.status == "placed":
                return self.results_of("request_review", state)
            case "review":
                return self.results_of("expire_review", state._replace(review_overdue=True))
            case "pack":
                return self.results_of("ship", state._replace(packed=True))
            case rule:
                return self.results_of(rule, state)

    def results_of(self, rule: str, state: OrderState) -> set[OrderState]:
        """The states in which this rule may end when no other rule runs."""
        results: set[OrderState] = set()
        started: list[tuple[OrderState, Run]] = [(state, Run(rule))]
        while started:
            for after, then in outcomes(*started.pop(), self._guards):
                if then is None:
                    results.add(after)
                else:
                    started.append((after, then))
        return results
