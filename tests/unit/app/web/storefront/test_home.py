import json
import re
from datetime import UTC, datetime

from fastapi.testclient import TestClient

from app.catalog.catalog_cache import forget
from app.catalog.models import SHELF, Picture, PictureState, picture_key
from tests.builders import a_product, sku_of
from tests.unit.app.web.pages import PART, heading, words


def test_the_home_page_shows_what_is_on_the_shelf_with_its_price(browser: TestClient) -> None:
    a_product(title="Round tea pot", price=2_450)

    page = browser.get("/")

    assert page.status_code == 200
    assert "Round tea pot" in words(page)
    assert "€24.50" in words(page)


def test_the_home_page_shows_twelve_and_leads_to_the_whole_shelf(browser: TestClient) -> None:
    for number in range(13):
        a_product(title=f"Pot {number}")

    page = browser.get("/")

    assert page.text.count('class="card"') == 12
    assert "See the whole shelf, 13 pieces" in words(page)


def test_a_shelf_that_we_do_not_have_is_not_found(browser: TestClient) -> None:
    assert browser.get("/?category=Rockets").status_code == 404


def test_a_piece_has_a_page_with_an_add_to_cart_button(browser: TestClient) -> None:
    product = a_product(title="Round tea pot")

    page = browser.get(f"/products/{product.slug}")

    assert heading(page) == "Round tea pot"
    assert ">Add to cart</button>" in page.text
    assert "In stock" in words(page)


def test_an_unknown_piece_is_not_found(browser: TestClient) -> None:
    assert browser.get("/products/no-such-piece").status_code == 404
    assert browser.get("/products/%00").status_code == 404


def test_a_variant_can_be_chosen_in_the_address(browser: TestClient) -> None:
    product = a_product(variants=2)
    second = product.variants[1]

    page = browser.get(f"/products/{product.slug}?sku={second.sku}")

    assert f"Glaze: {second.name}" in words(page)


def test_an_unknown_variant_shows_the_first(browser: TestClient) -> None:
    product = a_product(variants=2)

    page = browser.get(f"/products/{product.slug}?sku=made-up")

    assert f"Glaze: {product.variants[0].name}" in words(page)


def test_few_pieces_are_counted_and_none_cannot_be_added(browser: TestClient) -> None:
    few, none = a_product(pieces=3), a_product(pieces=0)

    assert "Only 3 left" in words(browser.get(f"/products/{few.slug}"))
    sold_out = browser.get(f"/products/{none.slug}")
    assert "Sold out" in words(sold_out)
    assert "Add to cart" not in sold_out.text


def test_the_pictures_begin_with_the_chosen_variant(browser: TestClient) -> None:
    product = a_product()
    now = datetime.now(UTC)
    for name in ("front", "back"):
        Picture(
            SHELF,
            picture_key(product.slug, name),
            slug=product.slug,
            picture_id=name,
            alt=f"The {name} of it",
            state=PictureState.READY,
            version="1",
            width=960,
            height=1200,
            asked_at=now,
        ).save()
    forget()

    page = browser.get(f"/products/{product.slug}")

    assert "/media/front/1/960.webp 960w" in page.text
    assert 'alt="The back of it"' in page.text
    for name in ("front", "back"):
        Picture(SHELF, picture_key(product.slug, name)).delete()


def test_a_piece_leads_to_others_but_not_to_itself(browser: TestClient) -> None:
    product = a_product(title="Round pot")
    a_product(title="Square pot")

    page = browser.get(f"/products/{product.slug}")

    others = page.text.partition('id="others"')[2]
    assert "Square pot" in others
    assert "Round pot" not in others


def test_a_search_engine_learns_price_and_stock_of_each_variant(browser: TestClient) -> None:
    product = a_product(title="</script><b>", price=2_450, variants=2)

    page = browser.get(f"/products/{product.slug}")

    block = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page.text, re.S)
    told = json.loads(block[0])
    assert told["name"] == "</script><b>"
    assert [offer["sku"] for offer in told["offers"]] == [it.sku for it in product.variants]
    assert {offer["price"] for offer in told["offers"]} == {"24.50"}
    assert {offer["availability"] for offer in told["offers"]} == {"https://schema.org/InStock"}


def test_a_page_that_is_shared_tells_its_title_and_its_one_address(browser: TestClient) -> None:
    product = a_product(title="Round pot")

    page = browser.get(f"/products/{product.slug}?sku={sku_of(product)}")

    assert '<meta property="og:title" content="Round pot">' in page.text
    assert re.search(rf'rel="canonical" href="http[^"]*/products/{product.slug}"', page.text)


def test_htmx_gets_only_the_piece_from_the_same_address(browser: TestClient) -> None:
    product = a_product()

    part = browser.get(f"/products/{product.slug}?sku={sku_of(product)}", headers=PART)

    assert part.text.lstrip().startswith('<article id="piece"')
    assert part.headers["vary"].startswith("HX-Request, HX-Request-Type")


def test_a_title_with_markup_stays_a_title(browser: TestClient) -> None:
    product = a_product(title='<img src=x onerror=alert(1)>" {{ 7 * 7 }}')

    page = browser.get(f"/products/{product.slug}")

    assert "<img src=x" not in page.text
    assert "{{ 7 * 7 }}" in words(page)


def test_a_shared_cache_keeps_no_page_with_somebodys_cart(browser: TestClient) -> None:
    assert browser.get("/").headers["cache-control"] == "private, no-cache"
