"""Place an order as a customer would, of one of the best stocked products."""

import httpx

from infra.local.cloud import LocalCloud
from infra.local.console.rendering import NOT_READY
from infra.local.form_client import Shopper
from infra.local.seed import best_stocked_skus
from infra.user_error import UserError

PRODUCTS = 20  # of a run, those with the most stock


def place_demo_order(cloud: LocalCloud, number: int = 0) -> str:
    """Returns the order id. Raises ``UserError`` if the shop refuses the order.

    ``number`` counts the orders of a run: one product would sell out.
    """
    shopper = Shopper(cloud.shop_url)
    try:
        shopper.add_to_cart(best_stocked_skus()[number % PRODUCTS])
        return shopper.pay(shopper.fill_in_checkout("pm_succeeds"))
    except httpx.TimeoutException as error:
        raise UserError("The shop did not answer in time.") from error
    except httpx.HTTPError as error:
        raise UserError(NOT_READY) from error
