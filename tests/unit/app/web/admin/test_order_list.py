import csv
import io
import re
from datetime import datetime, timedelta
from itertools import count

import pytest
from fastapi.testclient import TestClient
from msgspec.structs import replace
from ulid import ULID

from app.orders import board, open_pages, order_list, queries, sku_orders
from app.orders.issues import open_issue
from app.orders.models import DISPUTED, Order, shards
from tests.builders import (
    NOON,
    a_product,
    an_address,
    an_issue,
    an_order,
    an_order_in_status,
    sku_of,
)
from tests.crash_injection import recorded_calls
from tests.unit.app.web.admin.order_pages import ORDER_LINK, next_page, pages_of
from tests.unit.app.web.pages import input_values, page_text
from tests.unit.workers.queue_readers import events_of
from workers.inventory import update_ledger

LIST = "/admin/orders"

_years = count(2200)


@pytest.fixture
def noon() -> datetime:
    """A noon in a year without orders of other tests."""
    return NOON.replace(year=next(_years))


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_list, "PAGE_SIZE", 4)
    monkeypatch.setattr(order_list, "MAX_EXAMINED", 7)
    monkeypatch.setattr(order_list, "MAX_DAYS", 5)
    monkeypatch.setattr(open_pages, "PAGE_SIZE", 4)
    monkeypatch.setattr(open_pages, "EXAMINED_AT_ONCE", 3)
    monkeypatch.setattr(sku_orders, "PAGE_SIZE", 4)
    monkeypatch.setattr(sku_orders, "MAX_ENTRIES", 7)


def _pages(merchant: TestClient, **filters: str) -> list[list[str]]:
    return pages_of(merchant, f"{LIST}?" + "&".join(f"{name}={it}" for name, it in filters.items()))


def _shown(merchant: TestClient, **filters: str) -> list[str]:
    return [order_id for page in _pages(merchant, **filters) for order_id in page]


def _days(noon: datetime, before: int = 0) -> dict[str, str]:
    return {"first": f"{noon - timedelta(days=before):%Y-%m-%d}", "last": f"{noon:%Y-%m-%d}"}


def _ids(orders: list[Order], *, newest_first: bool = True) -> list[str]:
    ordered = sorted(orders, key=lambda it: (it.number[:11], it.order_id), reverse=newest_first)
    return [order.order_id for order in ordered]


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_every_order_of_the_days_is_on_one_page(
    merchant: TestClient, noon: datetime, sort: str
) -> None:
    product = a_product(quantity=50)
    moments = [noon - timedelta(days=day) for day in (0, 0, 0, 0, 0, 1, 1, 9, 9)]
    orders = [an_order(product, now=moment) for moment in moments]

    pages = _pages(merchant, **_days(noon, before=20), sort=sort)

    shown = [order_id for page in pages for order_id in page]
    assert shown == _ids(orders, newest_first=sort == "newest")
    assert max(map(len, pages)) <= 4


@pytest.mark.usefixtures("small_pages")
def test_order_that_is_placed_meanwhile_neither_repeats_nor_hides_another(
    merchant: TestClient, noon: datetime
) -> None:
    orders = [an_order(a_product(), now=noon) for _ in range(6)]
    first = merchant.get(LIST, params=_days(noon))
    an_order(a_product(), now=noon)

    second = merchant.get(next_page(first))

    assert ORDER_LINK.findall(second.text) == _ids(orders)[4:]


@pytest.mark.usefixtures("small_pages")
def test_list_is_filtered_by_status_and_days(merchant: TestClient, noon: datetime) -> None:
    plain = [an_order(a_product(), now=noon) for _ in range(9)]
    declined = an_order_in_status("declined", now=noon)
    an_order_in_status("declined", now=noon - timedelta(days=2))

    assert _shown(merchant, **_days(noon), status="declined") == [declined.order_id]
    assert _shown(merchant, **_days(noon)) == _ids([*plain, declined])


