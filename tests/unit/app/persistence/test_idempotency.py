from concurrent.futures import ThreadPoolExecutor

import pytest
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite
from ulid import ULID

from app.inventory.models import Stock
from app.persistence.idempotency import once
from tests.builders import NOON, a_product, sku_of, stock_of

pytestmark = pytest.mark.usefixtures("tables")


def test_an_effect_happens_once_however_often_the_event_arrives() -> None:
    product, event, order = a_product(), str(ULID()), str(ULID())

    def receive_one(transaction: TransactWrite) -> None:
        transaction.update(Stock(sku_of(product)), actions=[Stock.received.add(1)])

    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda _: once("tests", event, order, receive_one, now=NOON), range(4))
        )

    assert sorted(answers) == [False, False, False, True]
    assert stock_of(product).received == 21


def test_two_consumers_each_have_their_effect() -> None:
    event, order = str(ULID()), str(ULID())

    assert once("email", event, order, lambda _: None, now=NOON)
    assert once("analytics", event, order, lambda _: None, now=NOON)


def test_an_effect_that_is_refused_is_not_taken_for_done() -> None:
    product, event, order = a_product(), str(ULID()), str(ULID())

    def impossible(transaction: TransactWrite) -> None:
        transaction.update(
            Stock(sku_of(product)), actions=[Stock.sold.add(1)], condition=Stock.available > 99
        )

    with pytest.raises(TransactWriteError):
        once("tests", event, order, impossible, now=NOON)

    assert once("tests", event, order, lambda _: None, now=NOON)
