"""Looking at every state that a model can reach, and telling the shortest way to a bad one."""

from collections import deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field

type Step[S] = tuple[str, S]  # what happens, and the state that it leads to


@dataclass
class Explored[S: Hashable]:
    """All states, or as many as were seen until one broke a promise."""

    states: set[S]
    broken: str = ""  # the promise, empty when all are kept
    story: list[str] = field(default_factory=list)  # the shortest way there


def explore[S: Hashable](
    starts: Iterable[S], steps: Callable[[S], Iterable[Step[S]]], broken: Callable[[S], str]
) -> Explored[S]:
    """Breadth first, so that the story of a broken promise is as short as there is."""
    came_from: dict[S, Step[S] | None] = dict.fromkeys(starts)
    waiting = deque(came_from)
    while waiting:
        state = waiting.popleft()
        if promise := broken(state):
            return Explored(set(came_from), promise, _story(state, came_from))
        for what, following in steps(state):
            if following not in came_from:
                came_from[following] = (what, state)
                waiting.append(following)
    return Explored(set(came_from))


def _story[S: Hashable](state: S, came_from: dict[S, Step[S] | None]) -> list[str]:
    story: list[str] = []
    while step := came_from[state]:
        what, state = step
        story.append(what)
    return story[::-1]