def _handle_events(*orders: Order) -> None:
    """What the inventory worker does: it writes the stock ledger."""
    for order in orders:
        for event in events_of(order):
            update_ledger(event)


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_all_orders_of_a_sku_are_listed(merchant: TestClient, noon: datetime, sort: str) -> None:
    product, other = a_product(quantity=50), a_product(quantity=50)
    moments = [noon - timedelta(days=200 * (n // 2)) for n in range(11)]  # two at each time
    orders = [an_order(product, other, now=moment) for moment in moments]
    declined = an_order_in_status("declined", product, now=noon - timedelta(days=50))
    _handle_events(*orders, declined, an_order(other, now=noon))
    filters = {"sku": sku_of(product).lower(), "last": f"{noon:%Y-%m-%d}", "sort": sort}

    pages = _pages(merchant, **filters)

    shown = [order_id for page in pages for order_id in page]
    assert shown == _ids([*orders, declined], newest_first=sort == "newest")
    assert max(map(len, pages)) <= 4


@pytest.mark.usefixtures("small_pages")
def test_orders_of_a_sku_are_filtered_by_status_and_days(
    merchant: TestClient, noon: datetime
) -> None:
    product = a_product(quantity=50)
    today = [an_order(product, now=noon) for _ in range(9)]
    earlier = an_order(product, now=noon - timedelta(days=2))
    declined = an_order_in_status("declined", product, now=noon)
    _handle_events(*today, earlier, declined)
    sku = sku_of(product)

    assert _shown(merchant, **_days(noon), sku=sku) == _ids([*today, declined])
    assert earlier.order_id in _shown(merchant, **_days(noon, before=2), sku=sku)
    assert _shown(merchant, **_days(noon), sku=sku, status="declined") == [declined.order_id]
    assert _shown(merchant, **_days(noon - timedelta(days=1)), sku=sku) == []


@pytest.mark.usefixtures("small_pages")
def test_page_of_a_sku_reads_its_ledger_and_no_more_orders_than_it_shows(
    merchant: TestClient, noon: datetime
) -> None:
    product = a_product(quantity=50)
    orders = [an_order(product, now=noon - timedelta(hours=n)) for n in range(9)]
    _handle_events(*orders)

    with recorded_calls() as calls:
        page = merchant.get(LIST, params={"sku": sku_of(product), "last": f"{noon:%Y-%m-%d}"})

    reads = [it for it in calls if "-orders" in it or "stock-ledger" in it]
    assert [it.split()[0] for it in reads] == ["Query", "BatchGetItem"]
    assert [order.order_id in reads[1] for order in orders] == [True] * 4 + [False] * 5
    assert "which a new order reaches within seconds" in page_text(page)


def test_sku_without_orders_has_an_empty_list(merchant: TestClient, noon: datetime) -> None:
    page = merchant.get(LIST, params={"sku": "NO-SUCH-SKU"})

    assert page.status_code == 200
    assert "No orders with these filters." in page_text(page)


@pytest.mark.usefixtures("small_pages")
def test_cursor_of_a_sku_that_is_used_with_other_days_finds_nothing_twice(
    merchant: TestClient, noon: datetime
) -> None:
    product = a_product(quantity=50)
    _handle_events(*(an_order(product, now=noon - timedelta(days=n)) for n in range(6)))
    address = next_page(merchant.get(LIST, params={"sku": sku_of(product)} | _days(noon, before=9)))

    page = merchant.get(address.replace(f"{noon - timedelta(days=9):%Y-%m-%d}", f"{noon:%Y-%m-%d}"))

    assert page.status_code == 200
    assert ORDER_LINK.findall(page.text) == []


@pytest.mark.usefixtures("small_pages")
def test_csv_export_of_a_sku_has_every_order(merchant: TestClient, noon: datetime) -> None:
    product = a_product(quantity=50)
    orders = [an_order(product, now=noon - timedelta(days=n)) for n in range(13)]
    _handle_events(*orders)

    answer = merchant.get("/admin/orders.csv", params=_days(noon, 20) | {"sku": sku_of(product)})

    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["number"] for row in rows] == [order.number for order in orders]


@pytest.mark.usefixtures("empty_board", "small_pages")
def test_open_orders_and_those_with_an_issue_are_listed_whatever_their_day(
    merchant: TestClient, noon: datetime
) -> None:
    orders = [an_order(a_product(), now=noon - timedelta(days=400 * n)) for n in range(9)]
    attention = an_order_in_status("paying")
    open_issue(attention.order_id, an_issue())
    last = f"{noon:%Y-%m-%d}"

    assert len(_shown(merchant, status="placed", last=last)) == len(orders)
    assert len(_shown(merchant, status="open", last=last)) == len(orders) + 1
    assert _shown(merchant, status="attention", last=last) == [attention.order_id]


@pytest.mark.usefixtures("small_pages")
def test_all_orders_of_an_email_address_are_listed(merchant: TestClient, noon: datetime) -> None:
    email = f"{ULID()}@potter.example".lower()
    product = a_product(quantity=50)
    orders = [an_order(product, now=noon - timedelta(days=200 * n), email=email) for n in range(11)]

    shown = _shown(merchant, email=email, last=f"{noon:%Y-%m-%d}")

    assert sorted(shown) == sorted(_ids(orders))


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_page_of_an_email_address_reads_no_more_orders_than_it_shows(
    merchant: TestClient, noon: datetime, sort: str
) -> None:
    email, product = f"{ULID()}@potter.example".lower(), a_product(quantity=50)
    moments = [noon - timedelta(hours=n // 2) for n in range(11)]  # two at each time
    orders = [an_order(product, now=moment, email=email) for moment in moments]
    filters = {"email": email, "last": f"{noon:%Y-%m-%d}", "sort": sort}

    with recorded_calls() as calls:
        first = merchant.get(LIST, params=filters)

    shown = _pages(merchant, **filters)
    by_time = sorted(orders, key=lambda it: (it.placed_at, it.order_id), reverse=sort == "newest")
    assert [order_id for page in shown for order_id in page] == [it.order_id for it in by_time]
    assert [len(page) for page in shown] == [4, 4, 3]
    assert first.text.count('<th scope="row">') == 4
    queries = [it for it in calls if it.startswith("Query") and '"by-customer"' in it]
    assert len(queries) == 1
    assert '"Limit": 7' in queries[0]


@pytest.mark.usefixtures("empty_board", "small_pages")
def test_more_open_orders_than_a_page_can_sort_are_listed_by_deadline(
    merchant: TestClient, noon: datetime
) -> None:
    orders = [an_order(a_product(), now=noon - timedelta(days=50 * n)) for n in range(9)]
    filters = {"status": "open", "last": f"{noon:%Y-%m-%d}"}

    page = merchant.get(LIST, params=filters)

    assert "More orders are open than one page can sort" in page_text(page)
    assert _shown(merchant, **filters) == _ids(orders, newest_first=False)
    assert _shown(merchant, status="open", **_days(noon, before=60)) == _ids(orders[:2])[::-1]


def _of_customers(noon: datetime, **names: int) -> dict[str, Order]:
    """Orders of customers with these names, each of a product with this price in cents."""
    return {
        name: an_order(a_product(price=price), now=noon, address=replace(an_address(), name=name))
        for name, price in names.items()
    }


@pytest.mark.usefixtures("empty_board")
@pytest.mark.parametrize(
    ("sort", "names", "column"),
    [
        ("highest", ["Zoe", "ada", "Öhler", "Mira"], "Total"),
        ("lowest", ["Mira", "Öhler", "ada", "Zoe"], "Total"),
        ("customer", ["ada", "Mira", "Öhler", "Zoe"], "Customer"),
    ],
)
def test_open_orders_are_sorted_by_total_and_by_customer(
    merchant: TestClient, noon: datetime, sort: str, names: list[str], column: str
) -> None:
    orders = _of_customers(noon, Mira=1_000, Zoe=9_000, Öhler=2_000, ada=8_000)

    page = merchant.get(LIST, params={"status": "open", "sort": sort} | _days(noon))

    assert ORDER_LINK.findall(page.text) == [orders[name].order_id for name in names]
    assert "All 4 orders with these filters" in page_text(page)
    assert re.search(rf'aria-sort="\w+"[^>]*>{column}</th>', page.text)


@pytest.mark.usefixtures("small_pages")
def test_sorted_page_says_that_only_its_own_orders_are_sorted(
    merchant: TestClient, noon: datetime
) -> None:
    orders = [
        an_order(a_product(price=1_000 + n % 3 * 1_000), now=noon - timedelta(days=n))
        for n in range(6)
    ]

    first = merchant.get(LIST, params={"sort": "highest"} | _days(noon, before=9))
    second = merchant.get(next_page(first))

    shown = [ORDER_LINK.findall(page.text) for page in (first, second)]
    assert shown == [[orders[n].order_id for n in it] for it in ([2, 1, 0, 3], [5, 4])]
    for page in (first, second):
        assert "Only the orders of this page are sorted by total" in page_text(page)


def test_page_of_few_orders_is_sorted_as_a_whole(merchant: TestClient, noon: datetime) -> None:
    product, dear = a_product(), a_product(price=9_000)
    orders = [an_order(it, now=noon) for it in (product, dear, product)]

    page = merchant.get(LIST, params={"sort": "highest"} | _days(noon))

    assert ORDER_LINK.findall(page.text)[0] == orders[1].order_id
    assert "All 3 orders with these filters, sorted by total." in page_text(page)


@pytest.mark.usefixtures("small_pages")
def test_csv_export_has_every_order_of_the_list(merchant: TestClient, noon: datetime) -> None:
    product = a_product(quantity=50)
    orders = [an_order(product, now=noon - timedelta(days=n)) for n in range(13)]

    answer = merchant.get("/admin/orders.csv", params=_days(noon, before=20))

    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["number"] for row in rows] == [order.number for order in orders]
    assert rows[0]["items"] == f"1 x {sku_of(product)}"
    assert rows[0]["total"] == f"{orders[0].total / 100:.2f}"
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"


@pytest.mark.usefixtures("small_pages")
def test_csv_export_of_open_orders_reads_their_index_once_however_many_they_are(
    merchant: TestClient, noon: datetime
) -> None:
    orders = [an_order(a_product(), now=noon) for _ in range(9)]

    with recorded_calls() as calls:
        answer = merchant.get("/admin/orders.csv", params=_days(noon) | {"status": "open"})

    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["number"] for row in rows] == [
        order.number for order in sorted(orders, key=lambda it: it.order_id, reverse=True)
    ]
    index_reads = [it for it in calls if it.startswith("Query") and '"IndexName": "open"' in it]
    assert len(index_reads) == len([*shards("open"), DISPUTED])


def test_csv_export_escapes_formulas(merchant: TestClient, noon: datetime) -> None:
    order = an_order(a_product(), now=noon)
    order.update(actions=[Order.tracking_code.set("=1+1")])

    assert "'=1+1" in merchant.get("/admin/orders.csv", params=_days(noon)).text


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({"status": "lost"}, "status"),
        ({"email": "ada"}, "email"),
        ({"first": "2031-02-02", "last": "2031-02-01"}, "first"),
    ],
)
def test_invalid_filter_is_shown_at_its_field(
    merchant: TestClient, filters: dict[str, str], field: str
) -> None:
    answer = merchant.get(LIST, params=filters)

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert merchant.get("/admin/orders.csv", params=filters).status_code == 422


