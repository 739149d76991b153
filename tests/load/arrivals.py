"""How people come, as locust's users: some who come again and again, or so many each second.

Locust reads this file, in a process of its own: `locust -f tests/load/arrivals.py Closed`.
"""

import os
import random
import time
from pathlib import Path
from typing import Any

import gevent  # type: ignore[import-untyped]
from locust import HttpUser, User, events, task
from locust.clients import HttpSession

from tests.load.journeys import Wish, browse, go, journeys
from tests.load.plan import Customer, read_plan
from tests.load.recorder import Notebook
from tests.load.records import Ended, Seen
from tests.load.visitor import Unexpected, Visitor

FOLDER = Path(os.environ["LOAD_RUN"])
PLAN = read_plan(FOLDER)
LONGEST_THOUGHT = 4  # times the usual one
SIGNED_IN = 0.3  # of all visitors

chance = random.Random(PLAN.run)
dealt = journeys(chance)
notebook = Notebook(FOLDER)
at_home: list[Customer] = list(PLAN.customers)


class Watch:
    """How long the test has been going on."""

    began = 0.0

    def start(self) -> None:
        self.began = time.monotonic()

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.began


watch = Watch()


class Closed(HttpUser):
    """One of so many who come, go, and come again: a slow shop is asked less."""

    host = PLAN.url

    @task
    def visit(self) -> None:
        _visit(self.environment)
        _think()


class Open(User):
    """The street: so many come each second, however slow the shop is; one of these is enough."""

    host = PLAN.url
    fixed_count = 1

    @task
    def send_some_in(self) -> None:
        while True:
            arrivals = PLAN.arrivals * _ramped(watch.elapsed)
            gevent.sleep(chance.expovariate(max(arrivals, 0.1)))
            gevent.spawn(_visit, self.environment)


def _ramped(elapsed: float) -> float:
    return min(1.0, elapsed / PLAN.ramp) if PLAN.ramp else 1.0


def _visit(environment: Any) -> None:
    session = HttpSession(PLAN.url, environment.events.request, None)
    visitor = Visitor(session, PLAN.url, notebook.note)
    journey = next(dealt)
    hunting = journey is not browse and PLAN.flash_is_on(watch.elapsed) and chance.random() < 0.5
    customer = None if hunting else _some_customer()
    if customer:
        visitor.sign_in_as(customer, PLAN.url)
    try:
        go(journey, visitor, _wish(customer, hunting=hunting))
    except Unexpected:
        pass  # locust has counted it
    finally:
        visitor.leave()
        if customer:
            at_home.append(customer)


def _some_customer() -> Customer | None:
    """Nobody is two people at once: both would share a cart. Who hunts bargains is a guest."""
    if not at_home or chance.random() >= SIGNED_IN:
        return None
    return at_home.pop(chance.randrange(len(at_home)))


def _wish(customer: Customer | None, *, hunting: bool) -> Wish:
    wanted = PLAN.flash if hunting and PLAN.flash else chance.choice(PLAN.wares)
    email = customer.email if customer else PLAN.guest(chance.randrange(10**6))
    return Wish(email, wanted, PLAN.wares, chance, _think, may_sell_out=hunting)


def _think() -> None:
    """Most thoughts are short and a few are long."""
    thought = chance.expovariate(1 / PLAN.think) if PLAN.think else 0
    gevent.sleep(min(thought, LONGEST_THOUGHT * PLAN.think))


def _begin(**_: Any) -> None:
    watch.start()
    notebook.begin()


def _note(name: str, response_time: float, response: Any, exception: Any, **rest: Any) -> None:
    status = getattr(response, "status_code", 0) or 0
    began = rest.get("start_time") or time.time()
    notebook.note(Seen(name, began, response_time, status, str(exception or "")))


def _end(**_: Any) -> None:
    notebook.note(Ended(watch.elapsed, time.process_time()))
    notebook.close()


hooks: Any = events  # whose types locust leaves open
hooks.test_start.add_listener(_begin)
hooks.request.add_listener(_note)
hooks.test_stop.add_listener(_end)
