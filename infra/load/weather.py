"""Faults that are on while people shop, and off again whatever happens."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from infra.deployed import Deployed
from infra.local.faults.switchboard import Switchboard, fault_called
from infra.trouble import Trouble


@contextmanager
def bad_weather(shop: Deployed, faults: Sequence[str]) -> Iterator[None]:
    if not faults:
        yield
        return
    if shop.cloud is None:
        raise Trouble("Faults can be switched on in the shop of this machine only.")
    board = Switchboard(shop.cloud)
    known = [fault_called(name).name for name in faults]
    try:
        for name in known:
            board.switch_on(name)
        yield
    finally:
        for name in known:
            board.switch_off(name)
