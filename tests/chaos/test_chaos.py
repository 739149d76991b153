"""The parts of the chaos test; `shop chaos` runs the whole of it in about ten minutes."""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from app.verification.snapshot import SentEmail, Snapshot
from infra.local.cloud import LocalCloud
from infra.local.faults.injector import FaultInjector
from infra.local.faults.outages import SERVICES
from infra.local.operator_key import OperatorKey
from infra.local.ports import find_free_port
from infra.user_error import UserError
from tests.chaos.buyers import retry_until_answered
from tests.chaos.killer import Killer, ProxyProcess, function_processes
from tests.chaos.outages import DAY, DAY_HOURS, CompressedDay
from tests.chaos.proxy_process import wait_for_cloud
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
    port = tables_cloud.web_port
    proxy = ProxyProcess(tables_cloud, "no-api", "media")
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


def test_the_proxy_waits_while_the_cloud_restarts(tmp_path: Path) -> None:
    stopped = LocalCloud(tmp_path, find_free_port(), find_free_port())

    def start_again() -> None:
        time.sleep(0.3)
        OperatorKey.generate().write(stopped.state_dir.operator_key)
        stopped.state_dir.write_ports(stopped.web_port, stopped.port)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(start_again)

        assert wait_for_cloud(tmp_path).web_port == stopped.web_port


def test_an_email_may_be_sent_twice_after_a_crash_but_not_three_times() -> None:
    emails = [SentEmail("once", "ada"), *[SentEmail("twice", "ada")] * 2]
    emails += [SentEmail("three times", "ada")] * 3

    assert allow_duplicate_emails(Snapshot(emails=emails)).may_duplicate == {"twice"}


def test_the_day_takes_every_service_away_for_hours_and_ends_without_outages() -> None:
    assert {outage.service for outage in DAY} == set(SERVICES)
    assert [it.begin for it in DAY] == sorted(it.begin for it in DAY)
    assert all(it.begin + 1 <= it.end <= DAY_HOURS for it in DAY)
    assert any(one.end > other.begin for one, other in pairwise(DAY))


def test_a_compressed_day_injects_every_outage(tables_cloud: LocalCloud) -> None:
    injector, reported = FaultInjector(tables_cloud), list[str]()
    day = CompressedDay(hour_seconds=0.02)

    day.inject(injector, reported.append)

    assert len(reported) == len(DAY)
    assert injector.active() == {}


def test_orders_are_spread_over_the_day() -> None:
    since, day = time.monotonic(), CompressedDay(hour_seconds=0.05)

    day.wait_for_order(5, orders=10)

    assert time.monotonic() - since >= 0.05 * DAY_HOURS / 2
