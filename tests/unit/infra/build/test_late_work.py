"""Packages whose work at import was put off answer as the original ones, and load less."""

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest
from botocore import httpsession
from botocore.utils import is_valid_ipv6_endpoint_url, parse_timestamp
from urllib3.exceptions import LocationParseError
from urllib3.util.ssl_ import is_ipaddress
from urllib3.util.url import parse_url

from infra.build.trimming import rewrite_all

PACKAGES = Path(sysconfig.get_path("purelib"))
URLS = [
    "https://dynamodb.eu-central-1.amazonaws.com/",
    "http://LOCALHOST:4566/a?b=c",
    "http://127.0.0.1:80",
    "https://[::1]:8443/path",
    "https://[FE80::1%25eth0]/",
    "https://[fe80::1%eth0]:1/",
    "https://[::g]/",
    "https://[::1",
    "https://a[::1]/",
    "https://name:99999999/",
    "https://two words/",
    "//user@[2001:db8::1]",
]
HOSTS = [
    *(
        "sns.eu-central-1.amazonaws.com",
        "10.0.0.1",
        "::1",
        "fe80::1%eth0",
        "[::1]",
        "a:b",
        "1::2::3",
    ),
    *("2001:db8:0:0:0:0:0:1", ":", ""),
]
LATE = {"dateutil.parser", "subprocess", "configparser", "getpass"}
SERVICES = ["dynamodb", "s3", "secretsmanager", "sesv2", "sns", "sqs", "stepfunctions"]
TIME = "2026-11-29T12:00:00+01:00"


def parsed(url: str) -> Any:
    try:
        return list(parse_url(url))
    except LocationParseError as error:
        return str(error)


def answers() -> dict[str, Any]:
    return {
        "urls": [parsed(url) for url in URLS],
        "hosts": [(is_ipaddress(host), vars(httpsession)["_is_ipaddress"](host)) for host in HOSTS],
        "endpoints": [is_valid_ipv6_endpoint_url(f"http://[{host}]") for host in HOSTS[2:4]],
        "time": parse_timestamp(TIME).isoformat(),
    }


@pytest.fixture(scope="module")
def rewritten(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rewritten packages, in a folder of their own."""
    folder = tmp_path_factory.mktemp("packages")
    for name in ("urllib3", "botocore", "boto3", "s3transfer"):
        shutil.copytree(
            PACKAGES / name, folder / name, ignore=shutil.ignore_patterns("data", "*.pyc")
        )
    rewrite_all(folder)
    (folder / "botocore/data").symlink_to(PACKAGES / "botocore/data")
    return folder


def run(folder: Path, code: str) -> Any:
    """The JSON that the code prints, with these packages before the installed ones."""
    path = [str(folder), *(it for it in sys.path if it)]
    program = f"import sys, json\nsys.path[:] = {path}\n{code}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], check=True, capture_output=True
    )
    return json.loads(done.stdout)


def test_rewritten_packages_answer_as_the_original_ones(rewritten: Path) -> None:
    code = (
        "from tests.unit.infra.build.test_late_work import answers\n"
        "import urllib3; assert urllib3.__file__.startswith(sys.path[0])\n"
        "print(json.dumps(answers()))"
    )

    assert run(rewritten, code) == json.loads(json.dumps(answers()))


def test_rewritten_packages_load_less_at_import(rewritten: Path) -> None:
    code = f"import botocore.session, urllib3\nprint(json.dumps(sorted({LATE} & set(sys.modules))))"

    assert run(rewritten, code) == []


def test_rewritten_packages_create_every_client(rewritten: Path) -> None:
    code = f"""
import boto3
session = boto3.Session("a", "b", region_name="eu-central-1")
print(json.dumps([session.client(name).meta.service_model.service_name for name in {SERVICES}]))
"""

    assert run(rewritten, code) == SERVICES


def test_configuration_files_and_credential_processes_still_work(
    rewritten: Path, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile a]\nregion = eu-central-1\n")
    process = json.dumps(
        {"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "b", "Expiration": TIME}
    )
    (tmp_path / "process").write_text(process)
    code = f"""
from botocore.configloader import load_config
from botocore.credentials import ProcessProvider
profiles = {{"profiles": {{"a": {{"credential_process": "cat {tmp_path}/process"}}}}}}
provider = ProcessProvider("a", lambda: profiles)
fetched = provider._retrieve_credentials_using("cat {tmp_path}/process")
print(json.dumps([load_config("{config}")["profiles"], fetched["expiry_time"]]))
"""

    assert run(rewritten, code) == [{"a": {"region": "eu-central-1"}}, TIME]
