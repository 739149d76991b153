"""Grants against calls: what was called and not granted, what was granted and never called."""

from collections.abc import Iterable, Iterator

from tests.template_lint.policy_statements import Call, Grant
from tests.template_lint.roles import needed_by_wiring
from tests.template_lint.statements import allowed_to
from tests.template_lint.wiring import FUNCTION, MACHINE, Wiring


def grants(wiring: Wiring) -> Iterator[Grant]:
    for kind in (FUNCTION, MACHINE):
        for owner, _ in wiring.of(kind):
            for action, where in allowed_to(wiring, owner):
                yield Grant(owner, action, where)


def calls_of_aws(wiring: Wiring) -> Iterator[Call]:
    """AWS polls queues and the stream, puts aside what failed, and starts steps, as that role."""
    for owner, action, resource in needed_by_wiring(wiring):
        yield Call(owner, action, resource)


def missing(granted: Iterable[Grant], made: Iterable[Call]) -> list[Call]:
    known = list(granted)
    return sorted({it for it in made if not any(grant.covers(it) for grant in known)})


def unused(granted: Iterable[Grant], made: Iterable[Call]) -> list[Grant]:
    known = list(made)
    return sorted({it for it in granted if not any(it.covers(call) for call in known)})
