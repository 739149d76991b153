import pytest

from app.catalog.catalog_cache import CatalogEntry, read_full_catalog
from app.catalog.image_uploads import (
    ImageUpload,
    ProcessedImage,
    mark_ready,
    request_upload,
)
from app.catalog.images import (
    ImageDetails,
    move_image,
    remove_image,
    request_new_image,
    sku_of_image,
    update_image_details,
)
from app.catalog.products import EditConflict
from tests.builders import NOON, a_product, audit_log_entries

pytestmark = pytest.mark.usefixtures("tables")

ANNA = "anna@hearth.example"


def _reload(entry: CatalogEntry) -> CatalogEntry:
    return read_full_catalog(NOON).entry(entry.product.slug)


def _with_images(*alts: str) -> CatalogEntry:
    entry = CatalogEntry(a_product(variants=2), ())
    for alt in alts:
        request_new_image(entry, alt, now=NOON)
        entry = _reload(entry)
        _move(entry, alt, len(entry.images))
    return _reload(entry)


def _move(entry: CatalogEntry, alt: str, position: int) -> CatalogEntry:
    image = next(image for image in entry.images if image.alt == alt)
    move_image(entry, image, position, by=ANNA, now=NOON)
    return _reload(entry)


def _alts(entry: CatalogEntry) -> str:
    return " ".join(image.alt for image in entry.images)


@pytest.mark.parametrize(
    ("alt", "position", "order"),
    [
        ("c", 0, "c a b"),
        ("c", 1, "a c b"),
        ("a", 1, "b a c"),
        ("a", 12, "b c a"),
        ("b", 1, "a b c"),
    ],
)
def test_image_is_moved_to_a_position(alt: str, position: int, order: str) -> None:
    assert _alts(_move(_with_images("a", "b", "c"), alt, position)) == order


def test_first_image_is_the_cover() -> None:
    entry = _move(_with_images("a", "b"), "b", 0)

    assert entry.cover
    assert entry.cover.alt == "b"


def test_concurrent_move_is_an_edit_conflict() -> None:
    stale = _with_images("a", "b", "c")
    _move(stale, "c", 0)

    with pytest.raises(EditConflict):
        _move(stale, "a", 2)

    assert _alts(_reload(stale)) == "c a b"


def test_image_belongs_to_one_variant_at_a_time() -> None:
    entry = _with_images("a", "b")
    first, second = (variant.sku for variant in entry.product.variants)

    for sku in (first, second):
        details = ImageDetails("b, teal", sku)
        update_image_details(entry, entry.images[1], details, by=ANNA, now=NOON)
        entry = _reload(entry)

    assert sku_of_image(entry, entry.images[1]) == second
    assert entry.product.variants[0].image_id is None
    assert entry.image_of(second) == entry.images[1]
    assert _alts(entry) == "a b, teal"


def test_removed_image_belongs_to_no_variant() -> None:
    entry = _with_images("a", "b")
    details = ImageDetails("a", entry.product.variants[0].sku)
    update_image_details(entry, entry.images[0], details, by=ANNA, now=NOON)
    entry = _reload(entry)

    remove_image(entry, entry.images[0], by=ANNA, now=NOON)

    entry = _reload(entry)
    assert _alts(entry) == "b"
    assert entry.product.variants[0].image_id is None


def test_upload_that_arrives_after_the_removal_does_not_restore_the_image() -> None:
    entry = _with_images("a")
    remove_image(entry, entry.images[0], by=ANNA, now=NOON)

    upload = ImageUpload(entry.product.slug, entry.images[0].image_id, "1")

    assert not mark_ready(upload, ProcessedImage("v1", 1, 1))
    assert _reload(entry).images == ()


def test_removing_an_image_twice_is_an_edit_conflict() -> None:
    entry = _with_images("a")
    remove_image(entry, entry.images[0], by=ANNA, now=NOON)

    with pytest.raises(EditConflict):
        remove_image(entry, entry.images[0], by=ANNA, now=NOON)


def test_image_edits_are_in_the_audit_log() -> None:
    entry = _with_images("a", "b")
    request_upload(entry.product.slug, "new", "Another", now=NOON)

    _move(entry, "b", 0)
    entry = _reload(entry)
    remove_image(entry, entry.images[0], by=ANNA, now=NOON)

    changes = audit_log_entries(f"/admin/products/{entry.product.slug}")
    summaries = {change.summary for change in changes}
    assert {"Reordered the images of Tea pot", "Removed the image “b” of Tea pot"} <= summaries
