from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from pynamodb.exceptions import (
    CancellationReason,
    PutError,
    TransactWriteError,
    UpdateError,
    VerboseClientError,
)

from app.errors import Busy
from app.inventory.models import Stock
from app.persistence.dynamodb import WritingTogether, refused_by_condition, writing_together
from infra.build.bundles import ROOT
from tests.builders import a_sku

pytestmark = pytest.mark.usefixtures("tables")


def test_writes_made_together_are_all_made_or_none() -> None:
    first, second = Stock(a_sku(), price=100), Stock(a_sku(), price=100)
    second.save()

    def save_both() -> None:
        with writing_together() as transaction:
            transaction.save(first, condition=Stock.sku.does_not_exist())
            transaction.save(second, condition=Stock.sku.does_not_exist())

    with pytest.raises(TransactWriteError) as refused:
        save_both()
    assert refused_by_condition(refused.value)
    assert not list(Stock.query(first.sku))


class AlwaysInConflict:
    """A store in which somebody else is always writing the same rows, which no emulator shows."""

    def __init__(self) -> None:
        self.tries = 0

    def transact_write_items(self, **_: object) -> None:
        self.tries += 1
        reasons = [CancellationReason(code="TransactionConflict")]
        cause = VerboseClientError({}, "TransactWriteItems", cancellation_reasons=reasons)
        raise TransactWriteError("refused", cause)


def test_a_conflict_with_another_transaction_is_tried_again_and_then_told() -> None:
    store: Any = AlwaysInConflict()
    transaction = WritingTogether(connection=store)

    with pytest.raises(Busy), transaction:
        transaction.save(Stock(a_sku(), price=100))

    assert store.tries == 4


def test_many_at_once_sell_no_more_than_there_is() -> None:
    sku = a_sku()
    Stock(sku, price=100, available=3, received=3).save()

    def take(_: int) -> bool:
        try:
            with writing_together() as transaction:
                transaction.update(
                    Stock(sku),
                    actions=[Stock.available.add(-1), Stock.sold.add(1)],
                    condition=Stock.available >= 1,
                )
        except (TransactWriteError, Busy):
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        taken = sum(pool.map(take, range(8)))

    assert taken == 3
    assert Stock.get(sku).available == 0


def test_a_single_write_that_a_condition_refused_says_so_too() -> None:
    row = Stock(a_sku(), price=100)
    row.save()

    with pytest.raises(PutError) as refused:
        row.save(condition=Stock.sku.does_not_exist())

    assert refused_by_condition(refused.value)


def test_a_write_without_an_answer_was_not_refused_by_a_condition() -> None:
    silent = ReadTimeoutError(endpoint_url="the store")

    assert not refused_by_condition(PutError(cause=silent))
    assert not refused_by_condition(TransactWriteError("no answer", silent))


def test_a_write_that_failed_for_another_reason_was_not_refused_by_a_condition() -> None:
    with pytest.raises(UpdateError) as failed:
        Stock(a_sku()).update(actions=[Stock.price.set(Stock.sold)])  # there is no row to copy from

    assert not refused_by_condition(failed.value)


def test_only_one_place_knows_what_dynamodb_calls_a_refused_condition() -> None:
    code = [
        path for folder in ("app", "workers", "workflow") for path in ROOT.glob(f"{folder}/**/*.py")
    ]

    knowing = [path.name for path in code if "ConditionalCheckFailed" in path.read_text()]

    assert knowing == ["tables.py"]
