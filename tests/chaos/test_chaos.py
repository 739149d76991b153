"""The parts of the chaos test; `shop chaos` runs the whole of it in about ten minutes."""

import time

import httpx
import pytest

from app.verification.snapshot import SentEmail, Snapshot
from infra.local.cloud import LocalCloud
from infra.local.ports import find_free_port
from infra.user_error import UserError
from tests.chaos.buyers import retry_until_answered
from tests.chaos.killer import Killer, ProxyProcess, function_processes
from tests.chaos.recovery import allow_duplicate_emails
from tests.unit.infra.functions import a_function

HANDLER = "def handler(event, context):\n    return 'done'\n"


def wait_for_status(url: str) -> int:
    deadline = time.monotonic() + 30
    while True:
        try:
            return httpx.get(url, timeout=5).status_code
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_a_buyer_retries_until_there_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.chaos.buyers.RETRY_SECONDS", 0)
    answers = iter([UserError("answered 502"), httpx.ConnectError("killed"), None])

    def send() -> str:
        if error := next(answers):
            raise error
        return "bought"

    assert retry_until_answered(send) == "bought"


def test_killed_functions_and_proxy_start_again(tables_cloud: LocalCloud) -> None:
    functions, name = tables_cloud.client("lambda"), a_function(tables_cloud, HANDLER)
    functions.invoke(FunctionName=name)
    before = function_processes(tables_cloud)
    port = find_free_port()
    proxy = ProxyProcess(
        LocalCloud(tables_cloud.state_dir.folder, tables_cloud.port, port), "no-api", "media"
    )
    proxy.start()
    try:
        wait_for_status(f"http://127.0.0.1:{port}/static/1/none")
        killer = Killer(tables_cloud, proxy)
        killer.kill_processes(proxy=True)

        assert killer.killed["functions"] >= len(before) >= 1
        assert killer.killed["local proxy"] == 1
        # The first call may still reach the killed process, as on AWS.
        responses = [functions.invoke(FunctionName=name) for _ in range(2)]
        assert "FunctionError" not in responses[-1]
        assert set(function_processes(tables_cloud)).isdisjoint(before)
        assert wait_for_status(f"http://127.0.0.1:{port}/static/1/none") == 404
    finally:
        proxy.kill()


def test_an_email_may_be_sent_twice_after_a_crash_but_not_three_times() -> None:
    emails = [SentEmail("once", "ada"), *[SentEmail("twice", "ada")] * 2]
    emails += [SentEmail("three times", "ada")] * 3

    assert allow_duplicate_emails(Snapshot(emails=emails)).may_duplicate == {"twice"}
