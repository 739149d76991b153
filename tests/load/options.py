"""The options of `shop load`, given as words such as `users=50 seconds=120 flash=40`."""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct, ValidationError, convert

from infra.user_error import UserError

PositiveInt = Annotated[int, Meta(ge=1)]
NonNegativeInt = Annotated[int, Meta(ge=0)]


class LoadOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """A closed workload of ``users``, or an open one of ``arrivals`` per second.

    - ``seconds`` is the duration, ``ramp`` the time until the full load, ``think`` the mean think
      time after each page; all are seconds.
    - ``flash`` is the stock of a flash sale, which half of all buyers want in the middle third of
      the run; ``shards`` are its stock shards in addition to the SKU's own row.
    - ``faults`` are names from `shop inject-fault list`, separated by commas and active during the
      run; `kill:8` sets a strength.
    - ``report`` is a file name in tests/reports for a short Markdown report, such as `load.md`.
    """

    users: PositiveInt = 20
    arrivals: Annotated[float, Meta(ge=0)] = 0
    seconds: Annotated[int, Meta(ge=5)] = 60
    ramp: NonNegativeInt = 5
    think: Annotated[float, Meta(ge=0)] = 1
    flash: NonNegativeInt = 0
    shards: NonNegativeInt = 0
    faults: str = ""
    page_port: PositiveInt = 8089
    report: str = ""

    @property
    def fault_names(self) -> tuple[str, ...]:
        return tuple(filter(None, self.faults.split(",")))

    @property
    def kills_functions(self) -> bool:
        return any(fault.partition(":")[0] == "kill" for fault in self.fault_names)


def parse_options(words: Iterable[str]) -> LoadOptions:
    """Raises ``UserError``, with all options and their defaults, for an unknown or invalid one."""
    pairs = dict(word.partition("=")[::2] for word in words)
    try:
        return convert(pairs, LoadOptions, strict=False)
    except ValidationError as error:
        names = LoadOptions.__struct_fields__
        defaults = ", ".join(f"{name}={_default(name)}" for name in names)
        raise UserError(f"{error}. The options and their defaults: {defaults}.") from None


def _default(name: str) -> object:
    return getattr(LoadOptions(), name)
