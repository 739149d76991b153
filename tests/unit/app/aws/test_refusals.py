"""What AWS may refuse without harm: a visibility timeout, and a token that nothing waits for."""

import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from app.aws.clients import client
from app.aws.sqs import delay_retry
from app.aws.step_functions import resume_with_token

pytestmark = pytest.mark.usefixtures("tables")


@pytest.mark.parametrize("code", ["ReceiptHandleIsInvalid", "InvalidParameterValue", "Throttling"])
def test_visibility_timeout_that_sqs_refuses_is_no_error(code: str) -> None:
    with Stubber(client("sqs")) as sqs:
        sqs.add_client_error("change_message_visibility", code)

        assert delay_retry(60, "a receipt handle") is False


def test_accepted_visibility_timeout_delays_the_retry() -> None:
    expected = {"QueueUrl": ANY, "ReceiptHandle": "a receipt handle", "VisibilityTimeout": 60}
    with Stubber(client("sqs")) as sqs:
        sqs.add_response("change_message_visibility", {}, expected)

        assert delay_retry(60, "a receipt handle") is True


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_token_that_no_workflow_waits_for_is_no_error(code: str) -> None:
    with Stubber(client("stepfunctions")) as step_functions:
        step_functions.add_client_error("send_task_success", code)

        assert resume_with_token("a token") is False


def test_waiting_workflow_is_resumed() -> None:
    with Stubber(client("stepfunctions")) as step_functions:
        step_functions.add_response(
            "send_task_success", {}, {"taskToken": "a token", "output": "{}"}
        )

        assert resume_with_token("a token") is True


def test_other_error_of_step_functions_is_raised() -> None:
    with Stubber(client("stepfunctions")) as step_functions:
        step_functions.add_client_error("send_task_success", "ThrottlingException")

        with pytest.raises(ClientError):
            resume_with_token("a token")
