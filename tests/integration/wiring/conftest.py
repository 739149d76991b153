"""A second shop, in which nothing reacts to what the tests put there."""

from collections.abc import Iterator

import pytest

from app.catalog.models import Product, Variant
from app.catalog.publishing import add_product
from tests.fake_clouds import RunningShop, running_shop, settings_where_it_runs, speak_to
from tests.integration.journeys.order_polling import eventually, now
from tests.integration.wiring.attempts import KNOWN_TO_THE_WEB_DOOR, ordering_by_program


@pytest.fixture(scope="package")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    """Orders and uploads stay as they are put: nobody hears of them."""
    with running_shop(tmp_path_factory.mktemp("guarded")) as shop:
        functions = shop.cloud.client("lambda")
        mapping = functions.list_event_source_mappings(FunctionName="hearth-and-clay-publish")
        (uuid,) = (it["UUID"] for it in mapping["EventSourceMappings"])
        functions.update_event_source_mapping(UUID=uuid, Enabled=False)
        shop.cloud.client("s3").put_bucket_notification_configuration(
            Bucket=shop.outputs["UploadBucket"], NotificationConfiguration={}
        )
        _make_known_to_the_web_door(shop)
        yield shop


def _make_known_to_the_web_door(shop: RunningShop) -> None:
    """It keeps the catalogue for half a minute, so it must learn of this piece first."""
    speak_to(settings_where_it_runs(shop))
    piece = Product(slug="for-programs", title="Cup", category="Tableware", blurb="", price=900)
    piece.variants = (Variant(KNOWN_TO_THE_WEB_DOOR, "Default"),)
    add_product(piece, pieces={KNOWN_TO_THE_WEB_DOOR: 99}, now=now())
    eventually(lambda: ordering_by_program(shop))
