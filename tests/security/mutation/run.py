"""Run tests in the copy of the repository, each time in a fork of this process.

The fork has the third-party packages already, and imports the mutated code anew.
"""

import json
import os
import signal
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from infra.build.bundles import ROOT

MAX_SECONDS = 300.0
PYTEST_OPTIONS = ("-q", "-p", "no:cacheprovider", "--no-header", "--tb=short")
PRELOADED = ("boto3", "botocore.session", "fastapi.testclient", "pynamodb.models", "jinja2")
# A mutant that no longer compiles, or uses an unknown name, removes no control.
BROKEN = ("SyntaxError", "IndentationError", "NameError", "ImportError", "UnboundLocalError")


@dataclass
class TestRun:
    """The tests that failed, by name without parameters, and faults that say nothing about them."""

    __test__ = False  # no test class of pytest's

    failed: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


class TestRecorder:
    """A pytest plugin. Leaves a test out as soon as it has failed with other parameters."""

    __test__ = False

    def __init__(self, cloud: Path, *, needs_all: bool) -> None:
        self.run = TestRun()
        self._cloud, self._needs_all = cloud, needs_all

    def pytest_sessionstart(self) -> None:
        """Use the emulator that runs, and report the first failing example as it was found."""
        clouds, fake_clouds = import_module("infra.local.cloud"), import_module("tests.fake_clouds")

        @contextmanager
        def running_cloud(_: Path) -> Iterator[Any]:
            yield clouds.LocalCloud.running_in(self._cloud)

        vars(fake_clouds)["passive_cloud"] = running_cloud
        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
        hypothesis.settings.register_profile(
            "mutants", hypothesis.settings.get_profile("repeatable"), phases=phases
        )
        hypothesis.settings.load_profile("mutants")

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        is_detected = _name(pyfuncitem.nodeid) in self.run.failed
        return True if is_detected and not self._needs_all else None

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.run.faults.append(f"{report.nodeid} cannot be imported: {_reason(report)}")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        report: pytest.TestReport = yield
        if report.failed:
            kind = call.excinfo.typename if call.excinfo else "skipped"
            if report.when != "call" or kind in BROKEN:
                self.run.faults.append(f"{item.nodeid}, {report.when}: {_reason(report)}")
            else:
                self.run.failed.setdefault(_name(item.nodeid), _reason(report))
        return report


def _name(node: str) -> str:
    return node.partition("[")[0]


def _reason(report: pytest.CollectReport | pytest.TestReport) -> str:
    lines = [line for line in report.longreprtext.splitlines() if line.startswith("E ")]
    return (lines or report.longreprtext.splitlines() or [""])[0].removeprefix("E").strip()[:200]


class TestRunner:
    """``folder`` holds the copy of the repository, ``cloud`` the state of the emulator."""

    __test__ = False

    def __init__(self, folder: Path, cloud: Path) -> None:
        self._folder, self._cloud, self._log = folder, cloud, folder / ".git/last-run.txt"
        for name in PRELOADED:
            import_module(name)

    def run(self, tests: Sequence[str], *, needs_all: bool = False) -> TestRun:
        """Run the tests as the files are now; with ``needs_all`` each with all its parameters."""
        reader, writer = os.pipe()
        with warnings.catch_warnings():  # this process has no other threads that hold a lock
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if not pid:
            os.close(reader)
            self._run_in_child(writer, tests, needs_all=needs_all)
        os.close(writer)
        return _result(pid, reader, deadline=time.monotonic() + MAX_SECONDS)

    def _run_in_child(self, writer: int, tests: Sequence[str], *, needs_all: bool) -> None:
        try:
            os.setpgid(0, 0)
            with self._log.open("w") as log:
                for descriptor in (1, 2):
                    os.dup2(log.fileno(), descriptor)
            self._forget_project()
            recorder = TestRecorder(self._cloud, needs_all=needs_all)
            status = pytest.main([*PYTEST_OPTIONS, *tests], plugins=[recorder])
            if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
                recorder.run.faults.append(f"pytest ended with {status!r}: {self._last_line()}")
            with os.fdopen(writer, "w") as out:
                json.dump([recorder.run.failed, recorder.run.faults], out)
        finally:
            os._exit(0)

    def _last_line(self) -> str:
        sys.stdout.flush()
        return (self._log.read_text().splitlines() or [""])[-1]

    def _forget_project(self) -> None:
        """Import the project's modules from the copy from now on."""
        os.chdir(self._folder)
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None) or ""
            if name != "__main__" and file.startswith(f"{ROOT}/") and ".venv" not in file:
                del sys.modules[name]
        sys.path[:] = [str(self._folder), *(it for it in sys.path if it not in ("", str(ROOT)))]


def _result(pid: int, reader: int, deadline: float) -> TestRun:
    """Wait for the process, which is stopped at its deadline."""
    os.set_blocking(reader, False)
    ended, text = 0, b""
    while not ended and time.monotonic() < deadline:
        ended, _ = os.waitpid(pid, os.WNOHANG)
        text += _available(reader)
        time.sleep(0.02)
    if not ended:
        os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    text += _available(reader)
    os.close(reader)
    if not text:
        return TestRun(faults=["no result: the tests crashed or took too long"])
    failed, faults = json.loads(text)
    return TestRun(failed, faults)


def _available(reader: int) -> bytes:
    try:
        return os.read(reader, 1 << 20)
    except BlockingIOError:
        return b""
