"""`shop aws seed` runs the application with the settings of the deployed web function."""

import os
import subprocess
import sys

from infra.aws.demo_catalog import admin_environment
from infra.build.bundles import ROOT
from infra.local.functions import function_environment
from infra.ops.deployed_stack import DeployedStack
from tests.builders import a_product
from tests.fake_clouds import DeployedShop

ADMIN = "app.admin_lambda_handler.handler"
READ_A_PRODUCT = """
import sys
from app.catalog.models import CATALOG_ID, Product
Product.get(CATALOG_ID, sys.argv[1])
"""


def test_seeder_reads_the_tables_of_the_deployed_stack(shop: DeployedShop) -> None:
    product = a_product()
    environment = admin_environment(DeployedStack.on_local_cloud(shop.cloud))

    assert environment.items() >= function_environment(shop.cloud, ADMIN).items()
    subprocess.run(
        [sys.executable, "-c", READ_A_PRODUCT, product.item_id],
        cwd=ROOT,
        env={**os.environ, **shop.cloud.env, **environment},
        check=True,
    )
