"""With SnapStart, the API invokes a version of the web function that each release replaces."""

from pathlib import Path
from typing import Any

import pytest

from infra.aws.release import name_release
from infra.build.bundles import ROOT
from infra.local.packaging import read_template
from tests.template_lint.resolver import Resolver

TEMPLATE = read_template(ROOT / "infra/template.yaml")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/main.py").write_text("one = 1")
    return tmp_path


def test_release_is_the_same_for_the_same_code_and_parameters(bundle: Path) -> None:
    first = name_release(bundle, {"Stage": "demo", "MailFrom": "a@b.example"})

    assert name_release(bundle, {"MailFrom": "a@b.example", "Stage": "demo"}) == first


def test_release_changes_with_a_file_its_name_and_a_parameter(bundle: Path) -> None:
    names = {name_release(bundle, {})}
    names.add(name_release(bundle, {"Stage": "demo"}))
    (bundle / "app/main.py").write_text("one = 2")
    names.add(name_release(bundle, {}))
    (bundle / "app/main.py").rename(bundle / "app/other.py")
    names.add(name_release(bundle, {}))

    assert len(names) == 4


def test_snapstart_is_off_unless_chosen() -> None:
    resources = resources_with({})

    assert "WebVersion" not in resources
    assert not {"SnapStart", "Description"} & set(resources["WebFunction"]["Properties"])
    assert resources["ApiIntegration"]["Properties"]["IntegrationUri"].endswith(":WebFunction")


def test_api_invokes_the_version_that_has_the_snapshot() -> None:
    resources = resources_with({"SnapStart": "Enabled", "Release": "5f2a"})
    version = resources["WebVersion"]["Properties"]

    assert resources["WebFunction"]["Properties"]["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    assert resources["ApiIntegration"]["Properties"]["IntegrationUri"] == "WebVersion"
    assert resources["ApiInvokePermission"]["Properties"]["FunctionName"] == "WebVersion"
    assert version["Description"] == "Release 5f2a"


def test_new_release_changes_the_function_so_that_lambda_publishes_a_version() -> None:
    """Lambda publishes no version of a function that has not changed since the last one."""
    first, second = (
        resources_with({"SnapStart": "Enabled", "Release": it})["WebFunction"] for it in "ab"
    )

    assert first["Properties"] != second["Properties"]


def resources_with(parameters: dict[str, str]) -> dict[str, Any]:
    return Resolver(TEMPLATE, parameters).resources()
