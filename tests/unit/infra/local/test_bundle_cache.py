"""Processes with the same bundle share one unpacked folder."""

import io
import tempfile
import zipfile
from pathlib import Path

import pytest
from ministack.core import lambda_runtime  # type: ignore[import-untyped]
from ministack.core.lambda_runtime import Worker  # type: ignore[import-untyped]

from infra.local.bundle_cache import cache_unpacked_bundles

CONFIGURATION = {
    "FunctionArn": "arn:aws:lambda:eu-central-1:000000000000:function:test",
    "Runtime": "python3.13",
    "Handler": "code.handler",
}


@pytest.fixture(autouse=True)
def _patched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(lambda_runtime, "zipfile", zipfile)
    cache_unpacked_bundles()


def a_worker(response: str) -> Worker:
    bundle = io.BytesIO()
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("code.py", f"def handler(event, context): return {response!r}\n")
    return Worker("test", CONFIGURATION, bundle.getvalue())


def test_each_bundle_is_unpacked_once_and_each_process_runs_its_own(tmp_path: Path) -> None:
    workers = [a_worker("one"), a_worker("one"), a_worker("other")]

    responses = [worker.invoke({}, "a-request")["result"] for worker in workers]

    assert responses == ["one", "one", "other"]
    assert len(list(tmp_path.glob("code-*"))) == 2
    for worker in workers:
        worker.kill()


def test_end_of_one_process_keeps_the_bundle_for_others(tmp_path: Path) -> None:
    first, second = a_worker("one"), a_worker("one")
    first.invoke({}, "a-request")

    first.kill()

    assert second.invoke({}, "a-request")["result"] == "one"
    second.kill()
    assert [it.name for it in tmp_path.rglob("code.py")] == ["code.py"]
