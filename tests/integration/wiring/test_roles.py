"""Least privilege, proved: each call that is made is allowed, each right is used or says when."""

import re
from collections.abc import Iterator

import pytest

from infra.local.iam_decisions import Decision, decisions_in
from infra.local.stack import Stack
from tests.fake_clouds import DeployedShop, deployed_settings, use_cloud
from tests.integration.wiring.attempts import (
    reconciling_what_is_decided,
    sweeping_what_cannot_be_read,
    writing_a_letter_twice,
)
from tests.integration.wiring.test_permissions import STATEMENTS
from tests.integration.wiring.typical_day import a_day
from tests.printed_figures import PrintFigure
from tests.template_lint import Source, recorded_calls, translated, wiring_of
from tests.template_lint.grants import calls_of_aws, grants, missing, unused
from tests.template_lint.policy_statements import Call, Grant
from tests.template_lint.sam_transform import excuses
from tests.template_lint.statements import role_of
from tests.template_lint.wiring import FUNCTION, MACHINE, QUEUE

OURS = Source.in_folder()
WIRING = wiring_of(OURS, translated(OURS.template), {})
ATTEMPTS = list(dict.fromkeys(attempt for *_, attempt in STATEMENTS))
SELDOM = (writing_a_letter_twice, sweeping_what_cannot_be_read, reconciling_what_is_decided)
# Parts of an ARN that are another each time.
EACH_TIME = (
    (re.compile(r"(:execution:[^:]+:).+"), r"\1an-order"),
    (re.compile(r"(:::[^/]+/[^/]+/).+"), r"\1a-file"),
    (re.compile(r"(:secret:.+-)\w{6}$"), r"\1AbCdEf"),
)


@pytest.fixture(scope="module")
def decided(open_shop: DeployedShop, guarded: DeployedShop) -> set[Decision]:
    """All that IAM was asked in both shops, under the names that the template uses."""
    use_cloud(deployed_settings(guarded))
    for attempt in (*ATTEMPTS, *SELDOM):
        assert attempt(guarded)
    use_cloud(deployed_settings(open_shop))
    a_day(open_shop)
    return {*_of(open_shop), *_of(guarded)}


def _of(shop: DeployedShop) -> Iterator[Decision]:
    stack = Stack(shop.cloud.client("cloudformation"))
    roles = {name: it for it, name in stack.resources("AWS::IAM::Role").items()}
    owners = {role_of(WIRING, it): it for kind in (FUNCTION, MACHINE) for it, _ in WIRING.of(kind)}
    # A queue without a name of its own gets one from the emulator.
    queues = {url.rpartition("/")[2]: WIRING.arn(it) for it, url in stack.resources(QUEUE).items()}
    for it in decisions_in(shop.cloud.home.decisions):
        if it.role in roles:
            resource = queues.get(it.resource.rpartition(":")[2], it.resource)
            for pattern, always in EACH_TIME:
                resource = pattern.sub(always, resource)
            yield Decision(owners[roles[it.role]], it.action, resource, it.allowed)


def calls(decided: set[Decision]) -> frozenset[Call]:
    return frozenset(Call(it.role, it.action, it.resource) for it in decided)


def test_what_is_called_is_what_is_granted(
    decided: set[Decision], print_figure: PrintFigure, request: pytest.FixtureRequest
) -> None:
    if request.config.getoption("--record"):
        recorded_calls.write(calls(decided))
    granted, made = set(grants(WIRING)), {*calls(decided), *calls_of_aws(WIRING)}
    idle = [it for it in unused(granted, made) if not _excused(it)]
    lacking = missing(granted, made)
    print_figure(
        f"roles: {len(granted)} granted, {len(granted) - len(unused(granted, made))} used, "
        f"{len(lacking)} missing, {len(idle)} unused without a reason"
    )

    assert lacking == []
    assert idle == []


def _excused(it: Grant) -> bool:
    return _seldom(Call(it.owner, it.action, it.where))


def _seldom(it: Call) -> bool:
    """Whether the template says that only chance makes this call, and why it is granted."""
    known = excuses(OURS.template).get(it.owner, {})
    return f"W11 {it.action} {WIRING.owner_of(it.resource)}" in known


def test_iam_itself_allowed_every_call(decided: set[Decision]) -> None:
    allowed = calls({it for it in decided if it.allowed})

    assert sorted(calls(decided) - allowed) == []


def test_wirecheck_knows_the_calls_that_were_made(decided: set[Decision]) -> None:
    """If not: `pytest tests/integration/wiring/test_roles.py --record`, and look at the difference."""
    differing = recorded_calls.seen() ^ calls(decided)

    assert sorted(it for it in differing if not _seldom(it)) == []
