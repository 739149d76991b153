"""Put the demo catalogue on the shelves by the shop's own rules, pictures by its own upload."""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
from msgspec import Struct, convert

from app.aws.image_storage import upload_form
from app.catalog.catalog_cache import HOME
from app.catalog.image_uploads import ask_for, find
from app.catalog.models import Picture, PictureState, Product, Texts, Variant
from app.catalog.publishing import add_product
from app.errors import Conflict, NotFound
from app.i18n.messages import said
from infra.local.seed import CATALOGUE
from infra.user_error import Trouble

AT_A_TIME = 2  # each takes a process of about 100 MB, and most of a processor
PATIENCE = 60  # seconds for one picture
HERO_ALT = said("A still life of the shop's pieces in morning light")


class Shown(Struct, frozen=True):
    """A picture to upload, and what it shows."""

    slug: str
    picture_id: str
    alt: str


def main() -> None:
    catalogue = json.loads((CATALOGUE / "products.json").read_text())
    products: list[dict[str, Any]] = catalogue["products"]
    for position, described in enumerate(products, 1):
        put_on_the_shelf(described, position)
    pictures = [
        Shown(HOME, catalogue["shop"]["hero"], HERO_ALT),
        *(Shown(it["slug"], p["file"], p["alt"]) for it in products for p in it["pictures"]),
    ]
    print(f"{len(products)} products, {len(pictures)} pictures", flush=True)
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        for done, _ in enumerate(pool.map(_hang, pictures), 1):
            print(f"picture {done} of {len(pictures)}", flush=True)


def put_on_the_shelf(described: dict[str, Any], position: int) -> None:
    """List one piece of the demo catalogue, with its stock. A repeat changes nothing."""
    product = Product(
        slug=described["slug"],
        title=described["title"],
        category=described["category"],
        blurb=described["blurb"],
        details=tuple(described["details"]),
        price=described["price"],
        compare_at=described.get("compare_at"),
        weight_g=described.get("weight_g"),
        tags=tuple(described.get("tags", ())),
        variants=convert(described["variants"], tuple[Variant, ...]),
        texts=convert(described["texts"], dict[str, Texts]),
        picture_order=tuple(picture["file"] for picture in described["pictures"]),
        position=position,
    )
    pieces = {variant["sku"]: variant["stock"] for variant in described["variants"]}
    try:
        add_product(product, pieces=pieces, now=datetime.now(UTC))
    except Conflict:
        return  # on the shelf since an earlier time


def _hang(shown: Shown) -> None:
    """Upload as a merchant's browser does, then wait until its sizes are cut."""
    if _state(shown) == PictureState.READY:
        return
    ask_for(shown.slug, shown.picture_id, shown.alt, now=datetime.now(UTC))
    file = CATALOGUE / "pictures" / f"{shown.picture_id}.webp"
    form = upload_form(shown.slug, shown.picture_id, "image/webp")
    answer = httpx.post(form["url"], data=form["fields"], files={"file": file.read_bytes()})
    if not answer.is_success:
        raise Trouble(f"{file.name} was not accepted for upload: {answer.text[:200]}")
    deadline = time.monotonic() + PATIENCE
    while _state(shown) != PictureState.READY:
        if time.monotonic() > deadline or _state(shown) == PictureState.REFUSED:
            raise Trouble(f"{file.name} did not become a picture: see `shop logs thumbnails`.")
        time.sleep(0.05)


def _state(shown: Shown) -> str | None:
    try:
        picture: Picture = find(shown.slug, shown.picture_id)
    except NotFound:
        return None
    return picture.state


if __name__ == "__main__":
    try:
        main()
    except Trouble as trouble:
        sys.exit(str(trouble))
