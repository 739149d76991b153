"""Prepare a run: receive stock, start sessions, sign a header, with the application's functions.

Runs as a process of its own with the environment of the web function; see infra/ops/app_process.py.
"""

import sys
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.json import decode, encode

from app.customers.models import new_session_token, visitor_id_of
from app.customers.sessions import start_session
from app.inventory.reservations import receive
from app.settings import settings
from app.web.security.caller_limits import sign_load_test
from tests.load.plan import Customer
from tests.load.tags import load_email


class LoadFixture(Struct, frozen=True):
    """The units of stock to receive, by SKU, and the number of customers to sign in."""

    run_id: str
    units: dict[str, int]
    customers: int


class Preparation(Struct, frozen=True):
    """The signed-in customers, and the header that exempts the run's orders from the limits.

    The header is empty if the stack has no load-test key.
    """

    customers: tuple[Customer, ...]
    load_test_header: str


def delivery_id(run_id: str) -> str:
    return f"load-{run_id}"


def prepare(fixture: LoadFixture) -> Preparation:
    now = datetime.now(UTC)
    for sku, units in fixture.units.items():
        receive(sku, units, delivery=delivery_id(fixture.run_id), now=now)
    numbers = range(fixture.customers)
    emails = (load_email(fixture.run_id, f"customer{number}") for number in numbers)
    key = settings().load_test_key
    return Preparation(tuple(map(_sign_in, emails)), sign_load_test(key) if key else "")


def _sign_in(email: str) -> Customer:
    """Start the session without a magic link, since the mailbox simulator cannot be read."""
    token = new_session_token()
    start_session(visitor_id_of(token), email, now=datetime.now(UTC))
    return Customer(email, token)


if __name__ == "__main__":
    sys.stdout.buffer.write(encode(prepare(decode(sys.stdin.buffer.read(), type=LoadFixture))))
