"""Create the demo catalog with the application's own functions, and upload its images."""

import json
import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from threading import Thread
from typing import Any

import httpx
from msgspec import Struct, convert
from pynamodb.exceptions import PynamoDBException

from app.aws.s3 import image_upload_form
from app.catalog.image_uploads import find_image, request_upload
from app.catalog.models import HOME_SLUG, ImageState, Product, ProductImage, Translation, Variant
from app.catalog.products import create_product
from app.discounts.terms import Terms, create_discount
from app.errors import Conflict, NotFound, ValidationFailed
from app.i18n.messages import lazy_gettext
from infra.local.seed import COVERS_ONLY, SEED_DATA
from infra.user_error import UserError

MAX_CONCURRENT_UPLOADS = 2  # each needs a function process: about 100 MB, and most of a core
DEMO_CODE = "WELCOME10"
IMAGE_TIMEOUT = 60  # seconds for one image
HERO_ALT = lazy_gettext("A still life of stoneware in morning light")


class SeedImage(Struct, frozen=True):
    """An image to upload; ``alt`` describes it. Lists and first views show the covers."""

    slug: str
    image_id: str
    alt: str
    is_cover: bool = True


def main(options: list[str]) -> None:
    catalog = json.loads((SEED_DATA / "products.json").read_text())
    products: list[dict[str, Any]] = catalog["products"]
    for position, data in enumerate(products, 1):
        create_seed_product(data, position)
    create_seed_discount()
    images = [SeedImage(HOME_SLUG, catalog["shop"]["hero"], HERO_ALT)]
    images += [image for data in products for image in seed_images(data)]
    if COVERS_ONLY in options:
        images = [image for image in images if image.is_cover]
    print(f"{len(products)} products, {len(images)} images", flush=True)
    with ThreadPoolExecutor(MAX_CONCURRENT_UPLOADS) as pool:
        for done, _ in enumerate(pool.map(_upload, images), 1):
            print(f"image {done} of {len(images)}", flush=True)


def end_with_parent() -> None:
    """End this process as soon as the one that started it closes our input, or has ended."""

    def wait_for_end_of_input() -> None:
        os.read(sys.stdin.fileno(), 1)  # unbuffered: a lock of sys.stdin would outlive the program
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=wait_for_end_of_input, daemon=True).start()


def explain_refusal(error: PynamoDBException) -> str:
    """What AWS answered. PynamoDB itself only says which kind of call failed."""
    return str(error.cause or error)


def seed_images(data: dict[str, Any]) -> list[SeedImage]:
    """The images of one product; its covers are the first one and those of its variants."""
    covers = {data["images"][0]["file"], *(it.get("image_id") for it in data["variants"])}
    return [
        SeedImage(data["slug"], image["file"], image["alt"], image["file"] in covers)
        for image in data["images"]
    ]


def create_seed_product(data: dict[str, Any], position: int) -> None:
    """Create one product of the demo catalog, with its stock. A repeat changes nothing."""
    quantities = {variant["sku"]: variant["stock"] for variant in data["variants"]}
    try:
        create_product(seed_product(data, position), quantities=quantities, now=datetime.now(UTC))
    except Conflict:
        return  # created by an earlier run


def create_seed_discount() -> None:
    """Create the demo's discount code. A repeat changes nothing."""
    with suppress(ValidationFailed):  # created by an earlier run
        create_discount(DEMO_CODE, Terms(percent=10, minimum=2_000), now=datetime.now(UTC))


def seed_product(data: dict[str, Any], position: int) -> Product:
    """One product of the demo catalog, which is not stored yet."""
    return Product(
        slug=data["slug"],
        title=data["title"],
        category=data["category"],
        blurb=data["blurb"],
        details=tuple(data["details"]),
        price=data["price"],
        compare_at=data.get("compare_at"),
        weight_g=data.get("weight_g"),
        tags=tuple(data.get("tags", ())),
        materials=tuple(data["materials"]),
        variants=convert(data["variants"], tuple[Variant, ...]),
        translations=convert(data["translations"], dict[str, Translation]),
        image_order=tuple(image["file"] for image in data["images"]),
        position=position,
    )


def _upload(image: SeedImage) -> None:
    """Upload like a merchant's browser, then wait until the thumbnails exist."""
    if _state(image) == ImageState.READY:
        return
    request_upload(image.slug, image.image_id, image.alt, now=datetime.now(UTC))
    file = SEED_DATA / "images" / f"{image.image_id}.webp"
    form = image_upload_form(image.slug, image.image_id, "image/webp")
    response = httpx.post(form["url"], data=form["fields"], files={"file": file.read_bytes()})
    if not response.is_success:
        raise UserError(f"The upload of {file.name} was rejected: {response.text[:200]}")
    deadline = time.monotonic() + IMAGE_TIMEOUT
    while _state(image) != ImageState.READY:
        if time.monotonic() > deadline or _state(image) == ImageState.REJECTED:
            raise UserError(
                f"{file.name} got no thumbnails: see the logs of the thumbnails function."
            )
        time.sleep(0.05)


def _state(image: SeedImage) -> str | None:
    try:
        stored: ProductImage = find_image(image.slug, image.image_id)
    except NotFound:
        return None
    return stored.state


if __name__ == "__main__":
    end_with_parent()
    try:
        main(sys.argv[1:])
    except UserError as error:
        sys.exit(str(error))
    except PynamoDBException as error:
        sys.exit(explain_refusal(error))
