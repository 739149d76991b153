import html
import re

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from app.catalog.catalog_cache import forget
from app.catalog.models import Product, Variant
from tests.builders import a_product
from tests.crash_injection import overheard
from tests.unit.app.web.pages import PART, heading, put_in_cart, words


def a_coloured_product(title: str, *colours: str, **others: int) -> Product:
    product = a_product(title=title, variants=len(colours), **others)
    named = zip(product.variants, colours, strict=True)
    coloured = tuple(Variant(it.sku, colour, "#a4502a") for it, colour in named)
    product.update(actions=[Product.variants.set(coloured)])
    forget()
    return product


def titles(page: Response) -> list[str]:
    return re.findall(r'<h2 class="title"><a [^>]*>(.*?)</a>', page.text)


def links(page: Response, label: str) -> list[str]:
    """Where the links go whose words begin so."""
    found = re.findall(r'<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', page.text, re.S)
    plain = [(href, re.sub(r"<[^>]*>", "", inside).strip()) for href, inside in found]
    return [html.unescape(href) for href, said in plain if said.startswith(label)]


def test_the_shelf_shows_every_piece_and_counts_them(browser: TestClient) -> None:
    a_product(title="Round pot")
    a_product(title="Square pot")

    page = browser.get("/shelf")

    assert heading(page) == "The whole shelf"
    assert titles(page) == ["Round pot", "Square pot"]
    assert '<p role="status" id="count">2 pieces on this shelf.</p>' in page.text


@pytest.mark.parametrize("address", ["/?category=Tableware", "/shelf?category=Tableware"])
def test_a_category_has_its_own_shelf_at_both_addresses(browser: TestClient, address: str) -> None:
    a_product()

    page = browser.get(address)

    assert heading(page) == "Tableware"
    assert "1 piece on this shelf." in words(page)


def test_a_category_that_we_do_not_have_is_not_found(browser: TestClient) -> None:
    assert browser.get("/shelf?category=Rockets").status_code == 404


def test_pieces_are_narrowed_down_by_price_colour_and_stock(browser: TestClient) -> None:
    a_coloured_product("Oat mug", "Oat", price=2_400)
    a_coloured_product("Dear oat mug", "Oat", price=9_900)
    a_coloured_product("Rust mug", "Rust", price=2_400)
    a_coloured_product("Late oat mug", "Oat", price=2_400, pieces=0)

    page = browser.get("/shelf?colour=Oat&price_min=20&price_max=50.00&in_stock=yes")

    assert titles(page) == ["Oat mug"]
    assert "1 of 4 pieces." in words(page)


def test_several_colours_may_be_ticked(browser: TestClient) -> None:
    for colour in ("Oat", "Rust", "Teal"):
        a_coloured_product(f"{colour} mug", colour)

    page = browser.get("/shelf?colour=Oat&colour=Rust")

    assert titles(page) == ["Oat mug", "Rust mug"]


def test_a_piece_is_shown_in_the_colour_that_was_asked_for(browser: TestClient) -> None:
    product = a_coloured_product("Mug", "Oat", "Rust")

    page = browser.get("/shelf?colour=Rust")

    assert f"/products/{product.slug}?sku={product.variants[1].sku}" in page.text


def test_each_filter_can_be_taken_away_alone_or_all_together(browser: TestClient) -> None:
    a_coloured_product("Mug", "Oat")

    page = browser.get("/shelf?category=Tableware&colour=Oat&price_max=50&in_stock=yes&sort=newest")

    rest = "/shelf?category=Tableware"
    assert links(page, "Remove Oat") == [f"{rest}&price_max=50&in_stock=yes&sort=newest"]
    assert links(page, "Remove Up to €50.00") == [f"{rest}&colour=Oat&in_stock=yes&sort=newest"]
    assert links(page, "Remove In stock") == [f"{rest}&colour=Oat&price_max=50&sort=newest"]
    assert links(page, "Clear all") == [f"{rest}&sort=newest"]


def test_a_chosen_colour_that_nothing_has_can_still_be_unticked(browser: TestClient) -> None:
    a_product()

    page = browser.get("/shelf?colour=Plaid")

    assert page.status_code == 200
    assert re.search(r'name="colour"[^>]*value="Plaid" checked', page.text)
    assert "Nothing here is all of that." in words(page)


def test_pieces_are_sorted_as_wished(browser: TestClient) -> None:
    for price in (3_000, 1_000, 2_000):
        a_product(title=f"{price}", price=price)

    assert titles(browser.get("/shelf?sort=price-up")) == ["1000", "2000", "3000"]
    assert titles(browser.get("/shelf?sort=price-down")) == ["3000", "2000", "1000"]
    assert titles(browser.get("/shelf?sort=relevance")) == titles(browser.get("/shelf"))


def test_twelve_pieces_make_a_page_and_links_lead_to_the_others(browser: TestClient) -> None:
    for number in range(14):
        a_product(title=f"Pot {number}")

    first, second = browser.get("/shelf?sort=price-up"), browser.get("/shelf?sort=price-up&page=2")

    assert (len(titles(first)), len(titles(second))) == (12, 2)
    assert links(first, "Load 2 more") == ["/shelf?sort=price-up&page=2"]
    assert links(second, "Page 1") == ["/shelf?sort=price-up"]
    assert titles(browser.get("/shelf?page=999999")) == titles(browser.get("/shelf?page=2"))


