"""Prepare a run: receive stock and start sessions, with the application's own functions.

Runs as a process of its own with the environment of the web function; see infra/ops/app_process.py.
"""

import sys
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.json import decode, encode

from app.customers.models import new_session_token, visitor_id_of
from app.customers.sessions import start_session
from app.inventory.reservations import receive
from tests.load.plan import Customer
from tests.load.tags import load_email


class LoadFixture(Struct, frozen=True):
    """The units of stock to receive, by SKU, and the number of customers to sign in."""

    run_id: str
    units: dict[str, int]
    customers: int


def delivery_id(run_id: str) -> str:
    return f"load-{run_id}"


def prepare(fixture: LoadFixture) -> list[Customer]:
    now = datetime.now(UTC)
    for sku, units in fixture.units.items():
        receive(sku, units, delivery=delivery_id(fixture.run_id), now=now)
    numbers = range(fixture.customers)
    return [_sign_in(load_email(fixture.run_id, f"customer{number}")) for number in numbers]


def _sign_in(email: str) -> Customer:
    """Start the session without a magic link, since the mailbox simulator cannot be read."""
    token = new_session_token()
    start_session(visitor_id_of(token), email, now=datetime.now(UTC))
    return Customer(email, token)


if __name__ == "__main__":
    sys.stdout.buffer.write(encode(prepare(decode(sys.stdin.buffer.read(), type=LoadFixture))))
