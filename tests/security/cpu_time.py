"""Measures whether the CPU time of a reader is linear in the length of a hostile text.

A ratio of two times on one machine is the only assertion on times in these tests: for four times
the text, a linear reader takes four times as long and a quadratic one 16 times.
"""

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from time import process_time

from app.errors import ShopError

SIZES = (1_024, 4_096, 16_384, 65_536)  # characters
MAX_RATIO = 4 * 1.8
# Seconds: a reader is measured more closely only above it. A quadratic one takes more than a second
# for the largest text, and 0.1 s if it reads no more than 10,000 characters of it.
FLOOR = 0.025
STEP_FLOOR = 0.005
REPEATS = 5
ROUNDS = 3
REFUSALS = (ValueError, ShopError)
# Digits, blanks, dots, quotes, separators, words, marks, nested and almost matching texts.
UNITS = (
    *("4", "4242 ", "4-", "1,", "1.", " ", "\t", "\n", "\r\n", ".", "a.", '"', '""', "'s", ","),
    *("a;", ";q=0.", "a=1&", "%25", "a", "Z ", "a-", "--", "ae", "en", "x@", "@a.", "<a>", '\\"'),
    *(
        "/",
        "/..",
        "[",
        '{"a":',
        "DE89 3704 ",
        "\u0301",
        "a\u0301",
        "\u0315\u0300",
        "\ufdfa",
        "\uff9e\u0301",
    ),
    *("\u200b", "\uff14", "\u0664 ", "\u0130", "\U0001f3f4\U000e0067", "\x00", "\ud800"),
)


def hostile_text(unit: str, size: int, end: str = "") -> str:
    """A run of the unit of so many characters, and an end with which it almost matches."""
    return (unit * (size // len(unit) + 1))[:size] + end


def superlinear_runs(
    read: Callable[[str], object],
    units: Iterable[str] = UNITS,
    *,
    start: str = "",
    ends: Iterable[str] = ("", "!\n"),
) -> list[str]:
    """The runs for which the time grows faster than the length, with the milliseconds."""
    runs = {
        f"{unit!a} and {end!a}": lambda size, unit=unit, end=end: read(
            start + hostile_text(unit, size, end)
        )
        for unit in units
        for end in ends
    }
    return [f"{run}: {faults}" for run, read_run in runs.items() if (faults := _faults(read_run))]


def _faults(read: Callable[[int], object]) -> str:
    """The times for each size if they are not linear, else nothing."""
    if (largest := _seconds(read, SIZES[-1])) < FLOOR:
        return ""
    smaller = _seconds(read, SIZES[-2])
    if 2 * smaller < largest < MAX_RATIO * smaller:
        return ""  # it reads the whole text, in linear time
    for _ in range(ROUNDS):  # a neighbour on the processor may have slowed down one of the sizes
        times = [min(_seconds(read, size + it) for it in range(REPEATS)) for size in SIZES]
        if all(large <= max(MAX_RATIO * small, STEP_FLOOR) for small, large in pairwise(times)):
            return ""
    return ", ".join(f"{it * 1000:.1f} ms" for it in times)


def _seconds(read: Callable[[int], object], size: int) -> float:
    """The text differs a little each time, so that no cache answers.

    Without garbage collection, which takes as long as the objects of all other tests are many.
    """
    with _without_garbage_collection(), suppress(*REFUSALS):
        started = process_time()
        try:
            read(size)
        finally:
            seconds = process_time() - started
    return seconds


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
