"""Before a run: pieces enough for all, and customers who have signed in, by the shop's own rules.

Runs in a process of its own with the environment of the shop's web function; see `rules.py`.
"""

import sys
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.json import decode, encode

from app.customers.models import hashed, new_token
from app.customers.sessions import start_session
from app.inventory.reservations import receive
from tests.load.plan import Customer
from tests.load.tags import address


class Preparation(Struct, frozen=True):
    """How many pieces of each sku a run brings with it, and how many customers."""

    run: str
    pieces: dict[str, int]
    customers: int


def delivery_of(run: str) -> str:
    return f"load-{run}"


def prepare(wanted: Preparation) -> list[Customer]:
    now = datetime.now(UTC)
    for sku, pieces in wanted.pieces.items():
        receive(sku, pieces, delivery=delivery_of(wanted.run), now=now)
    return [_signed_in(address(wanted.run, f"customer{n}")) for n in range(wanted.customers)]


def _signed_in(email: str) -> Customer:
    """Their one-time link went to a mailbox that nobody reads, so the session is begun without."""
    token = new_token()
    start_session(hashed(token), email, now=datetime.now(UTC))
    return Customer(email, token)


if __name__ == "__main__":
    sys.stdout.buffer.write(encode(prepare(decode(sys.stdin.buffer.read(), type=Preparation))))
