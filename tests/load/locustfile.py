"""Locust's user classes: a closed workload of returning users, and an open one of arrivals.

Locust loads this file in a process of its own: `locust -f tests/load/locustfile.py OpenModelUser`.
"""

import os
import random
import time
from pathlib import Path
from typing import Any

import gevent  # type: ignore[import-untyped]
from locust import HttpUser, User, events, task
from locust.clients import HttpSession

from tests.load.journeys import Visit, browse, run_journey, shuffled_journeys
from tests.load.plan import Customer, read_plan
from tests.load.recorder import Recorder
from tests.load.records import EndRecord, RequestRecord
from tests.load.visitor import UnexpectedResponse, Visitor

FOLDER = Path(os.environ["LOAD_RUN"])
PLAN = read_plan(FOLDER)
MAX_THINK_FACTOR = 4  # of the mean think time
SIGNED_IN_SHARE = 0.3  # of all visitors

rng = random.Random(PLAN.run_id)
journey_sequence = shuffled_journeys(rng)
recorder = Recorder(FOLDER)
idle_customers: list[Customer] = list(PLAN.customers)


class Stopwatch:
    """Seconds since the start of the test."""

    started = 0.0

    def start(self) -> None:
        self.started = time.monotonic()

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.started


stopwatch = Stopwatch()


class ClosedModelUser(HttpUser):
    """Closed workload: a user who visits again and again, so a slow shop gets fewer requests."""

    host = PLAN.url

    @task
    def visit(self) -> None:
        _visit(self.environment)
        _pause()


class OpenModelUser(User):
    """Open workload: starts visits at a constant rate, however slow the shop is; one is enough."""

    host = PLAN.url
    fixed_count = 1

    @task
    def start_visits(self) -> None:
        while True:
            arrivals = PLAN.arrivals * _ramp_factor(stopwatch.elapsed)
            gevent.sleep(rng.expovariate(max(arrivals, 0.1)))
            gevent.spawn(_visit, self.environment)


def _ramp_factor(elapsed: float) -> float:
    return min(1.0, elapsed / PLAN.ramp) if PLAN.ramp else 1.0


def _visit(environment: Any) -> None:
    session = HttpSession(PLAN.url, environment.events.request, None)
    visitor = Visitor(session, PLAN.url, recorder.record, PLAN.load_test_header)
    journey = next(journey_sequence)
    flash_sale = (
        journey is not browse and PLAN.is_flash_sale(stopwatch.elapsed) and rng.random() < 0.5
    )
    customer = None if flash_sale else _take_customer()
    if customer:
        visitor.sign_in_as(customer, PLAN.url)
    try:
        run_journey(journey, visitor, _plan_visit(customer, flash_sale=flash_sale))
    except UnexpectedResponse:
        pass  # Locust has counted it
    finally:
        visitor.leave()
        if customer:
            idle_customers.append(customer)


def _take_customer() -> Customer | None:
    """Return a customer who has no other visit, since two visits would share a cart; else None."""
    if not idle_customers or rng.random() >= SIGNED_IN_SHARE:
        return None
    return idle_customers.pop(rng.randrange(len(idle_customers)))


def _plan_visit(customer: Customer | None, *, flash_sale: bool) -> Visit:
    item = PLAN.flash_item if flash_sale and PLAN.flash_item else rng.choice(PLAN.items)
    email = customer.email if customer else PLAN.guest_email(rng.randrange(10**6))
    return Visit(email, item, PLAN.items, rng, _pause, may_sell_out=flash_sale)


def _pause() -> None:
    """Sleep for an exponentially distributed think time: mostly short, sometimes long."""
    seconds = rng.expovariate(1 / PLAN.think) if PLAN.think else 0
    gevent.sleep(min(seconds, MAX_THINK_FACTOR * PLAN.think))


def _on_test_start(**_: Any) -> None:
    stopwatch.start()
    recorder.start()


def _on_request(
    name: str, response_time: float, response: Any, exception: Any, **rest: Any
) -> None:
    status = getattr(response, "status_code", 0) or 0
    started = rest.get("start_time") or time.time()
    recorder.record(RequestRecord(name, started, response_time, status, str(exception or "")))


def _on_test_stop(**_: Any) -> None:
    recorder.record(EndRecord(stopwatch.elapsed, time.process_time()))
    recorder.close()


hooks: Any = events  # Locust leaves the types of its event hooks open
hooks.test_start.add_listener(_on_test_start)
hooks.request.add_listener(_on_request)
hooks.test_stop.add_listener(_on_test_stop)
