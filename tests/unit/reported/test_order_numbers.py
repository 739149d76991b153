"""Order numbers are not unique unless something ensures it: bagisto#3902, magento2#33457.

In the reports, two orders got the same increment number: one page opened another customer's order,
or the second order could not be placed.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from hypothesis import example, given
from hypothesis import strategies as st
from ulid import ULID

from app.card_numbers import has_card_number
from app.orders.board import find_orders
from app.orders.models import Order
from app.orders.numbers import (
    MAX_AGE_YEARS,
    day_shard,
    order_number,
    read_order_id,
    read_order_number,
)
from tests.builders import NOON, an_order
from tests.unit.app.web.pages import page_text

pytestmark = pytest.mark.usefixtures("tables")

TODAY = date(2031, 6, 12)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
order_ids = st.text(ALPHABET, min_size=26, max_size=26)
days = st.dates(date(2000, 1, 1), date(2999, 12, 31))
SPELLINGS: dict[str, Callable[[str], str]] = {
    "lower case": str.lower,
    "blanks around": lambda text: f" \u00a0{text}\t",
    "no dashes": lambda text: text.replace("-", ""),
    "blanks for dashes": lambda text: text.replace("-", " "),
    "long dashes": lambda text: text.replace("-", " \u2013 "),
    "no-break hyphens": lambda text: text.replace("-", "\u2011"),
    "full width": lambda text: "".join(chr(ord(it) + 0xFEE0) for it in text),
    "O for 0 and l for 1": lambda text: text.replace("0", "O").replace("1", "l"),
    "I for 1": lambda text: text.replace("1", "i"),
    "number sign": "#{}".format,
    "with a word": "Order {}".format,
    "with a word of another language": "Bestellung Nr. {}".format,
    "full stop": "{}.".format,
    "quoted": "\u201e{}\u201c".format,
    "date with dashes": lambda text: f"{text[:7]}-{text[7:9]}-{text[9:]}",
    "without HC": lambda text: text.removeprefix("HC-"),
    "hidden characters": lambda text: f"\ufeff{text}\u200b",
}


def ulid(end: str) -> str:
    return f"{ULID()}"[: -len(end)] + end


def find(text: str, now: datetime = NOON) -> set[str]:
    return {order.order_id for order in find_orders(text, now)}


# --- two orders -----------------------------------------------------------------------------


def test_orders_whose_ids_end_alike_have_different_numbers() -> None:
    """The input of the report: both were HC-1128-SBRXF."""
    day = datetime(2026, 11, 28, 12, tzinfo=UTC)
    first, second = (an_order(now=day, order_id=ulid(end)) for end in ("0SBRXF", "1SBRXF"))

    assert first.number != second.number
    assert find(first.number, day) == {first.order_id}
    assert find(second.number, day) == {second.order_id}


def test_short_number_lists_every_order_that_it_can_mean(merchant: TestClient) -> None:
    group = f"{ULID()}"[-5:]
    now = datetime.now(UTC)
    orders = [
        an_order(now=now, order_id=ulid(f"{n}{group}"), email=f"customer{n}@potter.example")
        for n in range(3)
    ]
    short_number = f"HC-{orders[0].number[7:11]}-{group}"

    page = merchant.get("/admin", params={"find": short_number})

    assert page.status_code == 200
    assert "3 orders for" in page_text(page)
    assert all(order.number in page.text for order in orders)


def test_orders_with_the_same_number_are_both_listed(merchant: TestClient) -> None:
    """Nothing rejects such a pair, however rare it is, so neither order may hide the other."""
    end, now = f"{ULID()}"[-10:], datetime.now(UTC)
    orders = [an_order(now=now, order_id=f"01JDCWZ8X{n}000000{end}") for n in range(2)]
    assert orders[0].number == orders[1].number

    page = merchant.get("/admin", params={"find": orders[0].number})

    assert page.status_code == 200
    assert all(f"/admin/orders/{order.order_id}" in page.text for order in orders)


def test_orders_of_two_years_are_both_found_by_a_number_without_a_year() -> None:
    group = f"{ULID()}"[-5:]
    first = an_order(order_id=ulid(group))
    second = an_order(order_id=ulid(group), now=NOON.replace(year=NOON.year + 1))

    later = NOON.replace(year=NOON.year + 2)
    assert find(f"HC-0612-{group}", later) == {first.order_id, second.order_id}
    assert find(first.number[:17], later) == {first.order_id}


def test_leap_day_is_found_by_a_number_without_a_year() -> None:
    order = an_order(now=datetime(2028, 2, 29, 12, tzinfo=UTC))

    assert find(f"HC-0229-{order.order_id[-5:]}") == {order.order_id}


def test_number_costs_one_query(monkeypatch: pytest.MonkeyPatch) -> None:
    order = an_order()
    shards: list[str] = []
    query = Order.by_day.query

    def recorded(shard: str, *conditions: object, **options: object) -> object:
        shards.append(shard)
        return query(shard, *conditions, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Order.by_day, "query", recorded)

    find(order.number)
    assert shards == [order.day_shard]
    find(f"HC-0612-{order.order_id[-5:]}")
    assert len(shards) == 1 + 1 + MAX_AGE_YEARS


# --- what people type -----------------------------------------------------------------------


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("form", ["number", "without the second group", "without the year", "id"])
def test_order_is_found_however_its_number_is_typed(form: str, spelling: str) -> None:
    order = an_order(order_id=ulid(f"{ULID()}"[-3:] + "01"))
    forms = {
        "number": order.number,
        "without the second group": order.number[:17],
        "without the year": f"HC-{order.number[7:]}",
        "id": order.order_id,
    }
    if form == "id" and spelling.startswith(("with", "date")):
        return  # an order id has neither words nor a date

    assert find(SPELLINGS[spelling](forms[form])) == {order.order_id}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "HC-",
        "HC-20311340-4F7Q2-9XKTB",
        "HC-00000612-4F7Q2-9XKTB",
        "HC-20310229-4F7Q2-9XKTB",
        "HC-20310612-4F7Q2-9XKT",
        "HC-20310612-4F7U2-9XKTB",
        "HC-310612-4F7Q2-9XKTB",
        "HC-9999-4F7Q2",
        "HC-20310612-4F7Q2-9XKTB and HC-20310612-4F7Q3-9XKTB",
        "HC-20310612-4F7Q2-9XKTB\nHC-20310612-4F7Q3-9XKTB",
        "\u0660\u0661\u0662\u0663-4F7Q2",
        "HC" * 120,
        "ß" * 250,
    ],
)
def test_text_that_is_no_order_number_finds_nothing_and_shows_one(
    merchant: TestClient, text: str
) -> None:
    assert read_order_number(text, today=TODAY) == []
    if text.strip():
        page = merchant.get("/admin", params={"find": text})
        assert "Enter a number like HC-20311123-4F7Q2-9XKTB" in page_text(page)


# --- properties -----------------------------------------------------------------------------


@given(day=days, order_id=order_ids)
def test_number_that_is_written_is_read_back(day: date, order_id: str) -> None:
    number = order_number(day, order_id)

    assert read_order_number(number, today=TODAY) == [number]
    assert read_order_id(order_id) == order_id
    assert read_order_number(order_id, today=TODAY) == [] or "HC" in order_id


@given(day=days, order_id=order_ids, spelling=st.sampled_from(sorted(SPELLINGS)))
def test_every_spelling_has_one_normal_form(day: date, order_id: str, spelling: str) -> None:
    number = order_number(day, order_id)

    assert read_order_number(SPELLINGS[spelling](number), today=TODAY) == [number]


@given(text=st.text() | st.from_regex(r"(HC|hc)?[- ]?[0-9OoIl]{4,8}[- ]?[0-9A-Za-z -]{5,12}"))
@example(text="HC-0612-4F7Q2")
@example(text="HC-0229-4F7Q2")
@example(text="0001-0110-00000")
def test_what_is_accepted_is_in_its_normal_form(text: str) -> None:
    for number in read_order_number(text, today=TODAY):
        assert read_order_number(number, today=TODAY) == [number]
    order_id = read_order_id(text)
    assert order_id is None or read_order_id(order_id) == order_id


@given(first=st.tuples(days, order_ids), second=st.tuples(days, order_ids))
def test_numbers_differ_by_day_and_by_the_last_ten_characters(
    first: tuple[date, str], second: tuple[date, str]
) -> None:
    are_equal = first[0] == second[0] and first[1][-10:] == second[1][-10:]

    assert (order_number(*first) == order_number(*second)) == are_equal


@given(day=days, order_id=order_ids)
def test_number_and_its_beginning_are_in_one_partition(day: date, order_id: str) -> None:
    number = order_number(day, order_id)

    assert day_shard(number) == day_shard(number.rpartition("-")[0])


@given(day=st.dates(TODAY - timedelta(days=36_500), TODAY), order_id=order_ids)
def test_number_without_a_year_includes_its_own_day(day: date, order_id: str) -> None:
    number = order_number(day, order_id)
    candidates = read_order_number(f"HC-{number[7:]}", today=TODAY)

    assert (number in candidates) == (day.year >= TODAY.year - MAX_AGE_YEARS)
    assert len(candidates) == len(set(candidates)) <= MAX_AGE_YEARS + 1


@given(day=days, order_id=st.text("0123456789", min_size=26, max_size=26))
def test_number_of_digits_is_no_card_number(day: date, order_id: str) -> None:
    assert not has_card_number(order_number(day, order_id))
