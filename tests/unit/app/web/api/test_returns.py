"""The API lists the returns of an order with what was refunded."""

from fastapi.testclient import TestClient

from app.aws.secrets import signing_secret
from app.orders.signed_links import order_key
from app.returns.refunds import refund_return
from tests.builders import SHIPPED, a_product, a_received_return, an_order_in_status, sku_of


def test_order_shows_its_returns(browser: TestClient) -> None:
    order = an_order_in_status("shipped", product := a_product(), of_each=2)
    a_received_return(order, {sku_of(product): 1})
    refund_return(order.order_id, 1, now=SHIPPED)

    token = order_key(order.order_id, signing_secret())
    answer = browser.get(
        f"/api/orders/{order.order_id}", headers={"Authorization": f"Bearer {token}"}
    )

    line = {"sku": sku_of(product), "quantity": 1}
    returned = {"number": 1, "status": "refunded", "lines": [line], "refunded": 2_450}
    assert answer.json()["returns"] == [returned]
    assert answer.json()["refunded"] == 2_450
