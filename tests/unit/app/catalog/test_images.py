import pytest

from app.catalog.catalog_cache import Piece, whole_catalogue
from app.catalog.image_uploads import Finished, Upload, ask_for, finish
from app.catalog.images import Caption, describe_picture, place_picture, remove_picture, shown_by
from app.catalog.products import ChangedMeanwhile
from app.catalog.publishing import ask_for_another
from tests.builders import NOON, a_product, noted

pytestmark = pytest.mark.usefixtures("tables")

ANNA = "anna@hearth.example"


def _read(piece: Piece) -> Piece:
    return whole_catalogue(NOON).piece(piece.product.slug)


def _with_pictures(*shown: str) -> Piece:
    piece = Piece(a_product(variants=2), ())
    for alt in shown:
        ask_for_another(piece, alt, now=NOON)
        piece = _read(piece)
        _place(piece, alt, len(piece.pictures))
    return _read(piece)


def _place(piece: Piece, alt: str, place: int) -> Piece:
    picture = next(it for it in piece.pictures if it.alt == alt)
    place_picture(piece, picture, place, by=ANNA, now=NOON)
    return _read(piece)


def _alts(piece: Piece) -> str:
    return " ".join(picture.alt for picture in piece.pictures)


@pytest.mark.parametrize(
    ("alt", "place", "order"),
    [
        ("c", 0, "c a b"),
        ("c", 1, "a c b"),
        ("a", 1, "b a c"),
        ("a", 12, "b c a"),
        ("b", 1, "a b c"),
    ],
)
def test_a_picture_is_shown_where_it_was_put(alt: str, place: int, order: str) -> None:
    assert _alts(_place(_with_pictures("a", "b", "c"), alt, place)) == order


def test_the_first_picture_is_the_cover() -> None:
    piece = _place(_with_pictures("a", "b"), "b", 0)

    assert piece.cover
    assert piece.cover.alt == "b"


def test_the_order_that_somebody_else_has_changed_meanwhile_stays() -> None:
    before = _with_pictures("a", "b", "c")
    _place(before, "c", 0)

    with pytest.raises(ChangedMeanwhile):
        _place(before, "a", 2)

    assert _alts(_read(before)) == "c a b"


def test_a_picture_belongs_to_one_variant_at_a_time() -> None:
    piece = _with_pictures("a", "b")
    first, second = (variant.sku for variant in piece.product.variants)

    for sku in (first, second):
        describe_picture(piece, piece.pictures[1], Caption("b, teal", sku), by=ANNA, now=NOON)
        piece = _read(piece)

    assert shown_by(piece, piece.pictures[1]) == second
    assert piece.product.variants[0].picture is None
    assert piece.picture_of(second) == piece.pictures[1]
    assert _alts(piece) == "a b, teal"


def test_a_picture_that_is_removed_belongs_to_nothing_any_more() -> None:
    piece = _with_pictures("a", "b")
    sku = piece.product.variants[0].sku
    describe_picture(piece, piece.pictures[0], Caption("a", sku), by=ANNA, now=NOON)
    piece = _read(piece)

    remove_picture(piece, piece.pictures[0], by=ANNA, now=NOON)

    piece = _read(piece)
    assert _alts(piece) == "b"
    assert piece.product.variants[0].picture is None


def test_an_upload_that_arrives_after_the_removal_brings_nothing_back() -> None:
    piece = _with_pictures("a")
    remove_picture(piece, piece.pictures[0], by=ANNA, now=NOON)

    late = Upload(piece.product.slug, piece.pictures[0].picture_id, "1")

    assert not finish(late, Finished("v1", 1, 1))
    assert _read(piece).pictures == ()


def test_a_picture_is_removed_once() -> None:
    piece = _with_pictures("a")
    remove_picture(piece, piece.pictures[0], by=ANNA, now=NOON)

    with pytest.raises(ChangedMeanwhile):
        remove_picture(piece, piece.pictures[0], by=ANNA, now=NOON)


def test_each_of_it_is_noted_with_who_did_it() -> None:
    piece = _with_pictures("a", "b")
    ask_for(piece.product.slug, "new", "Another", now=NOON)

    _place(piece, "b", 0)
    piece = _read(piece)
    remove_picture(piece, piece.pictures[0], by=ANNA, now=NOON)

    what = {change.what for change in noted(f"/desk/products/{piece.product.slug}")}
    assert {"Ordered the pictures of Tea pot", "Removed the picture “b” of Tea pot"} <= what
