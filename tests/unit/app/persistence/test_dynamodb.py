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

from app.errors import Unavailable
from app.inventory.models import Stock
from app.persistence.dynamodb import RetryingTransaction, is_condition_failure, retrying_transaction
from infra.build.bundles import ROOT
from tests.builders import a_sku

pytestmark = pytest.mark.usefixtures("tables")


def test_transaction_makes_all_writes_or_none() -> None:
    first, second = Stock(a_sku(), price=100), Stock(a_sku(), price=100)
    second.save()

    def save_both() -> None:
        with retrying_transaction() as transaction:
            transaction.save(first, condition=Stock.sku.does_not_exist())
            transaction.save(second, condition=Stock.sku.does_not_exist())

    with pytest.raises(TransactWriteError) as failed:
        save_both()
    assert is_condition_failure(failed.value)
    assert not list(Stock.query(first.sku))


class AlwaysConflicting:
    """A connection on which every transaction conflicts with another, which no emulator does."""

    def __init__(self) -> None:
        self.attempts = 0

    def transact_write_items(self, **_: object) -> None:
        self.attempts += 1
        reasons = [CancellationReason(code="TransactionConflict")]
        cause = VerboseClientError({}, "TransactWriteItems", cancellation_reasons=reasons)
        raise TransactWriteError("cancelled", cause)


def test_transaction_conflict_is_retried_and_then_reported_as_unavailable() -> None:
    connection: Any = AlwaysConflicting()
    transaction = RetryingTransaction(connection=connection)

    with pytest.raises(Unavailable), transaction:
        transaction.save(Stock(a_sku(), price=100))

    assert connection.attempts == 4


def test_concurrent_transactions_do_not_oversell() -> None:
    sku = a_sku()
    Stock(sku, price=100, available=3, received=3).save()

    def take(_: int) -> bool:
        try:
            with retrying_transaction() as transaction:
                transaction.update(
                    Stock(sku),
                    actions=[Stock.available.add(-1), Stock.sold.add(1)],
                    condition=Stock.available >= 1,
                )
        except (TransactWriteError, Unavailable):
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        taken = sum(pool.map(take, range(8)))

    assert taken == 3
    assert Stock.get(sku).available == 0


def test_failed_condition_of_a_single_write_is_recognised() -> None:
    row = Stock(a_sku(), price=100)
    row.save()

    with pytest.raises(PutError) as failed:
        row.save(condition=Stock.sku.does_not_exist())

    assert is_condition_failure(failed.value)


def test_timeout_is_not_a_condition_failure() -> None:
    timeout = ReadTimeoutError(endpoint_url="dynamodb")

    assert not is_condition_failure(PutError(cause=timeout))
    assert not is_condition_failure(TransactWriteError("timeout", timeout))


def test_other_error_is_not_a_condition_failure() -> None:
    with pytest.raises(UpdateError) as failed:
        Stock(a_sku()).update(actions=[Stock.price.set(Stock.sold)])  # no row to copy from

    assert not is_condition_failure(failed.value)


def test_only_the_dynamodb_module_names_the_code_of_a_failed_condition() -> None:
    code = [
        path for folder in ("app", "workers", "workflow") for path in ROOT.glob(f"{folder}/**/*.py")
    ]

    matches = [path.name for path in code if "ConditionalCheckFailed" in path.read_text()]

    assert matches == ["dynamodb.py"]
