"""CPU time: every reader of text from outside is linear in the length of a hostile text."""

from collections.abc import Callable
from functools import partial

import pytest

from app.form_fields import try_fields
from app.text_policy import MAX_TEXT_LENGTH
from infra.build.bundles import ROOT
from tests.security.cpu_time import superlinear_runs
from tests.security.deployed_expressions import deployed_modules
from tests.security.request_readers import BODY_READERS, HEADER_READERS, headers_read
from tests.security.text_readers import (
    OTHER_READERS,
    PASSED_ON,
    READERS,
    TextReader,
    found_readers,
    model_readers,
    refuse,
    route_readers,
    text_functions,
)

ALL_READERS: dict[str, TextReader] = {
    **found_readers(),
    **READERS,
    **OTHER_READERS,
    **model_readers(),
    **route_readers(),
}


@pytest.mark.parametrize("name", ALL_READERS)
def test_time_of_a_reader_is_linear(name: str) -> None:
    """From 4 to 16 and from 16 to 64 KB, a linear reader takes four times as long."""
    assert superlinear_runs(partial(refuse, ALL_READERS[name]), ends=("!\n",)) == []


@pytest.mark.parametrize("name", [*HEADER_READERS, *BODY_READERS])
def test_time_of_a_reader_of_requests_is_linear(name: str) -> None:
    """Also beyond the size of headers, which API Gateway limits to 10 KB."""
    read = {**HEADER_READERS, **BODY_READERS}[name]

    assert superlinear_runs(partial(refuse, read), ends=("!\n",)) == []


def test_every_header_that_is_read_is_measured() -> None:
    assert headers_read() - {*HEADER_READERS} == set()
    assert len(headers_read()) > 10


def test_every_function_that_reads_text_is_measured() -> None:
    functions = text_functions()

    assert {*functions} - {*ALL_READERS} - {*PASSED_ON} == set()
    assert len(ALL_READERS) > 200


def test_only_the_text_policy_normalizes_text() -> None:
    """It limits the marks in a row, which Python would sort in quadratic time."""
    others = [
        str(it.relative_to(ROOT))
        for it in deployed_modules()
        if "unicodedata.normalize" in it.read_text()
    ]

    assert others == ["app/i18n/locales.py", "app/text_policy.py"]  # the first reads names of ours


def test_field_that_no_reader_accepts_is_refused_unread() -> None:
    """Also in a CSV file, which may be larger than a form."""
    reads: list[str] = []

    _, errors = try_fields({"tags": reads.append}, {"tags": "4" * (MAX_TEXT_LENGTH + 1)}, {})

    assert errors == {"tags": "Enter a value with at most 10000 characters."}
    assert reads == []


def quadratic(text: str) -> int:
    return sum(text[at:].count("4") for at in range(0, len(text), 16))


def quadratic_below_its_limit(text: str) -> int:
    text = text[:10_000]
    return sum(text[at:].count("4") for at in range(len(text)))


@pytest.mark.parametrize("read", [quadratic, quadratic_below_its_limit])
def test_quadratic_reader_is_found(read: Callable[[str], int]) -> None:
    assert superlinear_runs(read, ("4",)) != []


def test_linear_reader_that_is_slow_is_accepted() -> None:
    assert superlinear_runs(lambda text: [it.upper() for it in text * 4], ("4",)) == []
