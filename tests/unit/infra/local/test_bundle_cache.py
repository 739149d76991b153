"""Processes of the same code share a folder; other code lies in another."""

import io
import tempfile
import zipfile
from pathlib import Path

import pytest
from ministack.core import lambda_runtime  # type: ignore[import-untyped]
from ministack.core.lambda_runtime import Worker  # type: ignore[import-untyped]

from infra.local.bundle_cache import unpack_once

FOR_IT = {
    "FunctionArn": "arn:aws:lambda:eu-central-1:000000000000:function:says",
    "Runtime": "python3.13",
    "Handler": "code.handler",
}


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(lambda_runtime, "zipfile", zipfile)
    unpack_once()


def a_worker(says: str) -> Worker:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("code.py", f"def handler(asked, context): return {says!r}\n")
    return Worker("says", FOR_IT, packed.getvalue())


def test_each_runs_its_own_code_and_the_same_code_lies_there_once(tmp_path: Path) -> None:
    workers = [a_worker("one"), a_worker("one"), a_worker("other")]

    said = [worker.invoke({}, "a-request")["result"] for worker in workers]

    assert said == ["one", "one", "other"]
    assert len(list(tmp_path.glob("code-*"))) == 2
    for worker in workers:
        worker.kill()


def test_the_end_of_one_leaves_the_code_to_the_others(tmp_path: Path) -> None:
    first, second = a_worker("one"), a_worker("one")
    first.invoke({}, "a-request")

    first.kill()

    assert second.invoke({}, "a-request")["result"] == "one"
    second.kill()
    assert [it.name for it in tmp_path.rglob("code.py")] == ["code.py"]
