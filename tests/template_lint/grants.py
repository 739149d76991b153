"""Compare the grants of roles with the calls that were recorded: missing and unused grants."""

from collections.abc import Iterable, Iterator

from tests.template_lint.policy_statements import Call, Grant
from tests.template_lint.roles import calls_needed_by_wiring
from tests.template_lint.statements import allowed_actions
from tests.template_lint.wiring import FUNCTION, MACHINE, Wiring


def all_grants(wiring: Wiring) -> Iterator[Grant]:
    for kind in (FUNCTION, MACHINE):
        for owner, _ in wiring.of_type(kind):
            for action, where in allowed_actions(wiring, owner):
                yield Grant(owner, action, where)


def calls_by_aws(wiring: Wiring) -> Iterator[Call]:
    """Calls that AWS makes with the roles: polling, sending failures away, invoking steps."""
    for owner, action, resource in calls_needed_by_wiring(wiring):
        yield Call(owner, action, resource)


def missing_grants(granted: Iterable[Grant], made: Iterable[Call]) -> list[Call]:
    known = list(granted)
    return sorted({it for it in made if not any(grant.covers(it) for grant in known)})


def unused_grants(granted: Iterable[Grant], made: Iterable[Call]) -> list[Grant]:
    known = list(made)
    return sorted({it for it in granted if not any(it.covers(call) for call in known)})
