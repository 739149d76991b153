"""Place an order as a customer would, with the best stocked product that can be ordered."""

import httpx

from infra.local.cloud import LocalCloud
from infra.local.console.rendering import NOT_READY
from infra.local.form_client import Shopper
from infra.local.seed import best_stocked_skus
from infra.user_error import UserError


def place_demo_order(cloud: LocalCloud) -> str:
    """Returns the order id. Raises ``UserError`` if the shop refuses the order."""
    shopper = Shopper(cloud.shop_url)
    try:
        shopper.add_to_cart(best_stocked_skus()[0])
        return shopper.pay(shopper.fill_in_checkout("pm_succeeds"))
    except httpx.HTTPError as error:
        raise UserError(NOT_READY) from error
