"""A second deployed stack, without the triggers of events and uploads."""

from collections.abc import Iterator

import pytest

from app.catalog.models import Product, Variant
from app.catalog.products import create_product
from tests.fake_clouds import DeployedShop, deployed_settings, deployed_shop, use_cloud
from tests.integration.journeys.order_polling import eventually, now
from tests.integration.wiring.function_calls import CACHED_SKU, place_order_by_api


@pytest.fixture(scope="package")
def isolated_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeployedShop]:
    """No function reacts to orders or uploads, so that tests invoke each function themselves."""
    with deployed_shop(tmp_path_factory.mktemp("isolated")) as shop:
        functions = shop.cloud.client("lambda")
        mapping = functions.list_event_source_mappings(FunctionName="hearth-and-clay-publish")
        (uuid,) = (it["UUID"] for it in mapping["EventSourceMappings"])
        functions.update_event_source_mapping(UUID=uuid, Enabled=False)
        shop.cloud.client("s3").put_bucket_notification_configuration(
            Bucket=shop.outputs["UploadBucket"], NotificationConfiguration={}
        )
        _wait_for_cached_product(shop)
        yield shop


def _wait_for_cached_product(shop: DeployedShop) -> None:
    """The web function caches the catalog for 30 s, so wait until it has this product."""
    use_cloud(deployed_settings(shop))
    product = Product(slug="for-programs", title="Cup", category="Tableware", blurb="", price=900)
    product.variants = (Variant(CACHED_SKU, "Default"),)
    create_product(product, quantities={CACHED_SKU: 99}, now=now())
    eventually(lambda: place_order_by_api(shop))
