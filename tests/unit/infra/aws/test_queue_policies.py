"""SQS refuses a policy whose statement is about another queue than the one that has the policy."""

from typing import Any

from infra.build.bundles import ROOT
from infra.local.packaging import read_template
from tests.template_lint.resolver import Resolver

TEMPLATE = read_template(ROOT / "infra/template.yaml")


def resources_in(policy: dict[str, Any]) -> set[str]:
    statements = policy["PolicyDocument"]["Statement"]
    found = (it["Resource"] for it in statements)
    return {arn for it in found for arn in ([it] if isinstance(it, str) else it)}


def test_statement_of_a_queue_policy_names_no_other_queue() -> None:
    policies = [
        it["Properties"]
        for it in Resolver(TEMPLATE, {}).resources().values()
        if it["Type"] == "AWS::SQS::QueuePolicy"
    ]

    shared = [it for it in policies if len(it["Queues"]) > 1]
    assert len(shared) >= 5
    assert all(resources_in(it) == {"*"} for it in shared)


def test_no_bucket_policy_is_as_broad() -> None:
    """For a queue, "*" means the queue itself; S3 would refuse it."""
    for it in Resolver(TEMPLATE, {}).resources().values():
        if it["Type"] == "AWS::S3::BucketPolicy":
            assert "*" not in resources_in(it["Properties"])