@pytest.mark.parametrize(
    "cursor", ["x", "é", "MjAzMQ", "OTk5OS05OS05OS4", "e30", "MDAwMS0wMS0wMS4"]
)
def test_forged_cursor_is_refused_with_a_way_back(merchant: TestClient, cursor: str) -> None:
    answer = merchant.get(LIST, params={"cursor": cursor})

    assert answer.status_code == 422
    assert "Start from the first page." in page_text(answer)


def test_list_without_days_shows_which_days_it_covers(merchant: TestClient) -> None:
    values = input_values(merchant.get(LIST))

    assert re.fullmatch(r"\d{4}-\d\d-\d\d", values["first"])


@pytest.mark.usefixtures("empty_board")
def test_board_never_presents_a_limit_as_a_total(
    merchant: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "MAX_ON_BOARD", 2)
    product = a_product(quantity=50)
    for _ in range(12):
        an_order(product)

    page = merchant.get("/admin", params={"day": f"{NOON:%Y-%m-%d}"})

    assert re.search(r"More than \d open orders", page_text(page))
    assert re.search(r'<span class="count">\d\+</span> New', page.text)
    assert 'href="/admin/orders?status=placed"' in page.text


@pytest.mark.usefixtures("empty_board")
def test_board_shows_the_newest_closed_orders_of_a_day_and_says_that_there_are_more(
    merchant: TestClient, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MAX_CLOSED", 3)
    closed = [an_order_in_status("declined", now=noon) for _ in range(5)]
    for _ in range(4):  # the newest orders of the day are open, and take no place of closed ones
        an_order(a_product(), now=noon)

    page = merchant.get("/admin", params={"day": f"{noon:%Y-%m-%d}"})

    shown = [order.order_id in page.text for order in closed]
    assert shown == [False, False, True, True, True]
    assert '<span class="count">3+</span>' in page.text


@pytest.mark.usefixtures("small_pages")
def test_list_reads_no_more_orders_than_it_shows(merchant: TestClient, noon: datetime) -> None:
    orders = [an_order(a_product(), now=noon) for _ in range(9)]

    with recorded_calls() as calls:
        page = merchant.get(LIST, params=_days(noon))

    reads = [call for call in calls if call.startswith("BatchGetItem")]
    assert len(reads) == 1
    assert [order.order_id in reads[0] for order in _newest_first(orders)] == [True] * 4 + [
        False
    ] * 5
    assert "Next page" in page.text


def _newest_first(orders: list[Order]) -> list[Order]:
    """The orders in the sequence of the list."""
    return sorted(orders, key=lambda it: it.order_id, reverse=True)


def test_search_by_email_says_that_there_are_more(
    merchant: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE_SIZE", 2)
    monkeypatch.setattr("app.web.admin.orders.PAGE_SIZE", 2)
    email, product = f"{ULID()}@potter.example".lower(), a_product(quantity=50)
    for _ in range(3):
        an_order(product, email=email)

    page = merchant.get("/admin", params={"find": email})

    assert "The newest 2 orders" in page_text(page)
    assert f'href="/admin/orders?email={email}"' in page.text.replace("%40", "@")
