"""The demo catalog: which images are uploaded first, and what a refused write says."""

from botocore.exceptions import ClientError
from pynamodb.exceptions import TransactWriteError

from infra.local.seed_products import explain_refusal, seed_images

MUG = {
    "slug": "mug",
    "images": [
        {"file": "mug-blue", "alt": "Blue mug"},
        {"file": "mug-handle", "alt": "Its handle"},
        {"file": "mug-oat", "alt": "Oat mug"},
    ],
    "variants": [{"image_id": "mug-blue"}, {"image_id": "mug-oat"}],
}


def test_covers_are_the_first_image_and_those_of_the_variants() -> None:
    images = seed_images(MUG)

    assert [image.image_id for image in images] == ["mug-blue", "mug-handle", "mug-oat"]
    assert [image.is_cover for image in images] == [True, False, True]


def test_variant_without_an_image_adds_no_cover() -> None:
    plain = {**MUG, "variants": [{"sku": "MUG"}]}

    assert [image.is_cover for image in seed_images(plain)] == [True, False, False]


def test_refused_write_says_what_aws_answered() -> None:
    """The last line of its output becomes the error of `shop aws seed`."""
    denied = ClientError(
        {"Error": {"Code": "AccessDeniedException", "Message": "reader is not authorized"}},
        "TransactWriteItems",
    )

    words = explain_refusal(TransactWriteError("Failed to write transaction items", denied))

    assert words.endswith("the TransactWriteItems operation: reader is not authorized")
