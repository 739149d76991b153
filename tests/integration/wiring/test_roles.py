"""Least privilege: each call that is made is allowed, and each permission is used or excused."""

import re
from collections.abc import Iterator

import pytest

from infra.local.iam_decisions import Decision, read_decisions
from infra.local.stack import Stack
from tests.fake_clouds import DeployedShop, deployed_settings, use_cloud
from tests.integration.wiring.function_calls import (
    call_outbox_poller_with_unreadable_event,
    call_reconcile_after_decision,
    call_reconcile_with_return,
    deliver_to_email_twice,
    ship_as_merchant,
)
from tests.integration.wiring.test_permissions import STATEMENTS
from tests.integration.wiring.user_journey import run_user_journey
from tests.printed_figures import PrintFigure
from tests.template_lint import Source, recorded_calls, resolve_wiring, transform_template
from tests.template_lint.grants import all_grants, calls_by_aws, missing_grants, unused_grants
from tests.template_lint.policy_statements import Call, Grant
from tests.template_lint.sam_transform import suppressions
from tests.template_lint.statements import role_of
from tests.template_lint.wiring import FUNCTION, MACHINE, QUEUE

SOURCE = Source.in_folder()
WIRING = resolve_wiring(SOURCE, transform_template(SOURCE.template), {})
CALLS_OF_STATEMENTS = list(dict.fromkeys(call for *_, call in STATEMENTS))
RARE_CALLS = (
    deliver_to_email_twice,
    call_outbox_poller_with_unreadable_event,
    call_reconcile_after_decision,
    call_reconcile_with_return,
    ship_as_merchant,
)
# Parts of an ARN that differ each time.
VARYING_PARTS = (
    (re.compile(r"(:execution:[^:]+:).+"), r"\1an-order"),
    (re.compile(r"(:::[^/]+/[^/]+/).+"), r"\1a-file"),
    (re.compile(r"(:secret:.+-)\w{6}$"), r"\1AbCdEf"),
)


@pytest.fixture(scope="module")
def iam_decisions(open_shop: DeployedShop, isolated_shop: DeployedShop) -> set[Decision]:
    """All IAM decisions in both stacks, with the template's names."""
    use_cloud(deployed_settings(isolated_shop))
    for call in (*CALLS_OF_STATEMENTS, *RARE_CALLS):
        assert call(isolated_shop)
    use_cloud(deployed_settings(open_shop))
    run_user_journey(open_shop)
    return {*_of(open_shop), *_of(isolated_shop)}


def _of(shop: DeployedShop) -> Iterator[Decision]:
    stack = Stack(shop.cloud.client("cloudformation"))
    roles = {name: it for it, name in stack.resources("AWS::IAM::Role").items()}
    owners = {
        role_of(WIRING, it): it for kind in (FUNCTION, MACHINE) for it, _ in WIRING.of_type(kind)
    }
    # The emulator generates names for queues without one.
    queues = {url.rpartition("/")[2]: WIRING.arn(it) for it, url in stack.resources(QUEUE).items()}
    for it in read_decisions(shop.cloud.state_dir.decisions):
        if it.role in roles:
            resource = queues.get(it.resource.rpartition(":")[2], it.resource)
            for pattern, always in VARYING_PARTS:
                resource = pattern.sub(always, resource)
            yield Decision(owners[roles[it.role]], it.action, resource, it.allowed)


def calls(iam_decisions: set[Decision]) -> frozenset[Call]:
    return frozenset(Call(it.role, it.action, it.resource) for it in iam_decisions)


def test_granted_permissions_equal_the_calls_that_are_made(
    iam_decisions: set[Decision], print_figure: PrintFigure, request: pytest.FixtureRequest
) -> None:
    if request.config.getoption("--record"):
        recorded_calls.write_calls(calls(iam_decisions))
    granted, made = set(all_grants(WIRING)), {*calls(iam_decisions), *calls_by_aws(WIRING)}
    idle = [it for it in unused_grants(granted, made) if not _excused(it)]
    denied = missing_grants(granted, made)
    print_figure(
        f"roles: {len(granted)} granted, {len(granted) - len(unused_grants(granted, made))} used, "
        f"{len(denied)} missing, {len(idle)} unused and not excused"
    )

    assert denied == []
    assert idle == []


def _excused(it: Grant) -> bool:
    return _seldom(Call(it.owner, it.action, it.resource_pattern))


def _seldom(it: Call) -> bool:
    """Whether the template excuses a permission that is used only in rare cases."""
    known = suppressions(SOURCE.template).get(it.owner, {})
    return f"W11 {it.action} {WIRING.owner_of(it.resource)}" in known


def test_iam_allowed_every_call(iam_decisions: set[Decision]) -> None:
    allowed = calls({it for it in iam_decisions if it.allowed})

    assert sorted(calls(iam_decisions) - allowed) == []


def test_template_lint_has_recorded_the_calls_that_were_made(iam_decisions: set[Decision]) -> None:
    """If not, run `pytest tests/integration/wiring/test_roles.py --record` and review the diff."""
    differing = recorded_calls.read_calls() ^ calls(iam_decisions)

    assert sorted(it for it in differing if not _seldom(it)) == []
