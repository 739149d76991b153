"""A second shop, in which nothing reacts to what the tests put there."""

from collections.abc import Iterator

import pytest

from app.catalog.models import Product, Variant
from app.catalog.products import create_product
from tests.fake_clouds import DeployedShop, deployed_shop, deployed_settings, use_cloud
from tests.integration.journeys.order_polling import eventually, now
from tests.integration.wiring.attempts import KNOWN_TO_THE_WEB_DOOR, ordering_by_program


@pytest.fixture(scope="package")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeployedShop]:
    """Orders and uploads stay as they are put: nobody hears of them."""
    with deployed_shop(tmp_path_factory.mktemp("guarded")) as shop:
        functions = shop.cloud.client("lambda")
        mapping = functions.list_event_source_mappings(FunctionName="hearth-and-clay-publish")
        (uuid,) = (it["UUID"] for it in mapping["EventSourceMappings"])
        functions.update_event_source_mapping(UUID=uuid, Enabled=False)
        shop.cloud.client("s3").put_bucket_notification_configuration(
            Bucket=shop.outputs["UploadBucket"], NotificationConfiguration={}
        )
        _make_known_to_the_web_door(shop)
        yield shop


def _make_known_to_the_web_door(shop: DeployedShop) -> None:
    """It keeps the catalogue for half a minute, so it must learn of this piece first."""
    use_cloud(deployed_settings(shop))
    piece = Product(slug="for-programs", title="Cup", category="Tableware", blurb="", price=900)
    piece.variants = (Variant(KNOWN_TO_THE_WEB_DOOR, "Default"),)
    create_product(piece, quantities={KNOWN_TO_THE_WEB_DOOR: 99}, now=now())
    eventually(lambda: ordering_by_program(shop))
