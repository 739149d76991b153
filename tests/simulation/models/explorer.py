"""Model checker: visits every reachable state and returns the shortest counterexample."""

from collections import deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field

type Step[S] = tuple[str, S]  # what happens, and the next state


@dataclass
class Explored[S: Hashable]:
    """The states visited: all of them, or those before the first violation."""

    states: set[S]
    violation: str = ""  # the violated invariant; "" if none is
    counterexample: list[str] = field(default_factory=list)  # the shortest path to the violation


def explore[S: Hashable](
    starts: Iterable[S], steps: Callable[[S], Iterable[Step[S]]], find_violation: Callable[[S], str]
) -> Explored[S]:
    """Search breadth first, so that the counterexample is as short as possible."""
    predecessors: dict[S, Step[S] | None] = dict.fromkeys(starts)
    queue = deque(predecessors)
    while queue:
        state = queue.popleft()
        if violation := find_violation(state):
            return Explored(set(predecessors), violation, _path_to(state, predecessors))
        for what, next_state in steps(state):
            if next_state not in predecessors:
                predecessors[next_state] = (what, state)
                queue.append(next_state)
    return Explored(set(predecessors))


def _path_to[S: Hashable](state: S, predecessors: dict[S, Step[S] | None]) -> list[str]:
    path: list[str] = []
    while step := predecessors[state]:
        what, state = step
        path.append(what)
    return path[::-1]
