from concurrent.futures import ThreadPoolExecutor

import pytest
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite
from ulid import ULID

from app.inventory.models import Stock
from app.persistence.idempotency import process_once
from tests.builders import NOON, a_product, sku_of, stock_of

pytestmark = pytest.mark.usefixtures("tables")


def test_duplicate_event_has_its_effect_once() -> None:
    product, event, order = a_product(), str(ULID()), str(ULID())

    def receive_one(transaction: TransactWrite) -> None:
        transaction.update(Stock(sku_of(product)), actions=[Stock.received.add(1)])

    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda _: process_once("tests", event, order, receive_one, now=NOON), range(4))
        )

    assert sorted(answers) == [False, False, False, True]
    assert stock_of(product).received == 21


def test_two_consumers_each_process_the_event() -> None:
    event, order = str(ULID()), str(ULID())

    assert process_once("email", event, order, lambda _: None, now=NOON)
    assert process_once("analytics", event, order, lambda _: None, now=NOON)


def test_event_whose_effect_failed_is_not_marked_as_processed() -> None:
    product, event, order = a_product(), str(ULID()), str(ULID())

    def impossible(transaction: TransactWrite) -> None:
        transaction.update(
            Stock(sku_of(product)), actions=[Stock.sold.add(1)], condition=Stock.available > 99
        )

    with pytest.raises(TransactWriteError):
        process_once("tests", event, order, impossible, now=NOON)

    assert process_once("tests", event, order, lambda _: None, now=NOON)
