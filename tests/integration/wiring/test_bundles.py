import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.aws.regions import SUPPORTED_REGIONS
from infra.build.bundles import ROOT, staged_bundles
from infra.build.service_models import USED_OPERATIONS
from infra.build.wheels import LOCAL
from infra.local.artifacts import pack
from infra.local.packaging import read_template
from tests.benchmarks.starts.budget import MAX_MEGABYTES, MB
from tests.printed_figures import PrintFigure
from tests.sample_images import a_heic, an_image, encode

TEMPLATE = read_template(ROOT / "infra/template.yaml")
FUNCTIONS = {
    logical_id: (Path(it["Properties"]["CodeUri"]).name, it["Properties"]["Handler"])
    for logical_id, it in TEMPLATE["Resources"].items()
    if it["Type"] == "AWS::Serverless::Function"
}
MUST_NOT_CONTAIN = {
    "workers": ("fastapi", "starlette", "mangum", "pydantic", "PIL", "app/web", "workflow"),
    "workflow": ("fastapi", "starlette", "mangum", "pydantic", "PIL", "jinja2", "app/web"),
    "thumbnails": ("fastapi", "starlette", "mangum", "pydantic", "jinja2", "app/web", "workflow"),
    "web": ("workers", "workflow", "PIL"),
}
# Only the standard library and the bundle are importable, as on AWS.
IMPORT_HANDLER = """
import importlib, sys
sys.path = [path for path in sys.path if "site-packages" not in path] + [sys.argv[1]]
module, _, name = sys.argv[2].rpartition(".")
assert callable(getattr(importlib.import_module(module), name))
"""


PRINT_ENDPOINTS = """
import json, sys
sys.path = [path for path in sys.path if "site-packages" not in path] + [sys.argv[1]]
import boto3
found = {name: boto3.client(name).meta.endpoint_url for name in sys.argv[2].split(",")}
print(json.dumps(found))
"""


FORMAT_MONEY = """
import sys
sys.path = [path for path in sys.path if "site-packages" not in path] + [sys.argv[1]]
from babel import Locale
from babel.numbers import format_currency
found = [Locale.parse(name, sep="-") for name in ("en", "de", "de-DE", "en-GB")]
print(*(format_currency(1234.5, "EUR", locale=it) for it in found), sep="|")
"""


# Without the system's time zones: https://github.com/aws/aws-lambda-dotnet/issues/1620
NAME_TIME_ZONES = """
import sys, zoneinfo
sys.path = [path for path in sys.path if "site-packages" not in path] + [sys.argv[1]]
zoneinfo.reset_tzpath([])
from datetime import datetime, UTC
from babel.dates import get_timezone_name
summer = datetime(2031, 7, 1, tzinfo=UTC).astimezone(zoneinfo.ZoneInfo("Europe/Berlin"))
print(*(get_timezone_name(summer, "short", locale=it) for it in ("en_GB", "de_DE")))
"""


SIGN_UPLOAD_FORM = """
import sys
sys.path = [path for path in sys.path if "site-packages" not in path] + [sys.argv[1]]
from app.aws.s3 import image_upload_form
form = image_upload_form("pot", "image", "image/jpeg")
print(form["url"], form["fields"]["x-amz-algorithm"])
"""


DECODE_IMAGES = """
import pathlib, sys
sys.path = [path for path in sys.path if "site-packages" not in path] + [sys.argv[1]]
from workers.image_decoding import decode_image
print(len(sys.modules), *(decode_image(pathlib.Path(it).read_bytes()).size for it in sys.argv[2:]))
"""


@pytest.fixture(scope="module")
def folders() -> Iterator[dict[str, Path]]:
    with staged_bundles(LOCAL) as found:
        yield found


@pytest.mark.parametrize("function", FUNCTIONS)
def test_handler_imports_from_its_bundle_alone(
    folders: dict[str, Path], function: str, tmp_path: Path
) -> None:
    bundle, handler = FUNCTIONS[function]

    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", IMPORT_HANDLER, str(folders[bundle]), handler],
        cwd=tmp_path,
        env={"AWS_REGION": "eu-central-1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("bundle", MUST_NOT_CONTAIN)
def test_bundle_contains_no_unneeded_packages(folders: dict[str, Path], bundle: str) -> None:
    present = [name for name in MUST_NOT_CONTAIN[bundle] if (folders[bundle] / name).exists()]

    assert present == []


@pytest.mark.parametrize("bundle", MAX_MEGABYTES)
def test_zipped_bundle_stays_within_its_size_budget(
    folders: dict[str, Path], bundle: str, print_figure: PrintFigure
) -> None:
    size = len(pack(folders[bundle]).content)
    print_figure(f"{bundle}: {size / MB:.2f} MB zipped")

    assert size <= MAX_MEGABYTES[bundle] * MB


@pytest.mark.parametrize("bundle", ["web", "workers"])
def test_bundle_formats_money_in_both_languages(
    folders: dict[str, Path], bundle: str, tmp_path: Path
) -> None:
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", FORMAT_MONEY, str(folders[bundle])],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    english, german = "€1,234.50", "1.234,50\N{NO-BREAK SPACE}€"
    assert result.stdout.strip().split("|") == [english, german, german, english]


@pytest.mark.parametrize("bundle", ["web", "workers"])
def test_bundle_has_time_zones_and_their_names(
    folders: dict[str, Path], bundle: str, tmp_path: Path
) -> None:
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", NAME_TIME_ZONES, str(folders[bundle])],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert result.stdout.split() == ["CEST", "MESZ"]


@pytest.mark.parametrize("bundle", MUST_NOT_CONTAIN)
def test_bundle_resolves_the_endpoint_of_each_aws_service(
    folders: dict[str, Path], bundle: str, tmp_path: Path
) -> None:
    result = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            PRINT_ENDPOINTS,
            str(folders[bundle]),
            ",".join(USED_OPERATIONS),
        ],
        cwd=tmp_path,
        env={"AWS_DEFAULT_REGION": "eu-central-1"},
        capture_output=True,
        text=True,
        check=True,
    )

    hosts = {"stepfunctions": "states", "sesv2": "email"}
    assert json.loads(result.stdout) == {
        name: f"https://{hosts.get(name, name)}.eu-central-1.amazonaws.com"
        for name in USED_OPERATIONS
    }


@pytest.mark.parametrize("region", SUPPORTED_REGIONS)
def test_web_bundle_signs_upload_forms_for_each_region(
    folders: dict[str, Path], tmp_path: Path, region: str
) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", SIGN_UPLOAD_FORM, str(folders["web"])],
        cwd=tmp_path,
        env={"AWS_DEFAULT_REGION": region, "UPLOAD_BUCKET": "uploads", **keys},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.stdout.split() == [
        f"https://uploads.s3.{region}.amazonaws.com/",
        "AWS4-HMAC-SHA256",
    ], result.stderr


def test_trimmed_bundle_decodes_every_format(folders: dict[str, Path], tmp_path: Path) -> None:
    """Most libraries of Pillow are removed from the bundle, but not those that decode."""
    image = an_image(64, 48)
    files = {kind: encode(image, kind) for kind in ("JPEG", "PNG", "WEBP", "AVIF")}
    for name, content in (files | {"HEIC": a_heic(image)}).items():
        (tmp_path / name).write_bytes(content)
    names = [str(it) for it in sorted(tmp_path.iterdir())]

    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", DECODE_IMAGES, str(folders["thumbnails"]), *names],
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    assert result.stdout.count("(64, 48)") == 5
