"""Which images of the demo catalog are uploaded before the local shop is ready."""

from infra.local.seed_products import seed_images

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
