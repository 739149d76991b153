"""Make MiniStack refuse what AWS refuses: emails that SES cannot send, and too large responses.

It enforces the limits of DynamoDB, SQS and SNS itself.
"""

import json
from typing import Any

from ministack.core.lambda_runtime import Worker  # type: ignore[import-untyped]
from ministack.core.responses import error_response_json  # type: ignore[import-untyped]
from ministack.services import ses_v2  # type: ignore[import-untyped]

from infra.local.aws_limits import LAMBDA_RESPONSE, Refusal
from infra.local.aws_refusals import find_refusal

SEND_EMAIL_PATH = "/outbound-emails"
TOO_LARGE = (
    f"Response payload size exceeded maximum allowed payload size ({LAMBDA_RESPONSE.value} bytes)."
)


def refuse_above_limits() -> None:
    """Patch MiniStack in this process."""
    handle, invoke = ses_v2.handle_request, Worker.invoke

    async def handle_or_refuse(
        method: str, path: str, headers: Any, body: bytes, *args: Any
    ) -> Any:
        if refusal := email_refusal(method, path, body):
            return error_response_json(refusal.code, refusal.message, 400)
        return await handle(method, path, headers, body, *args)

    def invoke_and_measure(worker: Any, *args: Any, **kwargs: Any) -> Any:
        return refuse_large_response(invoke(worker, *args, **kwargs))

    ses_v2.handle_request = handle_or_refuse
    Worker.invoke = invoke_and_measure


def email_refusal(method: str, path: str, body: bytes) -> Refusal | None:
    """Why SES would refuse this request, or ``None``."""
    if method != "POST" or not path.rstrip("/").endswith(SEND_EMAIL_PATH):
        return None
    return find_refusal("sesv2", "SendEmail", json.loads(body))


def refuse_large_response(outcome: dict[str, Any]) -> dict[str, Any]:
    """The outcome of an invocation; an error if its result is larger than Lambda returns."""
    if outcome.get("status") != "ok":
        return outcome
    size = len(json.dumps(outcome.get("result")).encode())
    if size <= LAMBDA_RESPONSE.value:
        return outcome
    return {**outcome, "status": "error", "error": TOO_LARGE}
