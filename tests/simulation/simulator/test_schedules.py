"""Random schedules keep every rule, and a run repeats alone exactly as in its campaign."""

import os
from datetime import timedelta

import pytest

from tests.fake_clouds import override_settings
from tests.printed_figures import PrintFigure
from tests.simulation.simulator.campaign import run_campaign
from tests.simulation.simulator.crash_points import Task
from tests.simulation.simulator.crashes import Crash
from tests.simulation.simulator.faults import MIN_FAULTS
from tests.simulation.simulator.outage_runs import (
    HOURS,
    OUTAGE_SCENARIOS,
    SHORT_LANE,
    OutageRun,
    run_outages,
)
from tests.simulation.simulator.replay import run_alone, run_by_name
from tests.simulation.simulator.run import SECOND_MERCHANT
from tests.simulation.simulator.scenarios import SHIPPED
from tests.simulation.simulator.schedule import RandomSchedule, run_schedule

SCHEDULES, LONG_SCHEDULES = 150, 1_000
PROCESSES = os.cpu_count() or 1


def test_random_schedules_keep_every_rule(
    print_figure: PrintFigure, request: pytest.FixtureRequest
) -> None:
    schedules = LONG_SCHEDULES if request.config.getoption("--long") else SCHEDULES

    *_, summary = run_campaign(range(1, schedules + 1), processes=PROCESSES)
    print_figure("\n".join(summary.lines()))

    assert summary.schedules == schedules
    assert summary.min_faults >= MIN_FAULTS
    assert summary.failures == {}


def test_orders_end_right_within_an_hour_after_an_outage(
    print_figure: PrintFigure, request: pytest.FixtureRequest
) -> None:
    scenarios = OUTAGE_SCENARIOS if request.config.getoption("--long") else SHORT_LANE

    *_, summary = run_outages(scenarios, processes=PROCESSES)
    print_figure("\n".join(summary.lines()))

    assert len(summary.results) == len(scenarios)
    assert summary.failures == {}


def test_every_service_has_outages_of_minutes_and_of_a_day() -> None:
    lengths: dict[str, set[str]] = {}
    for scenario in OUTAGE_SCENARIOS:
        lengths.setdefault(scenario.service, set()).add(scenario.length)

    assert len(lengths) == 7
    assert all(it == set(HOURS) for it in lengths.values())


def test_outage_lasts_although_the_sdk_retries() -> None:
    (scenario,) = (it for it in OUTAGE_SCENARIOS if it.name == "ses-throttled-for-1h")
    outage = OutageRun(scenario)
    sent_at = [line for line in outage.run().trace if "SendEmail" in line]

    begin, end = (
        (at - outage.scheduler.start) / timedelta(seconds=1)
        for at in (outage.outage.start, outage.outage.end)
    )
    during = [line for line in sent_at if begin <= float(line.split()[0]) < end]
    assert during
    assert all("throttled" in line for line in during)


def test_same_seed_makes_the_same_trace() -> None:
    first, second = run_schedule(7), run_schedule(7)

    assert first.trace == second.trace
    assert len(first.trace) > 100


def test_seed_runs_alone_as_in_its_campaign() -> None:
    *_, summary = run_campaign(range(1, 4), processes=1)

    alone, _ = run_alone("3")

    assert alone.digest == summary.digests[3]


def test_settings_of_other_tests_do_not_change_a_run() -> None:
    alone = run_schedule(3)

    with override_settings(owner_emails="owner@other.example", emails_per_address="0"):
        assert run_schedule(3).trace == alone.trace


def test_crash_runs_alone_as_in_its_campaign() -> None:
    name, crash = "an-order-is-shipped/before-17", Crash(17, "before")
    Task(SHIPPED, Crash(20, "after"), pairs=1).run()
    in_campaign = SHIPPED.with_crashes([crash]).run()

    again, _ = run_by_name(name)

    assert again.digest == in_campaign.digest


def test_dead_letter_is_a_violation_without_an_operator() -> None:
    schedule = RandomSchedule(1)
    schedule.has_operator = False
    schedule.cloud.refused_addresses.discard(SECOND_MERCHANT)
    schedule.cloud.queues["email"].send_to_dlq('{"order_id": "01ORDER"}', {"reason": "none"})

    violations = schedule.run().violations

    assert {it.rule for it in violations} == {"L2"}
