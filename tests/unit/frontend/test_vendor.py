"""Vendored files are unchanged and have their licences."""

import base64
import hashlib
import json
from typing import Any

from infra.build.bundles import ROOT

VENDOR = ROOT / "frontend/static/vendor"


def manifest() -> list[dict[str, Any]]:
    packages: list[dict[str, Any]] = json.loads((VENDOR / "manifest.json").read_text())
    return packages


def sha384(name: str) -> str:
    digest = hashlib.sha384((VENDOR / name).read_bytes()).digest()
    return f"sha384-{base64.b64encode(digest).decode()}"


def test_vendored_files_match_the_published_hashes() -> None:
    for package in manifest():
        for name, expected in package["files"].items():
            assert sha384(name) == expected, name


def test_manifest_lists_every_vendored_file() -> None:
    listed = {name for package in manifest() for name in package["files"]}

    assert {path.name for path in VENDOR.iterdir()} == listed | {"manifest.json"}


def test_every_vendored_package_has_its_licence() -> None:
    for package in manifest():
        assert package["licence"]
        assert any("LICENCE" in name for name in package["files"]), package["name"]
