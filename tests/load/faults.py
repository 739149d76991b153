"""Inject faults during a run, and remove them when it ends or fails."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from infra.local.faults.injector import FaultInjector, find_fault
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError


@contextmanager
def injected_faults(shop: DeployedStack, faults: Sequence[str]) -> Iterator[None]:
    """Raises ``UserError`` for an unknown fault, and for any fault of a stack on AWS."""
    if not faults:
        yield
        return
    if shop.cloud is None:
        raise UserError("Faults can be injected into the local shop only.")
    injector = FaultInjector(shop.cloud)
    strengths = dict(map(_parse_fault, faults))
    try:
        for name, strength in strengths.items():
            injector.enable(name, strength)
        yield
    finally:
        for name in strengths:
            injector.disable(name)


def _parse_fault(text: str) -> tuple[str, int | None]:
    """Split `kill:8` into the fault and its strength; `kill` alone has the default strength."""
    name, _, strength = text.partition(":")
    if strength and not strength.isdecimal():
        raise UserError(f"{text}: the strength of a fault is a number, as in kill:8.")
    return find_fault(name).name, int(strength) if strength else None
