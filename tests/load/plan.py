"""What a run of load is to do, and its folder: written by `shop load`, read where load is made."""

from pathlib import Path

from msgspec import Struct
from msgspec.json import decode, encode

from tests.load.tags import address


class Ware(Struct, frozen=True):
    """Something to buy, and the page it is on."""

    sku: str
    slug: str


class Customer(Struct, frozen=True):
    """Somebody who has signed in, and the cookie by which the shop knows them."""

    email: str
    token: str


class Plan(Struct, frozen=True, kw_only=True):
    """``users`` come, shop, and come again (closed); ``arrivals`` come each second, ready or not.

    Times are seconds. In the middle third of a run half of all buyers want the one ``flash`` ware.
    """

    run: str
    url: str
    seconds: int
    users: int = 0
    arrivals: float = 0
    ramp: int = 0
    think: float = 1
    wares: tuple[Ware, ...]
    flash: Ware | None = None
    customers: tuple[Customer, ...] = ()

    def guest(self, number: int) -> str:
        return address(self.run, f"guest{number}")

    def flash_is_on(self, elapsed: float) -> bool:
        return self.flash is not None and self.seconds / 3 <= elapsed < self.seconds * 2 / 3


def write_plan(folder: Path, plan: Plan) -> None:
    folder.mkdir(parents=True)
    (folder / "plan.json").write_bytes(encode(plan))


def read_plan(folder: Path) -> Plan:
    return decode((folder / "plan.json").read_bytes(), type=Plan)