@pytest.mark.parametrize("page", ["0", "-1", "1e9", "abc", "٣", "1.0", "99999999999"])
def test_a_page_that_cannot_be_is_refused(browser: TestClient, page: str) -> None:
    assert browser.get(f"/shelf?page={page}").status_code == 422


@pytest.mark.parametrize("wrong", ["sort=price;drop", "sort=cheapest", "in_stock=maybe"])
def test_a_wish_that_the_form_does_not_have_is_refused(browser: TestClient, wrong: str) -> None:
    assert browser.get(f"/shelf?{wrong}").status_code == 422


@pytest.mark.parametrize("price", ["-5", "1,5", "1.5", "1e3", "abc", "٣", "<b>", "999999"])
def test_a_price_that_cannot_be_read_is_said_beside_its_field(
    browser: TestClient, price: str
) -> None:
    a_product(title="Pot")

    page = browser.get("/shelf", params={"price_min": price})

    assert page.status_code == 422
    assert "Please write it like 48.00" in words(page)
    assert titles(page) == ["Pot"]
    assert "<b>" not in page.text


def test_a_price_range_upside_down_is_said(browser: TestClient) -> None:
    page = browser.get("/shelf?price_min=50&price_max=20")

    assert page.status_code == 422
    assert "This is below the lowest price." in words(page)


def test_empty_fields_and_unknown_ones_are_no_wishes(browser: TestClient) -> None:
    a_product(title="Pot")

    page = browser.get("/shelf?price_min=&price_max=+&colour=&sort=&in_stock=&page_size=1000000")

    assert titles(page) == ["Pot"]


def test_htmx_gets_the_shelf_alone_and_a_clean_address(browser: TestClient) -> None:
    a_product()

    part = browser.get("/shelf?price_min=&price_max=50&sort=", headers=PART)

    assert part.text.lstrip().startswith('<div id="shelf">')
    assert part.headers["hx-push-url"] == "/shelf?price_max=50"


def test_htmx_gets_only_more_cards_for_the_way_on(browser: TestClient) -> None:
    for number in range(13):
        a_product(title=f"Pot {number}")

    part = browser.get("/shelf?page=2", headers=PART | {"HX-Target": "div#pager"})

    assert len(titles(part)) == 1
    assert "<h1" not in part.text
    assert "hx-push-url" not in part.headers


def test_a_search_finds_pieces_by_words_without_scripts(browser: TestClient) -> None:
    a_product(title="Ember bowl")
    a_product(title="Tarn vase")

    page = browser.get("/search?q=EMB")

    assert heading(page) == "“EMB”"
    assert titles(page) == ["Ember bowl"]


def test_what_was_found_can_be_narrowed_down_and_sorted(browser: TestClient) -> None:
    for price in (1_000, 3_000, 2_000):
        a_product(title=f"Bowl {price}", price=price)

    page = browser.get("/search?q=bowl&price_max=20&sort=price-up")

    assert titles(page) == ["Bowl 1000", "Bowl 2000"]
    assert links(page, "Clear all") == ["/search?q=bowl&sort=price-up"]


def test_a_search_without_success_helps_on(browser: TestClient) -> None:
    a_product(title="Ember bowl")

    page = browser.get("/search?q=embre+bowl")

    assert page.status_code == 200
    assert "Nothing for “embre bowl”" in words(page)
    assert links(page, "ember bowl") == ["/search?q=ember%20bowl"]


@pytest.mark.parametrize("q", ["", "   ", "%", "*", '"', ".*", "🫖", "\x00", "x" * 10_000])
def test_any_text_may_be_searched_for(browser: TestClient, q: str) -> None:
    assert browser.get("/search", params={"q": q}).status_code == 200


def test_markup_that_is_searched_for_stays_text(browser: TestClient) -> None:
    page = browser.get("/search", params={"q": "<script>alert(1)</script>"})

    assert "<script>alert" not in page.text
    assert "<script>alert(1)</script>" in words(page)


def test_the_search_field_gets_the_best_six_as_options(browser: TestClient) -> None:
    for number in range(8):
        a_product(title=f"Bowl {number}")

    part = browser.get("/search?q=bowl", headers=PART | {"HX-Target": "ul#suggestions"})

    assert part.text.count('role="option"') == 6
    assert "<html" not in part.text


@pytest.mark.parametrize("address", ["/shelf?in_stock=yes", "/search?q=pot&colour=Oat"])
def test_a_page_asks_the_store_three_times_at_most(browser: TestClient, address: str) -> None:
    put_in_cart(browser, a_product(title="Pot"))
    for _ in range(5):
        a_product(title="Pot", variants=4)

    with overheard() as calls:
        assert browser.get(address).status_code == 200

    asked = [call.partition(" ")[0] for call in calls]
    assert sorted(asked) == ["BatchGetItem", "Query", "Query"]
