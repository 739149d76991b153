"""What was brought in from others is what they published, with its licence beside it."""

import base64
import hashlib
import json
from typing import Any

from infra.build.bundles import ROOT

VENDOR = ROOT / "frontend/static/vendor"


def manifest() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((VENDOR / "manifest.json").read_text())
    return found


def sha384(name: str) -> str:
    digest = hashlib.sha384((VENDOR / name).read_bytes()).digest()
    return f"sha384-{base64.b64encode(digest).decode()}"


def test_every_vendored_file_is_what_was_published() -> None:
    for brought in manifest():
        for name, expected in brought["files"].items():
            assert sha384(name) == expected, name


def test_nothing_lies_there_that_the_manifest_does_not_name() -> None:
    named = {name for brought in manifest() for name in brought["files"]}

    assert {path.name for path in VENDOR.iterdir()} == named | {"manifest.json"}


def test_each_comes_with_its_licence() -> None:
    for brought in manifest():
        assert brought["licence"]
        assert any("LICENCE" in name for name in brought["files"]), brought["name"]
