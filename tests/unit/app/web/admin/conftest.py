"""Browsers of a merchant and of a customer who are signed in, and a board without orders."""

import pytest
from fastapi.testclient import TestClient

from app.orders.models import DISPUTED, Order, shards
from tests.fake_clouds import MERCHANT
from tests.unit.app.web.pages import sign_in_as


@pytest.fixture
def merchant(browser: TestClient) -> TestClient:
    return sign_in_as(browser, MERCHANT)


@pytest.fixture
def customer(another: TestClient) -> TestClient:
    return sign_in_as(another, "ada@potter.example")


@pytest.fixture
def empty_board(tables: None) -> None:
    """Delete the open orders of other tests: the pages show only the first of them."""
    for shard in (*shards("open"), DISPUTED):
        for order in Order.open.query(shard):
            order.delete()
