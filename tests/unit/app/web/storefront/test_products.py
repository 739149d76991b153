"""The product list with filters and pagination, the search, and the product page."""

import html
import json
import re

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from app.catalog.catalog_cache import clear_cache
from app.catalog.models import CATALOG_ID, Product, ProductImage, Variant, image_key
from tests.builders import a_product, a_ready_image, an_order, sku_of
from tests.crash_injection import recorded_calls
from tests.unit.app.web.pages import FRAGMENT_HEADERS, heading, page_text, put_in_cart


def a_coloured_product(title: str, *colours: str, **others: int) -> Product:
    product = a_product(title=title, variants=len(colours), **others)
    pairs = zip(product.variants, colours, strict=True)
    coloured = tuple(Variant(variant.sku, colour, "#a4502a") for variant, colour in pairs)
    product.update(actions=[Product.variants.set(coloured)])
    clear_cache()
    return product


def titles(page: Response) -> list[str]:
    return re.findall(r'<h2 class="title"><a [^>]*>(.*?)</a>', page.text)


def links(page: Response, label: str) -> list[str]:
    """The URLs of the links whose text begins with the label."""
    anchors = re.findall(r'<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', page.text, re.S)
    plain = [(href, re.sub(r"<[^>]*>", "", inside).strip()) for href, inside in anchors]
    return [html.unescape(href) for href, text in plain if text.startswith(label)]


def test_product_list_shows_and_counts_all_products(browser: TestClient) -> None:
    a_product(title="Round pot")
    a_product(title="Square pot")

    page = browser.get("/products")

    assert heading(page) == "All products"
    assert titles(page) == ["Round pot", "Square pot"]
    assert '<p role="status" id="count">2 products</p>' in page.text


@pytest.mark.parametrize("address", ["/?category=Tableware", "/products?category=Tableware"])
def test_category_is_listed_at_both_urls(browser: TestClient, address: str) -> None:
    a_product()

    page = browser.get(address)

    assert heading(page) == "Tableware"
    assert 'id="count">1 product</p>' in page.text


def test_unknown_category_is_not_found(browser: TestClient) -> None:
    assert browser.get("/products?category=Rockets").status_code == 404


def test_products_are_filtered_by_price_colour_and_stock(browser: TestClient) -> None:
    a_coloured_product("Oat mug", "Oat", price=2_400)
    a_coloured_product("Dear oat mug", "Oat", price=9_900)
    a_coloured_product("Rust mug", "Rust", price=2_400)
    a_coloured_product("Late oat mug", "Oat", price=2_400, quantity=0)

    page = browser.get("/products?colour=Oat&price_min=20&price_max=50.00&in_stock=yes")

    assert titles(page) == ["Oat mug"]
    assert "1 of 4 products" in page_text(page)


def test_several_colours_can_be_selected(browser: TestClient) -> None:
    for colour in ("Oat", "Rust", "Teal"):
        a_coloured_product(f"{colour} mug", colour)

    page = browser.get("/products?colour=Oat&colour=Rust")

    assert titles(page) == ["Oat mug", "Rust mug"]


def test_products_are_filtered_by_material(browser: TestClient) -> None:
    for material in ("Stoneware", "Glass"):
        product = a_product(title=f"{material} jug")
        product.update(actions=[Product.materials.set((material,))])

    page = browser.get("/products?material=Glass")

    assert titles(page) == ["Glass jug"]
    assert links(page, "Remove Glass") == ["/products"]


def test_product_is_shown_in_the_selected_colour(browser: TestClient) -> None:
    product = a_coloured_product("Mug", "Oat", "Rust")

    page = browser.get("/products?colour=Rust")

    assert f"/products/{product.slug}?sku={product.variants[1].sku}" in page.text


def test_filters_can_be_removed_one_by_one_or_all_at_once(browser: TestClient) -> None:
    a_coloured_product("Mug", "Oat")

    page = browser.get(
        "/products?category=Tableware&colour=Oat&price_max=50&in_stock=yes&sort=newest"
    )

    rest = "/products?category=Tableware"
    assert links(page, "Remove Oat") == [f"{rest}&price_max=50&in_stock=yes&sort=newest"]
    assert links(page, "Remove Up to €50.00") == [f"{rest}&colour=Oat&in_stock=yes&sort=newest"]
    assert links(page, "Remove In stock") == [f"{rest}&colour=Oat&price_max=50&sort=newest"]
    assert links(page, "Clear all") == [f"{rest}&sort=newest"]


