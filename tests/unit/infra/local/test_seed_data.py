"""The images of the demo catalog: how many, how heavy, and described in each language."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from infra.local.seed import SEED_DATA

CATALOG: dict[str, Any] = json.loads((SEED_DATA / "products.json").read_text())
PRODUCTS: list[dict[str, Any]] = CATALOG["products"]
SIZE = (960, 1200)  # pixels
MIN_IMAGES = 3  # of one product: front, detail, in use or for scale
MAX_IMAGE_BYTES = 20_000
MAX_CATALOG_BYTES = 1_500_000

each_product = pytest.mark.parametrize("product", PRODUCTS, ids=[it["slug"] for it in PRODUCTS])


def image_file(image_id: str) -> Path:
    return SEED_DATA / "images" / f"{image_id}.webp"


@each_product
def test_product_has_a_front_a_detail_and_a_scene(product: dict[str, Any]) -> None:
    files = [image["file"] for image in product["images"]]

    assert len(set(files)) == len(files) >= MIN_IMAGES


@each_product
def test_variant_has_an_image_of_its_own(product: dict[str, Any]) -> None:
    shown = [variant["image_id"] for variant in product["variants"]]

    assert len(set(shown)) == len(shown)
    assert {image["file"] for image in product["images"]} >= set(shown)


@each_product
def test_image_has_the_catalog_size_and_weighs_at_most_20_kb(product: dict[str, Any]) -> None:
    for image in product["images"]:
        file = image_file(image["file"])
        with Image.open(file) as opened:
            assert (opened.format, opened.size) == ("WEBP", SIZE), file.name
        assert file.stat().st_size <= MAX_IMAGE_BYTES, file.name


@each_product
def test_image_is_described_in_each_language(product: dict[str, Any]) -> None:
    alts = [image["alt"] for image in product["images"]]

    assert len(set(alts)) == len(alts)
    assert all(alts)
    for language, texts in product["translations"].items():
        assert texts["terms"].keys() >= set(alts), language


def test_catalog_has_no_unused_image_and_weighs_less_than_1_5_mb() -> None:
    used = {image_file(image["file"]) for it in PRODUCTS for image in it["images"]}
    files = set((SEED_DATA / "images").iterdir())

    assert files == used | {image_file(CATALOG["shop"]["hero"])}
    assert sum(file.stat().st_size for file in files) < MAX_CATALOG_BYTES
