"""Faults that are on while people shop, and off again whatever happens."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from infra.local.faults.switchboard import Switchboard, fault_called
from infra.ops.deployed_stack import Deployed
from infra.user_error import Trouble


@contextmanager
def bad_weather(shop: Deployed, faults: Sequence[str]) -> Iterator[None]:
    if not faults:
        yield
        return
    if shop.cloud is None:
        raise Trouble("Faults can be switched on in the shop of this machine only.")
    board = Switchboard(shop.cloud)
    wanted = dict(map(_fault, faults))
    try:
        for name, strength in wanted.items():
            board.switch_on(name, strength)
        yield
    finally:
        for name in wanted:
            board.switch_off(name)


def _fault(said: str) -> tuple[str, int | None]:
    """`kill:8` is the fault and its strength; `kill` alone is as strong as usual."""
    name, _, strength = said.partition(":")
    if strength and not strength.isdecimal():
        raise Trouble(f"{said}: a fault's strength is a number, as in kill:8.")
    return fault_called(name).name, int(strength) if strength else None