def test_selected_colour_without_products_can_be_deselected(browser: TestClient) -> None:
    a_product()

    page = browser.get("/products?colour=Plaid")

    assert page.status_code == 200
    assert re.search(r'name="colour"[^>]*value="Plaid" checked', page.text)
    assert "No products match these filters." in page_text(page)


def test_products_are_sorted_in_the_requested_order(browser: TestClient) -> None:
    for price in (3_000, 1_000, 2_000):
        a_product(title=f"{price}", price=price)

    assert titles(browser.get("/products?sort=price-up")) == ["1000", "2000", "3000"]
    assert titles(browser.get("/products?sort=price-down")) == ["3000", "2000", "1000"]
    assert titles(browser.get("/products?sort=relevance")) == titles(browser.get("/products"))


def test_pagination_shows_twelve_products_and_links_to_the_other_pages(browser: TestClient) -> None:
    for number in range(14):
        a_product(title=f"Pot {number}")

    first, second = (
        browser.get("/products?sort=price-up"),
        browser.get("/products?sort=price-up&page=2"),
    )

    assert (len(titles(first)), len(titles(second))) == (12, 2)
    assert links(first, "Load 2 more") == ["/products?sort=price-up&page=2&start=1"]
    assert links(second, "Page 1") == ["/products?sort=price-up"]
    assert titles(browser.get("/products?page=999999")) == titles(browser.get("/products?page=2"))


def test_load_more_keeps_the_pages_before_in_the_url(browser: TestClient) -> None:
    for number in range(14):
        a_product(title=f"Pot {number}")
    address = "/products?page=2&start=1"

    more = browser.get(address, headers=FRAGMENT_HEADERS | {"HX-Target": "div#pagination"})

    assert len(titles(more)) == 2
    assert more.headers["hx-replace-url"] == address
    assert len(titles(browser.get(address))) == 14
    assert len(titles(browser.get("/products?page=2&start=9"))) == 2


@pytest.mark.parametrize("page", ["0", "-1", "1e9", "abc", "٣", "1.0", "99999999999"])
def test_invalid_page_number_is_refused(browser: TestClient, page: str) -> None:
    assert browser.get(f"/products?page={page}").status_code == 422


@pytest.mark.parametrize("parameter", ["sort=price;drop", "sort=cheapest", "in_stock=maybe"])
def test_invalid_filter_value_is_refused(browser: TestClient, parameter: str) -> None:
    assert browser.get(f"/products?{parameter}").status_code == 422


@pytest.mark.parametrize("price", ["-5", "1,200", "1.234", "1e3", "abc", "٣", "<b>", "999999"])
def test_invalid_price_has_an_error_message_beside_its_field(
    browser: TestClient, price: str
) -> None:
    a_product(title="Pot")

    page = browser.get("/products", params={"price_min": price})

    assert page.status_code == 422
    assert 'id="price_min-error" role="alert">Enter' in page.text
    assert titles(page) == ["Pot"]
    assert "<b>" not in page.text


def test_inverted_price_range_has_an_error_message(browser: TestClient) -> None:
    page = browser.get("/products?price_min=50&price_max=20")

    assert page.status_code == 422
    assert "The maximum must be higher than the minimum." in page_text(page)


def test_empty_and_unknown_parameters_are_ignored(browser: TestClient) -> None:
    a_product(title="Pot")

    page = browser.get("/products?price_min=&price_max=+&colour=&sort=&in_stock=&page_size=1000000")

    assert titles(page) == ["Pot"]


def test_htmx_gets_only_the_product_list_and_a_clean_url(browser: TestClient) -> None:
    a_product()

    fragment = browser.get("/products?price_min=&price_max=50&sort=", headers=FRAGMENT_HEADERS)

    assert fragment.text.lstrip().startswith('<div id="product-list">')
    assert fragment.headers["hx-push-url"] == "/products?price_max=50"


def test_htmx_gets_no_history_entry_for_a_list_that_it_shows_already(browser: TestClient) -> None:
    shown = {"HX-Current-URL": "http://testserver/products?price_max=50"}

    fragment = browser.get("/products?price_max=50&sort=", headers=FRAGMENT_HEADERS | shown)

    assert "hx-push-url" not in fragment.headers


def test_htmx_gets_only_the_next_cards_for_load_more(browser: TestClient) -> None:
    for number in range(13):
        a_product(title=f"Pot {number}")

    fragment = browser.get(
        "/products?page=2", headers=FRAGMENT_HEADERS | {"HX-Target": "div#pagination"}
    )

    assert len(titles(fragment)) == 1
    assert "<h1" not in fragment.text
    assert "hx-push-url" not in fragment.headers


