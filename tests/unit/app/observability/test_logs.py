"""The log: one JSON line for each call, whatever the fields contain."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from app.observability.lambda_context import inject_lambda_context
from app.observability.logs import log, log_error, logger
from infra.build.bundles import ROOT

INJECTED = 'x"}\n{"message": "request", "status": 200}\r\n\u2028'
CONTEXT = SimpleNamespace(function_name="hearth-and-clay-email", aws_request_id="a-request")
TRACE_ID = "1-5759e988-bd862e3fe1be46a994272793"


@pytest.fixture(autouse=True)
def outside_of_an_invocation() -> None:
    """Handlers that other tests have called in this process leave their context."""
    logger.remove_keys(["cold_start", "function_request_id"])


def last_line(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(capsys.readouterr().err.splitlines()[-1])
    return line


def test_line_feeds_and_quotes_stay_inside_their_field(capsys: pytest.CaptureFixture[str]) -> None:
    log(INJECTED, reason=INJECTED, attempt=1)

    written = capsys.readouterr().err
    assert written.isascii()
    assert written.count("\n") == 1
    line = json.loads(written)
    assert (line["message"], line["reason"], line["attempt"]) == (INJECTED, INJECTED, 1)


def test_message_that_looks_like_json_stays_text(capsys: pytest.CaptureFixture[str]) -> None:
    log('{"level": "ERROR"}')

    assert last_line(capsys)["message"] == '{"level": "ERROR"}'


def test_line_has_the_level_the_time_and_the_caller(capsys: pytest.CaptureFixture[str]) -> None:
    log_error("charge failed")

    line = last_line(capsys)
    assert line["level"] == "ERROR"
    assert set(line) == {"level", "location", "message", "timestamp"}
    assert line["location"].startswith("test_line_has_the_level")
    assert line["timestamp"].endswith("+00:00")


def test_line_has_no_spaces_between_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    """CloudWatch bills each byte."""
    log("charge", attempt=2, status="paid")

    assert " " not in capsys.readouterr().err


def test_correlation_id_is_the_order_id(capsys: pytest.CaptureFixture[str]) -> None:
    log("charge", order_id="01J00000000000000000000000")

    assert last_line(capsys)["correlation_id"] == "01J00000000000000000000000"


def test_lines_of_an_invocation_have_its_context_and_the_trace_id_of_xray(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={TRACE_ID};Parent=53995c3f42cd8ad8;Sampled=1")

    @inject_lambda_context
    def handler(event: object, context: object) -> None:
        log("email")

    handler({}, CONTEXT)
    cold = last_line(capsys)
    handler({}, CONTEXT)
    warm = last_line(capsys)
    handler({}, None)

    assert cold["cold_start"] is True
    assert "cold_start" not in warm
    assert "function_name" not in cold  # the log group has it
    assert cold["function_request_id"] == CONTEXT.aws_request_id
    assert cold["xray_trace_id"] == TRACE_ID
    assert "function_request_id" not in last_line(capsys)


@pytest.mark.parametrize("module", ["workers", "workflow"])
def test_every_handler_logs_its_lambda_context(module: str) -> None:
    for path in (ROOT / module).glob("*.py"):
        before_handler, found, _ = path.read_text().partition("\ndef handler(")
        assert not found or "@inject_lambda_context" in before_handler.rsplit("\n\n\n", 1)[1]
