"""`shop debug`: the events that it makes, and where it stops."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import workers.email
import workflow.charge
from infra.local.cloud import LocalCloud
from infra.local.debugging.events import make_event
from infra.local.debugging.handler_process import first_statement
from infra.user_error import UserError

WEB, EMAIL, CHARGE = (
    "app.lambda_handler.handler",
    "workers.email.handler",
    "workflow.charge.handler",
)
NO_CLOUD = cast(LocalCloud, SimpleNamespace())


def event_of(handler: str, text: str, **environment: str) -> Any:
    return make_event(NO_CLOUD, handler, environment, text)


def test_path_is_a_get_request_with_the_secret_of_cloudfront() -> None:
    environment = {"BASE_URL": "http://localhost:8000", "ORIGIN_SECRET": '{"current": "s3cret"}'}

    event = event_of(WEB, "/products?sort=price", **environment)

    assert (event["rawPath"], event["rawQueryString"]) == ("/products", "sort=price")
    assert event["requestContext"]["http"]["method"] == "GET"
    assert event["headers"] == {"host": "localhost:8000", "x-origin-secret": "s3cret"}


def test_order_id_is_the_input_of_a_workflow_step() -> None:
    assert event_of(CHARGE, "01J1")["order_id"] == "01J1"


def test_json_file_is_the_event_of_any_function(tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    file.write_text('{"Records": []}')

    assert event_of("workers.thumbnails.handler", str(file)) == {"Records": []}


@pytest.mark.parametrize(
    ("handler", "text", "reason"),
    [
        ("workers.thumbnails.handler", "01J1", "takes a JSON file with its event"),
        (EMAIL, "/products", "There is no order"),
        (WEB, "01J1", "takes a JSON file with its event"),
        (WEB, "missing.json", "cannot be read: No such file"),
    ],
)
def test_what_is_no_event_is_refused(
    monkeypatch: pytest.MonkeyPatch, handler: str, text: str, reason: str
) -> None:
    no_rows = SimpleNamespace(query=lambda *_: [])
    monkeypatch.setattr("infra.local.debugging.events.TableReader", lambda *_: no_rows)
    cloud = cast(LocalCloud, SimpleNamespace(client=str))

    with pytest.raises(UserError, match=reason):
        make_event(cloud, handler, {}, text)


def test_file_that_is_not_json_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    file.write_text("{")

    with pytest.raises(UserError, match="is not JSON: Expecting property name"):
        event_of(EMAIL, str(file))


@pytest.mark.parametrize("module", [workers.email, workflow.charge])
def test_debugger_stops_in_the_handler_and_not_in_its_decorators(module: Any) -> None:
    path, line = first_statement(module.handler)

    source = Path(path).read_text().splitlines()
    assert path == module.__file__
    assert source[line - 2].startswith("def handler(")
