"""The parameter XRayTracing: X-Ray for everything that can send it segments, or for nothing."""

from copy import deepcopy

import pytest

from tests.template_lint import Source, Wiring, resolve_wiring, transform_template
from tests.template_lint.wiring import FUNCTION, MACHINE

TOPIC, POLICY = "OrderEventsTopic", "TopicTracingPolicy"


def wiring_with(tracing: str) -> Wiring:
    """The wiring after SAM's own transform, which adds the permissions of traced functions."""
    source = Source.in_folder()
    template = deepcopy(source.template)
    template["Parameters"]["XRayTracing"]["Default"] = tracing
    return resolve_wiring(source, transform_template(template), {})


@pytest.fixture(scope="module")
def traced() -> Wiring:
    return wiring_with("Active")


@pytest.fixture(scope="module")
def untraced() -> Wiring:
    return wiring_with("Disabled")


def test_xray_traces_every_function_and_their_roles_may_send_segments(traced: Wiring) -> None:
    functions = dict(traced.of_type(FUNCTION))

    assert {it["TracingConfig"]["Mode"] for it in functions.values()} == {"Active"}
    for function in functions.values():
        role = traced.properties(traced.logical_id(function["Role"]))
        assert "xray" in str(role["ManagedPolicyArns"]).lower()


def test_xray_traces_the_workflow_and_the_topic(traced: Wiring) -> None:
    ((name, machine),) = traced.of_type(MACHINE)
    topic_policy = traced.properties(POLICY)

    assert machine["TracingConfiguration"] == {"Enabled": True}
    assert "XRay" in str(traced.properties(f"{name}Role")["ManagedPolicyArns"])
    assert traced.properties(TOPIC)["TracingConfig"] == "Active"
    assert "sns.amazonaws.com" in topic_policy["PolicyDocument"]


def test_no_function_is_traced_and_nothing_may_call_xray_by_default(untraced: Wiring) -> None:
    assert not [name for name, it in untraced.of_type(FUNCTION) if "TracingConfig" in it]
    assert untraced.properties(TOPIC)["TracingConfig"] == "PassThrough"
    assert POLICY not in untraced.resources
    roles = [it for _, it in untraced.of_type("AWS::IAM::Role")]
    assert roles
    assert "xray" not in str(roles).lower()
