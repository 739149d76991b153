"""Give MiniStack keys that cannot be guessed, in place of its public ones."""

import os
import secrets
from collections.abc import Set
from functools import cache
from typing import Any

from ministack.core import iam_evaluator, lambda_runtime  # type: ignore[import-untyped]
from ministack.services import lambda_svc, sts  # type: ignore[import-untyped]

from infra.local.operator_key import OperatorKey

ROOT_ARN = "arn:aws:iam::000000000000:root"


def issue_keys(operator: OperatorKey) -> Set[str]:
    """Patch MiniStack in this process. Returns the ids of all issued keys; the set grows.

    The operator's key has all permissions. Each function gets a key with the permissions of its
    role; MiniStack would derive it from the function's name. MiniStack checks the signatures of
    both.
    """
    issued = {operator.access_key_id}
    sts.register_session(
        operator.access_key_id,
        {
            "Arn": ROOT_ARN,
            "UserId": ROOT_ARN.split(":")[4],
            "PrincipalType": "Root",
            "SecretAccessKey": operator.secret_access_key,
        },
    )

    @cache
    def issue(function_arn: str, role: str, name: str) -> dict[str, str]:
        key = _function_key()
        issued.add(key["AWS_ACCESS_KEY_ID"])
        sts.register_session(key["AWS_ACCESS_KEY_ID"], _session(key, function_arn, role, name))
        return key

    def execution_credentials(config: dict[str, Any]) -> dict[str, str]:
        role = config.get("Role", "").rpartition("/")[2]
        return dict(issue(config["FunctionArn"], role, config["FunctionName"]))

    _let_operator_assume_roles(issued)
    lambda_runtime.execution_credentials = execution_credentials
    lambda_svc.execution_credentials = execution_credentials
    # Otherwise every page could sign an upload form with the public secret of the key `test`.
    os.environ["AWS_SECRET_ACCESS_KEY"] = secrets.token_urlsafe(32)  # functions have their own
    return issued


def _let_operator_assume_roles(issued: set[str]) -> None:
    """`shop debug` runs a handler with its role's permissions. On AWS the trust policy refuses."""
    trusts, register = iam_evaluator.evaluate_trust_policy, sts.register_session

    def trusts_operator_too(policy: Any, caller_arn: str, *details: Any) -> bool:
        return caller_arn == ROOT_ARN or bool(trusts(policy, caller_arn, *details))

    def register_known(access_key_id: str, session: dict[str, Any]) -> None:
        issued.add(access_key_id)
        register(access_key_id, session)

    iam_evaluator.evaluate_trust_policy = trusts_operator_too
    sts.register_session = register_known


def _function_key() -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": f"ASIA{secrets.token_hex(8).upper()}",
        "AWS_SECRET_ACCESS_KEY": secrets.token_urlsafe(32),
        "AWS_SESSION_TOKEN": secrets.token_urlsafe(32),
    }


def _session(key: dict[str, str], function_arn: str, role: str, name: str) -> dict[str, str]:
    account = function_arn.split(":")[4]
    return {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name[:64]}",
        "UserId": f"{role}:{name[:64]}",
        "SecretAccessKey": key["AWS_SECRET_ACCESS_KEY"],
        "SessionToken": key["AWS_SESSION_TOKEN"],
    }
