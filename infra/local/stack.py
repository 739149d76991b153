"""Create or update the CloudFormation stack by a change set, or report why that failed."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.user_error import UserError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import CreateChangeSetInputTypeDef, StackTypeDef

STACK_NAME = "hearth-and-clay"
DEPLOY_TIMEOUT = 120  # seconds; on the emulator a deployment takes two or three
USABLE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}
NO_CHANGES_MESSAGES = ("didn't contain changes", "No updates are to be performed")


class Stack:
    """A CloudFormation stack by its name."""

    def __init__(self, cloudformation: "CloudFormationClient", name: str = STACK_NAME) -> None:
        self._cloudformation = cloudformation
        self._name = name

    def is_usable(self) -> bool:
        return (stack := self._find()) is not None and stack["StackStatus"] in USABLE

    def tag(self, name: str) -> str | None:
        stack = self._find()
        tags = stack.get("Tags", []) if stack else []
        return next((tag["Value"] for tag in tags if tag["Key"] == name), None)

    def outputs(self) -> dict[str, str]:
        stack = self._find()
        return {
            output["OutputKey"]: output["OutputValue"]
            for output in (stack.get("Outputs", []) if stack else [])
        }

    def resources(self, resource_type: str) -> dict[str, str]:
        """Physical id by logical id, of all existing resources of one type.

        A half-made stack also lists resources that were deleted, or never created.
        """
        pages = self._cloudformation.get_paginator("list_stack_resources")
        return {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for page in pages.paginate(StackName=self._name)
            for resource in page["StackResourceSummaries"]
            if resource["ResourceType"] == resource_type
            and resource.get("PhysicalResourceId")
            and resource["ResourceStatus"] != "DELETE_COMPLETE"
        }

    def deploy(
        self, template_url: str, parameters: Mapping[str, str], tags: Mapping[str, str]
    ) -> None:
        """Create or update the stack; no changes is a success. Raises ``UserError`` on failure."""
        if not self.is_usable():
            self._delete()
        request: CreateChangeSetInputTypeDef = {
            "StackName": self._name,
            "ChangeSetName": f"deploy-{time.time_ns()}",
            "ChangeSetType": "UPDATE" if self.is_usable() else "CREATE",
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
            raise UserError(f"CloudFormation rejected the template: {reason}") from error
        if self._has_changes(change_set):
            started = time.time()
            self._cloudformation.execute_change_set(ChangeSetName=change_set)
            self._await_success(since=started)

    def _has_changes(self, change_set: str) -> bool:
        def describe() -> Any:
            return self._cloudformation.describe_change_set(ChangeSetName=change_set)

        result = _wait(describe, lambda it: not it["Status"].endswith(("PENDING", "IN_PROGRESS")))
        if result["Status"] != "FAILED":
            return True
        reason = result.get("StatusReason", "no reason given")
        self._cloudformation.delete_change_set(ChangeSetName=change_set)
        if any(words in reason for words in NO_CHANGES_MESSAGES):
            return False
        raise UserError(f"CloudFormation rejected the template: {reason}")

    def _await_success(self, since: float) -> None:
        stack = _wait(self._find, lambda it: it and not it["StackStatus"].endswith("IN_PROGRESS"))
        if stack["StackStatus"] not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            raise UserError(self._first_failure(since))

    def _first_failure(self, since: float) -> str:
        """The first failed resource, oldest event first; later failures are its consequences."""
        events = self._cloudformation.describe_stack_events(StackName=self._name)["StackEvents"]
        for event in reversed(events):
            # Timestamps are whole seconds.
            recent = event["Timestamp"].timestamp() >= since - 1
            if recent and event.get("ResourceStatus", "").endswith("_FAILED"):
                return (
                    f"The deployment failed at {event.get('LogicalResourceId')} "
                    f"({event.get('ResourceType')}): "
                    f"{event.get('ResourceStatusReason', 'no reason given').rstrip('.')}. "
                    "Fix infra/template.yaml and deploy again."
                )
        return "The deployment failed without a reason. `shop reset` deletes all local data."

    def _delete(self) -> None:
        """A stack whose creation failed cannot be updated, only deleted."""
        if self._find() is not None:
            self._cloudformation.delete_stack(StackName=self._name)
            _wait(self._find, lambda it: it is None or it["StackStatus"] == "DELETE_COMPLETE")

    def _find(self) -> "StackTypeDef | None":
        try:
            return self._cloudformation.describe_stacks(StackName=self._name)["Stacks"][0]
        except ClientError:  # a stack that does not exist is a ValidationError
            return None


def _wait(poll: Any, is_done: Any) -> Any:
    """Poll until ``is_done``. Raises ``UserError`` after ``DEPLOY_TIMEOUT`` seconds."""
    deadline = time.monotonic() + DEPLOY_TIMEOUT
    while not is_done(result := poll()):
        if time.monotonic() > deadline:
            raise UserError(
                f"The deployment did not finish in {DEPLOY_TIMEOUT} seconds: see `shop logs`."
            )
        time.sleep(0.05)
    return result