def test_search_works_without_javascript(browser: TestClient) -> None:
    a_product(title="Ember bowl")
    a_product(title="Tarn vase")

    page = browser.get("/search?q=EMB")

    assert heading(page) == "“EMB”"
    assert titles(page) == ["Ember bowl"]


def test_search_results_can_be_filtered_and_sorted(browser: TestClient) -> None:
    for price in (1_000, 3_000, 2_000):
        a_product(title=f"Bowl {price}", price=price)

    page = browser.get("/search?q=bowl&price_max=20&sort=price-up")

    assert titles(page) == ["Bowl 1000", "Bowl 2000"]
    assert links(page, "Clear all") == ["/search?q=bowl&sort=price-up"]


def test_misspelled_search_shows_the_results_of_the_corrected_words(browser: TestClient) -> None:
    a_product(title="Ember bowl")

    page = browser.get("/search?q=embre+bolw&sort=price-up")

    assert heading(page) == "“ember bowl”"
    assert titles(page) == ["Ember bowl"]
    assert "Showing results for “ember bowl”" in page_text(page)
    exact = links(page, "Search instead for “embre bolw”")
    assert exact == ["/search?q=embre+bolw&exact=yes&sort=price-up"]


def test_search_for_the_words_as_typed_stays_exact_in_its_filters(browser: TestClient) -> None:
    a_product(title="Ember bowl")

    assert "No results for “embre”" in page_text(browser.get("/search?q=embre&exact=yes"))
    page = browser.get("/search?q=ember&exact=yes")
    assert titles(page) == ["Ember bowl"]
    assert '<input type="hidden" name="exact" value="yes">' in page.text


@pytest.mark.parametrize("q", ["", "   ", "%", "*", '"', ".*", "🫖", "\x00", "x" * 10_000])
def test_any_text_can_be_searched_for(browser: TestClient, q: str) -> None:
    assert browser.get("/search", params={"q": q}).status_code == 200


def test_markup_in_a_search_is_escaped(browser: TestClient) -> None:
    page = browser.get("/search", params={"q": "<script>alert(1)</script>"})

    assert "<script>alert" not in page.text
    assert "<script>alert(1)</script>" in page_text(page)


def test_search_field_gets_the_six_best_suggestions(browser: TestClient) -> None:
    for number in range(8):
        a_product(title=f"Bowl {number}")

    fragment = browser.get(
        "/search?q=bowl", headers=FRAGMENT_HEADERS | {"HX-Target": "ul#suggestions"}
    )

    assert fragment.text.count('data-href="/products/') == 6
    assert "<html" not in fragment.text


def test_suggestions_end_with_categories_and_all_results(browser: TestClient) -> None:
    for number in range(8):
        a_product(title=f"Bowl {number}")

    fragment = browser.get(
        "/search?q=bwol", headers=FRAGMENT_HEADERS | {"HX-Target": "ul#suggestions"}
    )

    *_, category, all_results = re.findall(r'data-href="([^"]*)"', fragment.text)
    assert category == "/products?category=Tableware"
    assert all_results == "/search?q=bwol"
    assert "See all 8 results" in page_text(fragment)
    ids = re.findall(r' id="([^"]*)"', fragment.text)
    assert len(ids) == len(set(ids)) == 8


def test_search_without_results_suggests_nothing(browser: TestClient) -> None:
    fragment = browser.get(
        "/search?q=rockets", headers=FRAGMENT_HEADERS | {"HX-Target": "ul#suggestions"}
    )

    assert 'role="option"' not in fragment.text


@pytest.mark.parametrize("address", ["/products?in_stock=yes", "/search?q=pot&colour=Oat"])
def test_product_list_makes_three_database_calls_at_most(browser: TestClient, address: str) -> None:
    put_in_cart(browser, a_product(title="Pot"))
    for _ in range(5):
        a_product(title="Pot", variants=4)

    with recorded_calls() as calls:
        assert browser.get(address).status_code == 200

    operations = [call.partition(" ")[0] for call in calls]
    shown = ["BatchGetItem"] if "colour" not in address else []  # no pot has the colour
    assert sorted(operations) == [*shown, "Query", "Scan"]


def test_product_page_has_an_add_to_cart_button(browser: TestClient) -> None:
    product = a_product(title="Round tea pot")

    page = browser.get(f"/products/{product.slug}")

    assert heading(page) == "Round tea pot"
    assert ">Add to cart</button>" in page.text
    assert "In stock" in page_text(page)


