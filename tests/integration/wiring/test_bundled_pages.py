"""The web bundle, which has compiled templates, renders the same pages as the working tree."""

import json
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest

from infra.build.bundles import ROOT, staged_bundles
from infra.build.wheels import LOCAL
from tests.benchmarks.cost.browsing import BASE_URL
from tests.benchmarks.starts.programs import PACKAGES
from tests.benchmarks.starts.recorded_answers import record_requests
from tests.benchmarks.starts.starts import ENVIRONMENT
from tests.simulation.simulator.run import SETTINGS

# Prints the page of each recorded request, in English and in German.
PROGRAM = """
import json, pickle, sys
from datetime import UTC, datetime
sys.path[:] = [it for it in sys.path if "site-packages" not in it] + sys.argv[2:]
with open(sys.argv[1], "rb") as file:
    recorded = pickle.load(file)
from botocore.client import BaseClient
from app import clock
from app.lambda_handler import handler
def answer(client, operation, parameters):
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


def rendered(recording: Path, *path: str) -> list[tuple[int, str]]:
    settings = {name.upper(): value for name, value in {**SETTINGS, "base_url": BASE_URL}.items()}
    done = subprocess.run(
        [sys.executable, "-S", "-s", "-P", "-c", PROGRAM, str(recording), *path],
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
