"""Bring the CloudFormation stack to a template by a change set, or say what stood in the way."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.user_error import Trouble

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import CreateChangeSetInputTypeDef, StackTypeDef

NAME = "hearth-and-clay"
PATIENCE = 120  # seconds; on the emulator a deploy takes two or three
USABLE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}
NOTHING_TO_CHANGE = ("didn't contain changes", "No updates are to be performed")


class Stack:
    """The deployed shop, as CloudFormation knows it."""

    def __init__(self, cloudformation: "CloudFormationClient", name: str = NAME) -> None:
        self._cloudformation = cloudformation
        self._name = name

    def usable(self) -> bool:
        return (found := self._find()) is not None and found["StackStatus"] in USABLE

    def tag(self, name: str) -> str | None:
        found = self._find()
        tags = found.get("Tags", []) if found else []
        return next((tag["Value"] for tag in tags if tag["Key"] == name), None)

    def outputs(self) -> dict[str, str]:
        found = self._find()
        return {
            output["OutputKey"]: output["OutputValue"]
            for output in (found.get("Outputs", []) if found else [])
        }

    def resources(self, kind: str) -> dict[str, str]:
        """Logical ids and the names in the cloud, of all resources of a type."""
        pages = self._cloudformation.get_paginator("list_stack_resources")
        return {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for page in pages.paginate(StackName=self._name)
            for resource in page["StackResourceSummaries"]
            if resource["ResourceType"] == kind
        }

    def bring_to(
        self, template_url: str, parameters: Mapping[str, str], tags: Mapping[str, str]
    ) -> None:
        """Create or update. Nothing to change is a success; anything else raises `Trouble`."""
        if not self.usable():
            self._remove()
        request: CreateChangeSetInputTypeDef = {
            "StackName": self._name,
            "ChangeSetName": f"deploy-{time.time_ns()}",
            "ChangeSetType": "UPDATE" if self.usable() else "CREATE",
            "TemplateURL": template_url,
            "Parameters": [
                {"ParameterKey": name, "ParameterValue": value}
                for name, value in parameters.items()
            ],
            "Tags": [{"Key": name, "Value": value} for name, value in tags.items()],
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        }
        try:
            change_set = self._cloudformation.create_change_set(**request)["Id"]
        except ClientError as error:
            reason = error.response["Error"].get("Message", str(error))
            raise Trouble(f"The template was refused: {reason}") from error
        if self._has_changes(change_set):
            started = time.time()
            self._cloudformation.execute_change_set(ChangeSetName=change_set)
            self._await_success(since=started)

    def _has_changes(self, change_set: str) -> bool:
        def described() -> Any:
            return self._cloudformation.describe_change_set(ChangeSetName=change_set)

        found = _wait(described, lambda it: not it["Status"].endswith(("PENDING", "IN_PROGRESS")))
        if found["Status"] != "FAILED":
            return True
        reason = found.get("StatusReason", "no reason given")
        self._cloudformation.delete_change_set(ChangeSetName=change_set)
        if any(words in reason for words in NOTHING_TO_CHANGE):
            return False
        raise Trouble(f"The template was refused: {reason}")

    def _await_success(self, since: float) -> None:
        found = _wait(self._find, lambda it: it and not it["StackStatus"].endswith("IN_PROGRESS"))
        if found["StackStatus"] not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            raise Trouble(self._first_failure(since))

    def _first_failure(self, since: float) -> str:
        """The events come newest first, and all that follows the first failure is its echo."""
        events = self._cloudformation.describe_stack_events(StackName=self._name)["StackEvents"]
        for event in reversed(events):
            # The events are stamped in whole seconds.
            fresh = event["Timestamp"].timestamp() >= since - 1
            if fresh and event.get("ResourceStatus", "").endswith("_FAILED"):
                return (
                    f"The deploy failed at {event.get('LogicalResourceId')} "
                    f"({event.get('ResourceType')}): "
                    f"{event.get('ResourceStatusReason', 'no reason given').rstrip('.')}. "
                    "Correct it in infra/template.yaml and deploy again."
                )
        return "The deploy failed without a reason; `shop reset` starts from nothing."

    def _remove(self) -> None:
        """A stack whose first deploy failed cannot be updated, only removed."""
        if self._find() is not None:
            self._cloudformation.delete_stack(StackName=self._name)
            _wait(self._find, lambda it: it is None or it["StackStatus"] == "DELETE_COMPLETE")

    def _find(self) -> "StackTypeDef | None":
        try:
            return self._cloudformation.describe_stacks(StackName=self._name)["Stacks"][0]
        except ClientError:  # CloudFormation's word for "there is none" is ValidationError
            return None


def _wait(look: Any, done: Any) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not done(found := look()):
        if time.monotonic() > deadline:
            raise Trouble(f"The deploy did not end within {PATIENCE} seconds: see `shop logs`.")
        time.sleep(0.05)
    return found
