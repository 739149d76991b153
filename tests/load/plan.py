"""The plan of a run, written to the run's folder by `shop load` and read by Locust's process."""

from pathlib import Path

from msgspec import Struct
from msgspec.json import decode, encode

from tests.load.tags import load_email


class CatalogItem(Struct, frozen=True):
    """A variant that can be bought, and the slug of its product page."""

    sku: str
    slug: str


class Customer(Struct, frozen=True):
    """A signed-in customer, with the token of the session cookie."""

    email: str
    token: str


class Plan(Struct, frozen=True, kw_only=True):
    """A closed workload of ``users``, or an open one of ``arrivals`` per second.

    ``seconds``, ``ramp`` and ``think`` are seconds. In the middle third of a run half of all buyers
    want ``flash_item``.
    """

    run_id: str
    url: str
    seconds: int
    users: int = 0
    arrivals: float = 0
    ramp: int = 0
    think: float = 1
    items: tuple[CatalogItem, ...]
    flash_item: CatalogItem | None = None
    customers: tuple[Customer, ...] = ()
    load_test_header: str = ""  # exempts the orders from the limits for one network

    def guest_email(self, number: int) -> str:
        return load_email(self.run_id, f"guest{number}")

    def is_flash_sale(self, elapsed: float) -> bool:
        return self.flash_item is not None and self.seconds / 3 <= elapsed < self.seconds * 2 / 3


def write_plan(folder: Path, plan: Plan) -> None:
    folder.mkdir(parents=True)
    (folder / "plan.json").write_bytes(encode(plan))


def read_plan(folder: Path) -> Plan:
    return decode((folder / "plan.json").read_bytes(), type=Plan)
