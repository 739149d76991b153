"""A storefront that starts in seconds: the application in this process, on tables without workers.

The deployed shop of the other browser tests takes minutes. Pages, scripts and styles are the same
here; orders stay as they were placed, because no function consumes their events.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import uvicorn
from msgspec.json import decode
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from app.catalog.models import CATALOG_ID, HOME_SLUG, ImageState, ProductImage, image_key
from app.main import create_app
from app.web.http.templating import static_url
from infra.build.bundles import ROOT
from infra.local.cloud import LocalCloud
from infra.local.ports import bind_port
from infra.local.seed import SEED_DATA
from infra.local.seed_products import HERO_ALT, SeedImage, create_seed_product, seed_images
from tests.browser.paused_pages import PausedPages
from tests.fake_clouds import passive_cloud, passive_settings, use_cloud

IMAGES = SEED_DATA / "images"
# Names of a length that merchants use, with words that do not break.
LONG_NAMED = {
    "slug": "untersetzerhalterung",
    "title": "Steckdosenabdeckung mit Untersetzerhalterung aus Feinsteinzeug",
    "category": "Kitchen",
    "price": 123_450,
    "blurb": "Wärmedämmverbundsystemgeprüfte Steinzeugteekannenuntersetzerhalterung für die Küche.",
    "materials": ["Feinsteinzeug"],
    "details": ["Feinsteinzeug, handgefertigt", "Geschirrspülmaschinenbeständigkeitsgeprüft"],
    "images": [{"file": "tarn-vase-teal", "alt": "Vase"}, {"file": "tarn-vase-oat", "alt": "Vase"}],
    "variants": [
        {"sku": f"STECKDOSE-{number}", "name": name, "swatch": swatch, "stock": 9}
        for number, (name, swatch) in enumerate(
            (
                ("Kornblumenblausteinzeugglasur", "#3d5b8c"),
                ("Haferflockensprenkelglasur", "#d8ccb6"),
                ("Rostrot", "#a4502a"),
            ),
            1,
        )
    ],
    "translations": {},
}


def light_settings(cloud: LocalCloud) -> dict[str, str]:
    """Without limits of orders: all visitors of the tests come from one network."""
    return passive_settings(cloud) | {"ORDERS_PER_NETWORK": "0"}


@contextmanager
def light_shop(home: Path) -> Iterator[LocalCloud]:
    """The demo catalog and a product with long names, served at the cloud's ``shop_url``."""
    with passive_cloud(home) as cloud:
        use_cloud(light_settings(cloud))
        _store_catalog()
        with _serve(cloud.web_port):
            yield cloud


def _store_catalog() -> None:
    catalog = decode((SEED_DATA / "products.json").read_bytes())
    _store_image(SeedImage(HOME_SLUG, catalog["shop"]["hero"], HERO_ALT))
    for position, data in enumerate((*catalog["products"], LONG_NAMED), 1):
        create_seed_product(data, position)
        for image in seed_images(data):
            _store_image(image)


def _store_image(image: SeedImage) -> None:
    with Image.open(IMAGES / f"{image.image_id}.webp") as file:
        width, height = file.size
    ProductImage(
        CATALOG_ID,
        image_key(image.slug, image.image_id),
        slug=image.slug,
        image_id=image.image_id,
        alt=str(image.alt),
        state=ImageState.READY,
        version="seed",
        width=width,
        height=height,
        requested_at=datetime.now(UTC),
    ).save()


def _image(request: Request) -> FileResponse:
    """The original at every width: the browser scales it."""
    return FileResponse(IMAGES / f"{request.path_params['image_id']}.webp")


@contextmanager
def _serve(port: int) -> Iterator[None]:
    static = StaticFiles(directory=ROOT / "frontend/static")
    routes = [
        Mount(static_url("").rstrip("/"), static),
        Route("/media/{image_id}/{version}/{width}", _image),
        Mount("/", create_app()),
    ]
    app = PausedPages(Starlette(routes=routes))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    listener = bind_port(port, "--port")
    thread = Thread(target=server.run, args=([listener],), name="light shop", daemon=True)
    thread.start()
    while thread.is_alive() and not server.started:
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(5)
        listener.close()
