"""The web bundle, which is trimmed and has compiled templates, answers as the working tree does."""

import json
import pickle
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml  # type: ignore[import-untyped]

from infra.build.bundles import ROOT, staged_bundles
from infra.build.wheels import LOCAL
from tests.benchmarks.cost.browsing import BASE_URL, api_gateway_event
from tests.benchmarks.starts.programs import PACKAGES
from tests.benchmarks.starts.recorded_answers import record_requests
from tests.benchmarks.starts.starts import ENVIRONMENT
from tests.simulation.simulator.run import SETTINGS

WEB, ADMIN = "app.lambda_handler", "app.admin_lambda_handler"

# Prints the page of each recorded request, in English and in German.
PROGRAM = """
import importlib, json, pickle, sys
from datetime import UTC, datetime
sys.path[:] = [it for it in sys.path if "site-packages" not in it] + sys.argv[3:]
with open(sys.argv[1], "rb") as file:
    recorded = pickle.load(file)
from botocore.client import BaseClient
from botocore.exceptions import EndpointConnectionError
from app import clock
handler = importlib.import_module(sys.argv[2]).handler
def answer(client, operation, parameters):
    if not answers:
        raise EndpointConnectionError(endpoint_url="https://aws.example")
    tables = parameters.get("RequestItems") or [parameters["TableName"]]
    return answers[operation, *tables]
BaseClient._make_api_call = answer
now = datetime(2031, 6, 12, tzinfo=UTC)
pages = []
with clock.use_clock(lambda: now):
    for event, answers in recorded:
        event["headers"]["accept-encoding"] = "identity"
        path = event["rawPath"]
        for prefix in ("", *(["/de"] if "/api/" not in path else [])):
            event["rawPath"] = event["requestContext"]["http"]["path"] = prefix + path
            response = handler(event, None)
            pages.append((response["statusCode"], response["body"]))
print(json.dumps(pages))
"""


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("recording") / "requests"
    file.write_bytes(pickle.dumps(record_requests()))
    return file


def a_request(route: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The event of a request to this route of `access.yaml`; AWS answers none of its calls."""
    method, path = route.split(" ")
    url = BASE_URL + re.sub(r"{\w+}", "x", path)
    headers = {"Origin": BASE_URL, "Sec-Fetch-Site": "same-origin", "Accept": "*/*"}
    form = {"sku": "MUG", "email": "ada@hearth.example"} if method == "POST" else None
    return api_gateway_event(httpx.Request(method, url, headers=headers, data=form)), {}


def requests_of(handler: str, folder: Path) -> Path:
    """One request for each route of this function."""
    access = yaml.safe_load((ROOT / "tests/security/access.yaml").read_text())
    is_admin = handler == ADMIN
    routes = [it for kind in access.values() for it in kind if (" /admin" in it) == is_admin]
    file = folder / "requests"
    file.write_bytes(pickle.dumps([a_request(route) for route in routes]))
    return file


def rendered(recording: Path, *path: str, handler: str = WEB) -> list[tuple[int, str]]:
    settings = {name.upper(): value for name, value in {**SETTINGS, "base_url": BASE_URL}.items()}
    done = subprocess.run(
        [sys.executable, "-S", "-s", "-P", "-c", PROGRAM, str(recording), handler, *path],
        env={**ENVIRONMENT, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [
        (status, re.sub(r"/static/\w+/", "/static/version/", body))
        for status, body in json.loads(done.stdout)
    ]


def test_compiled_templates_render_the_same_pages_as_their_sources(recording: Path) -> None:
    with staged_bundles(LOCAL) as folders:
        from_bundle = rendered(recording, str(folders["web"]))

    from_sources = rendered(recording, str(ROOT), PACKAGES)

    assert not (folders["web"] / "frontend/templates/layout.html").exists()
    assert {status for status, _ in from_bundle} == {200}
    assert any("In den Warenkorb" in page for _, page in from_bundle)
    assert from_bundle == from_sources


@pytest.mark.parametrize(
    ("handler", "statuses"), [(WEB, {200, 303, 401, 404, 422, 503}), (ADMIN, {303, 404})]
)
def test_every_route_has_the_same_status_in_the_bundle(
    tmp_path: Path, handler: str, statuses: set[int]
) -> None:
    requests = requests_of(handler, tmp_path)
    with staged_bundles(LOCAL) as folders:
        from_bundle = rendered(requests, str(folders["web"]), handler=handler)

    from_sources = [
        status for status, _ in rendered(requests, str(ROOT), PACKAGES, handler=handler)
    ]

    assert len(from_sources) > 50
    assert set(from_sources) >= statuses
    assert 500 not in from_sources
    assert [status for status, _ in from_bundle] == from_sources
