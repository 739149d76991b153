from datetime import timedelta
from typing import Any

import pytest

from app.catalog.catalog_cache import Piece
from app.catalog.filters import Wishes, facets, fitting, wanted
from app.catalog.models import Product, Variant
from app.catalog.related import related
from app.catalog.sorting import Sorting, arranged
from tests.builders import NOON


def a_piece(slug: str, *, price: int = 2_000, category: str = "Vases", **others: Any) -> Piece:
    usual: dict[str, Any] = {
        "title": slug,
        "blurb": "",
        "added_at": NOON,
        "variants": (Variant(slug, "Default"),),
    }
    return Piece(Product(slug=slug, category=category, price=price, **(usual | others)), ())


OAT, RUST = Variant("mug-oat", "Oat", "#d8ccb6"), Variant("mug-rust", "Rust", "#a4502a")
MUG = a_piece("mug", price=2_400, category="Tableware", variants=(OAT, RUST), tags=("bestseller",))
PLATE = a_piece("plate", price=9_600, category="Tableware", position=2, tags=("sale",))
VASE = a_piece("vase", price=6_800, position=1, added_at=NOON + timedelta(days=1), tags=("sale",))
SHELF = (MUG, PLATE, VASE)
LEFT = {"mug-oat": 4, "mug-rust": 0, "plate": 0, "vase": 1}


def slugs(pieces: tuple[Piece, ...]) -> list[str]:
    return [piece.product.slug for piece in pieces]


def found(**wishes: Any) -> list[str]:
    return slugs(wanted(SHELF, Wishes(**wishes), LEFT))


def test_who_wishes_for_nothing_sees_everything() -> None:
    assert found() == ["mug", "plate", "vase"]


def test_a_category_shows_its_own() -> None:
    assert found(category="Tableware") == ["mug", "plate"]


def test_both_ends_of_a_price_range_belong_to_it() -> None:
    assert found(price_min=2_400, price_max=6_800) == ["mug", "vase"]
    assert found(price_min=2_401, price_max=6_799) == []
    assert found(price_max=0) == []


def test_what_is_sold_out_in_every_variant_is_not_in_stock() -> None:
    assert found(in_stock=True) == ["mug", "vase"]


def test_two_colours_show_what_has_either() -> None:
    assert found(colours=("Oat", "Teal")) == ["mug"]
    assert found(colours=("Default",)) == []


def test_stock_and_colour_must_come_true_in_the_same_variant() -> None:
    assert found(colours=("Rust",)) == ["mug"]
    assert found(colours=("Rust",), in_stock=True) == []


def test_the_variant_that_fits_is_known() -> None:
    assert fitting(MUG, Wishes(colours=("Rust",)), LEFT) == (RUST,)
    assert fitting(MUG, Wishes(in_stock=True), LEFT) == (OAT,)


@pytest.mark.parametrize(
    ("sorting", "expected"),
    [
        (Sorting.RELEVANCE, ["plate", "vase", "mug"]),
        (Sorting.FEATURED, ["mug", "vase", "plate"]),
        (Sorting.NEWEST, ["vase", "plate", "mug"]),
        (Sorting.PRICE_UP, ["mug", "vase", "plate"]),
        (Sorting.PRICE_DOWN, ["plate", "vase", "mug"]),
        (Sorting.BESTSELLERS, ["mug", "plate", "vase"]),
    ],
)
def test_pieces_stand_in_the_wished_order(sorting: Sorting, expected: list[str]) -> None:
    assert slugs(arranged((PLATE, VASE, MUG), sorting)) == expected


def test_each_kind_of_facet_counts_under_the_other_wishes() -> None:
    counted = facets(SHELF, Wishes(category="Tableware", in_stock=True), LEFT)

    assert [(it.value, it.count) for it in counted.categories] == [("Tableware", 1), ("Vases", 1)]
    assert [(it.value, it.count) for it in counted.colours] == [("Oat", 1), ("Rust", 0)]
    assert counted.in_stock == 1


def test_a_chosen_colour_stays_in_sight_though_nothing_has_it() -> None:
    counted = facets(SHELF, Wishes(category="Vases", colours=("Oat",)), LEFT)

    assert [(it.value, it.count) for it in counted.colours] == [("Oat", 0)]


def test_related_pieces_are_of_the_same_kind_first_then_alike_in_a_tag() -> None:
    lamp = a_piece("lamp", category="Lighting")

    assert slugs(related((lamp, *SHELF), PLATE)) == ["mug", "vase", "lamp"]
    assert len(related(tuple(a_piece(f"pot-{n}") for n in range(9)), VASE)) == 4
