"""How much load somebody wants, as they say it: `users=50 seconds=120 flash=40`."""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct, ValidationError, convert

from infra.user_error import Trouble

Some = Annotated[int, Meta(ge=1)]
AnyNumber = Annotated[int, Meta(ge=0)]


class Wishes(Struct, frozen=True, forbid_unknown_fields=True):
    """``users`` who come again and again, or ``arrivals`` each second, however slow the shop is.

    Seconds: how long it goes on, until when all have come (``ramp``), and how long people think.
    Of the ``flash`` ware there are so many pieces, and half of all buyers want one of them;
    they lie in so many ``drawers`` beside the first.
    ``faults`` are names of `shop fault list`, with commas: on while people shop. `kill:8` says how
    strong. ``keep`` is the name of a report to keep with the code, as `load.md`.
    """

    users: Some = 20
    arrivals: Annotated[float, Meta(ge=0)] = 0
    seconds: Annotated[int, Meta(ge=5)] = 60
    ramp: AnyNumber = 5
    think: Annotated[float, Meta(ge=0)] = 1
    flash: AnyNumber = 0
    drawers: AnyNumber = 0
    faults: str = ""
    page_port: Some = 8089
    keep: str = ""

    @property
    def weather(self) -> tuple[str, ...]:
        return tuple(filter(None, self.faults.split(",")))

    @property
    def deadly(self) -> bool:
        return any(it.partition(":")[0] == "kill" for it in self.weather)


def wished(words: Iterable[str]) -> Wishes:
    """Raises ``Trouble`` for what is no wish, with those there are."""
    pairs = dict(word.partition("=")[::2] for word in words)
    try:
        return convert(pairs, Wishes, strict=False)
    except ValidationError as error:
        usual = ", ".join(f"{name}={_usual(name)}" for name in Wishes.__struct_fields__)
        raise Trouble(f"{error}. What can be said, with what holds else: {usual}.") from None


def _usual(name: str) -> object:
    return getattr(Wishes(), name)
