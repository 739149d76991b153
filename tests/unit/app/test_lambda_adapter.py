"""The adapter between Lambda and the application; the routes have tests of their own."""

import random
import sys
from collections.abc import Callable
from itertools import count
from types import ModuleType

import pytest
from fastapi import FastAPI

from app.lambda_adapter import create_handler
from app.observability import ids


def test_restored_snapshots_draw_different_ids_and_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    """SnapStart starts many functions as copies of one process."""
    after_restore = prepare_snapshot(monkeypatch)
    process, state = ids._process, random.getstate()

    def restore() -> tuple[str, float]:
        monkeypatch.setattr(ids, "_process", process)
        monkeypatch.setattr(ids, "_numbers", count())
        random.setstate(state)
        for hook in after_restore:
            hook()
        return ids.new_span_id(), random.random()

    first, second = restore(), restore()

    assert first[0] != second[0]
    assert first[1] != second[1]


def test_handler_without_snapstart_needs_no_module_of_the_runtime() -> None:
    handler = create_handler(FastAPI(), __name__)

    assert handler({"version": "1.0"}, None)["statusCode"] == 400


def prepare_snapshot(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """Create a handler as SnapStart does; returns the hooks that run after each restore."""
    hooks = list[Callable[[], object]]()
    runtime = ModuleType("snapshot_restore_py")
    runtime.register_after_restore = hooks.append  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", runtime)
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
    create_handler(FastAPI(), __name__)
    return hooks
