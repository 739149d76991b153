"""Vendored files are unchanged and have their licences."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from infra.build.bundles import ROOT

FOLDERS = [ROOT / "frontend/static/vendor", ROOT / "infra/local/console/vendor"]

pytestmark = pytest.mark.parametrize("folder", FOLDERS, ids=["shop", "console"])


def manifest(folder: Path) -> list[dict[str, Any]]:
    packages: list[dict[str, Any]] = json.loads((folder / "manifest.json").read_text())
    return packages


def sha384(file: Path) -> str:
    digest = hashlib.sha384(file.read_bytes()).digest()
    return f"sha384-{base64.b64encode(digest).decode()}"


def test_vendored_files_match_the_published_hashes(folder: Path) -> None:
    for package in manifest(folder):
        for name, expected in package["files"].items():
            assert sha384(folder / name) == expected, name


def test_manifest_lists_every_vendored_file(folder: Path) -> None:
    listed = {name for package in manifest(folder) for name in package["files"]}

    assert {path.name for path in folder.iterdir()} == listed | {"manifest.json"}


def test_every_vendored_package_has_its_licence(folder: Path) -> None:
    for package in manifest(folder):
        assert package["licence"]
        assert any("LICENCE" in name for name in package["files"]), package["name"]
