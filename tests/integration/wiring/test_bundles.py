import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.build.bundles import ROOT, staged
from infra.build.service_models import CALLED
from infra.build.wheels import HERE
from infra.local.artifacts import pack
from infra.local.packaging import read
from tests.benchmarks.starts.budget import MB, MOST_MEGABYTES
from tests.printed_figures import PrintFigure

TEMPLATE = read(ROOT / "infra/template.yaml")
FUNCTIONS = {
    logical_id: (Path(it["Properties"]["CodeUri"]).name, it["Properties"]["Handler"])
    for logical_id, it in TEMPLATE["Resources"].items()
    if it["Type"] == "AWS::Serverless::Function"
}
NOT_IN = {
    "workers": ("fastapi", "starlette", "mangum", "pydantic", "PIL", "app/web", "workflow"),
    "workflow": ("fastapi", "starlette", "mangum", "pydantic", "PIL", "jinja2", "app/web"),
    "thumbnails": ("fastapi", "starlette", "mangum", "pydantic", "jinja2", "app/web", "workflow"),
    "web": ("workers", "workflow", "PIL"),
}
# Nothing but the standard library and the bundle, as on AWS.
ALONE = """
import importlib, sys
sys.path = [path for path in sys.path if "site-packages" not in path] + [sys.argv[1]]
module, _, name = sys.argv[2].rpartition(".")
assert callable(getattr(importlib.import_module(module), name))
"""


ADDRESSES = """
import json, sys
sys.path = [path for path in sys.path if "site-packages" not in path] + [sys.argv[1]]
import boto3
found = {name: boto3.client(name).meta.endpoint_url for name in sys.argv[2].split(",")}
print(json.dumps(found))
"""


MONEY = """
import sys
sys.path = [path for path in sys.path if "site-packages" not in path] + [sys.argv[1]]
from babel import Locale
from babel.numbers import format_currency
found = [Locale.parse(name, sep="-") for name in ("en", "de", "de-DE", "en-GB")]
print(*(format_currency(1234.5, "EUR", locale=it) for it in found), sep="|")
"""


FORM = """
import sys
sys.path = [path for path in sys.path if "site-packages" not in path] + [sys.argv[1]]
import boto3
keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
assert boto3.client("s3", **keys).generate_presigned_post("uploads", "images/pot")["fields"]
"""


@pytest.fixture(scope="module")
def folders() -> Iterator[dict[str, Path]]:
    with staged(HERE) as found:
        yield found


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_handler_is_imported_from_its_bundle_alone(
    folders: dict[str, Path], function: str, tmp_path: Path
) -> None:
    bundle, handler = FUNCTIONS[function]

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", ALONE, str(folders[bundle]), handler],
        cwd=tmp_path,
        env={"AWS_REGION": "eu-central-1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("bundle", NOT_IN)
def test_a_bundle_ships_nothing_that_it_does_not_need(
    folders: dict[str, Path], bundle: str
) -> None:
    present = [name for name in NOT_IN[bundle] if (folders[bundle] / name).exists()]

    assert present == []


@pytest.mark.parametrize("bundle", MOST_MEGABYTES)
def test_a_bundle_is_small_as_it_is_uploaded(
    folders: dict[str, Path], bundle: str, print_figure: PrintFigure
) -> None:
    size = len(pack(folders[bundle]).content)
    print_figure(f"{bundle}: {size / MB:.2f} MB zipped")

    assert size <= MOST_MEGABYTES[bundle] * MB


@pytest.mark.parametrize("bundle", ["web", "workers"])
def test_a_bundle_still_speaks_both_languages(
    folders: dict[str, Path], bundle: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", MONEY, str(folders[bundle])],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    english, german = "€1,234.50", "1.234,50\N{NO-BREAK SPACE}€"
    assert done.stdout.strip().split("|") == [english, german, german, english]


@pytest.mark.parametrize("bundle", NOT_IN)
def test_a_bundle_knows_where_each_service_lives(
    folders: dict[str, Path], bundle: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", ADDRESSES, str(folders[bundle]), ",".join(CALLED)],
        cwd=tmp_path,
        env={"AWS_DEFAULT_REGION": "eu-central-1"},
        capture_output=True,
        text=True,
        check=True,
    )

    hosts = {"stepfunctions": "states", "sesv2": "email"}
    assert json.loads(done.stdout) == {
        name: f"https://{hosts.get(name, name)}.eu-central-1.amazonaws.com" for name in CALLED
    }


def test_the_web_bundle_can_sign_a_form_for_uploads(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", FORM, str(folders["web"])],
        cwd=tmp_path,
        env={"AWS_DEFAULT_REGION": "eu-central-1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
