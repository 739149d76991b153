import pytest
from fastapi.testclient import TestClient

from app.catalog.catalog_cache import Piece, whole_catalogue
from app.catalog.publishing import ask_for_another
from tests.builders import NOON, a_product
from tests.unit.app.web.pages import words


def _piece(*alts: str) -> Piece:
    product = a_product(variants=2)
    for alt in alts:
        ask_for_another(Piece(product, ()), alt, now=NOON)
    return _read(product.slug)


def _read(slug: str) -> Piece:
    return whole_catalogue(NOON).piece(slug)


def _path(piece: Piece, rest: str, number: int = 0) -> str:
    picture = piece.pictures[number]
    return f"/desk/products/{piece.product.slug}/pictures/{picture.picture_id}/{rest}"


def test_the_button_later_says_where_to_so_that_twice_is_once(merchant: TestClient) -> None:
    piece = _piece("a", "b", "c")
    first = piece.pictures[0].picture_id

    for _ in range(2):
        answer = merchant.post(_path(piece, "place"), data={"place": "1"})

    assert answer.status_code == 303
    assert _read(piece.product.slug).pictures[1].picture_id == first


@pytest.mark.parametrize("place", ["", "-1", "1.5", "99", "first"])
def test_a_place_that_is_none_is_refused(merchant: TestClient, place: str) -> None:
    assert merchant.post(_path(_piece("a"), "place"), data={"place": place}).status_code == 422


def test_what_a_picture_shows_is_said_anew(merchant: TestClient) -> None:
    piece = _piece("a")
    sku = piece.product.variants[1].sku

    answer = merchant.post(_path(piece, "about"), data={"alt": " A pot ", "shows": sku})

    piece = _read(piece.product.slug)
    assert answer.status_code == 303
    assert (piece.pictures[0].alt, piece.product.variants[1].picture) == (
        "A pot",
        piece.pictures[0].picture_id,
    )
    assert f'value="{sku}" selected' in merchant.get(_path(piece, "about")).text


@pytest.mark.parametrize("alt", ["", "  ", "x" * 301, "two\nlines"])
def test_a_picture_without_words_is_refused(merchant: TestClient, alt: str) -> None:
    piece = _piece("a")

    answer = merchant.post(_path(piece, "about"), data={"alt": alt})

    assert answer.status_code == 422
    assert 'id="alt-error"' in answer.text
    assert _read(piece.product.slug).pictures[0].alt == "a"


def test_a_variant_of_another_piece_is_not_shown_by_it(merchant: TestClient) -> None:
    sku = a_product().variants[0].sku

    answer = merchant.post(_path(_piece("a"), "about"), data={"alt": "a", "shows": sku})

    assert answer.status_code == 404


def test_a_picture_is_removed(merchant: TestClient) -> None:
    piece = _piece("a", "b")

    merchant.post(_path(piece, "removal"))

    assert [it.alt for it in _read(piece.product.slug).pictures] == [piece.pictures[1].alt]
    assert merchant.post(_path(piece, "removal")).status_code == 404


def test_only_the_first_is_the_cover(merchant: TestClient) -> None:
    piece = _piece("a", "b")

    page = merchant.get(f"/desk/products/{piece.product.slug}")

    assert words(page).count("Cover") == 1