def test_unknown_product_is_not_found(browser: TestClient) -> None:
    assert browser.get("/products/no-such-product").status_code == 404
    assert browser.get("/products/%00").status_code == 404


def test_variant_can_be_selected_in_the_url(browser: TestClient) -> None:
    product = a_product(variants=2)
    second = product.variants[1]

    page = browser.get(f"/products/{product.slug}?sku={second.sku}")

    assert f"Colour: {second.name}" in page_text(page)


def test_unknown_variant_shows_the_first(browser: TestClient) -> None:
    product = a_product(variants=2)

    page = browser.get(f"/products/{product.slug}?sku=made-up")

    assert f"Colour: {product.variants[0].name}" in page_text(page)


def test_product_page_shows_low_stock_and_sold_out(browser: TestClient) -> None:
    few, none = a_product(quantity=3), a_product(quantity=0)

    assert "Only 3 left" in page_text(browser.get(f"/products/{few.slug}"))
    sold_out = browser.get(f"/products/{none.slug}")
    assert "Sold out" in page_text(sold_out)
    assert "Add to cart" not in sold_out.text


def test_images_begin_with_the_selected_variant(browser: TestClient) -> None:
    product = a_product()
    for name in ("front", "back"):
        a_ready_image(product.slug, name, alt=f"The {name} view")

    page = browser.get(f"/products/{product.slug}")

    assert "/media/front/1/960.webp 960w" in page.text
    assert 'alt="The back view"' in page.text
    for name in ("front", "back"):
        ProductImage(CATALOG_ID, image_key(product.slug, name)).delete()


def test_product_page_links_to_related_products_but_not_to_itself(browser: TestClient) -> None:
    product = a_product(title="Round pot")
    a_product(title="Square pot")

    page = browser.get(f"/products/{product.slug}")

    related = page.text.partition('id="related"')[2]
    assert "Square pot" in related
    assert "Round pot" not in related


def test_json_ld_has_price_and_stock_of_each_variant(browser: TestClient) -> None:
    product = a_product(title="</script><b>", price=2_450, variants=2)

    page = browser.get(f"/products/{product.slug}")

    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page.text, re.S)
    product_data, _ = json.loads(blocks[0])
    assert product_data["name"] == "</script><b>"
    assert [offer["sku"] for offer in product_data["offers"]] == [
        variant.sku for variant in product.variants
    ]
    assert {offer["price"] for offer in product_data["offers"]} == {"24.50"}
    assert {offer["availability"] for offer in product_data["offers"]} == {
        "https://schema.org/InStock"
    }


def test_product_page_has_open_graph_title_and_canonical_url(browser: TestClient) -> None:
    product = a_product(title="Round pot")

    page = browser.get(f"/products/{product.slug}?sku={sku_of(product)}")

    assert '<meta property="og:title" content="Round pot">' in page.text
    assert re.search(rf'rel="canonical" href="http[^"]*/products/{product.slug}"', page.text)


def test_htmx_gets_only_the_product_from_the_same_url(browser: TestClient) -> None:
    product = a_product()

    fragment = browser.get(
        f"/products/{product.slug}?sku={sku_of(product)}", headers=FRAGMENT_HEADERS
    )

    assert fragment.text.lstrip().startswith('<article id="product"')
    assert fragment.headers["vary"].startswith("HX-Request-Type")


def test_markup_in_a_title_is_escaped(browser: TestClient) -> None:
    product = a_product(title='<img src=x onerror=alert(1)>" {{ 7 * 7 }}')

    page = browser.get(f"/products/{product.slug}")

    assert "<img src=x" not in page.text
    assert "{{ 7 * 7 }}" in page_text(page)


def test_product_list_reads_the_stock_of_its_page_and_all_availability_once(
    browser: TestClient,
) -> None:
    for _ in range(3):
        a_product()
    clear_cache()
    browser.get("/products")

    with recorded_calls() as calls:
        page = browser.get("/products")
        browser.get("/products?sort=price-up")

    assert page.status_code == 200
    assert [it for it in calls if it.startswith("Scan")] == []
    assert len([it for it in calls if it.startswith("BatchGetItem")]) == 2


def test_product_that_has_just_sold_out_is_shown_as_sold_out(browser: TestClient) -> None:
    product = a_product(quantity=1, title="Aardvark basin")
    clear_cache()
    assert "Sold out" not in page_text(browser.get("/search?q=aardvark"))

    an_order(product)

    assert "Sold out" in page_text(browser.get("/search?q=aardvark"))
