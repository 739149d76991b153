"""DynamoDB access: one shared client, timeouts, retries, transactions, and parallel reads."""

import random
import time
from collections.abc import Callable, Sequence
from contextvars import copy_context
from functools import cache
from itertools import batched
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import msgspec
from botocore.exceptions import BotoCoreError
from pynamodb.attributes import Attribute, DiscriminatorAttribute, UnicodeAttribute
from pynamodb.connection import Connection, TableConnection
from pynamodb.constants import NUMBER, STRING
from pynamodb.exceptions import PynamoDBException, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from app.errors import BUSY, Unavailable
from app.persistence.query_stats import (
    QueryStats,
    current_query_stats,
    record_call,
    start_query_stats,
)
from app.settings import settings

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor


class ClientTimeouts(NamedTuple):
    """Timeouts of one DynamoDB call, and how often the SDK attempts it.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
    """

    connect_seconds: float
    read_seconds: float
    max_attempts: int

    @property
    def worst_case_seconds(self) -> float:
        """The longest time until a call fails when DynamoDB never answers.

        The backoff of the SDK is at most 1 s before the second attempt, then 2 s, then 4 s.
        """
        backoff = sum(float(2**n) for n in range(self.max_attempts - 1))
        return (self.connect_seconds + self.read_seconds) * self.max_attempts + backoff


# PynamoDB's defaults (15 s to connect, 30 s to read, 4 attempts) exceed every function's timeout.
BACKGROUND = ClientTimeouts(connect_seconds=1, read_seconds=2, max_attempts=3)
# A person waits for the page: interactive requests give up on DynamoDB after 3 s.
INTERACTIVE = ClientTimeouts(connect_seconds=0.25, read_seconds=0.75, max_attempts=2)
MAX_THREADS = 10  # as many as the connections that the client keeps open
CONFLICT_BACKOFF_SECONDS = (0.05, 0.1, 0.2)
TRANSACTION_CONFLICT = "TransactionConflictException"  # a single write met a running transaction
# Error codes of an overloaded or failing DynamoDB. The SDK has already retried them.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
UNAVAILABLE_CODES = {
    "InternalServerError",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingError",
    "ThrottlingException",
    TRANSACTION_CONFLICT,
    "TransactionInProgressException",
}

T = TypeVar("T")


def table_name(table: str) -> str:
    """The full name of a table: the stack's name, then the table's, as in the template."""
    return f"{settings().stack_name}-{table}"


class InstrumentedConnection(Connection):
    """A connection that records its calls in the query stats of the current request."""

    def _make_api_call(self, operation_name: str, operation_kwargs: dict[str, Any]) -> Any:
        table = operation_kwargs.get("TableName", "").removeprefix(table_name(""))
        with record_call(operation_name, table):
            return super()._make_api_call(operation_name, operation_kwargs)


@cache
def connection() -> Connection:
    """The connection that all tables share. A client for each table would cost 40 ms each."""
    timeouts = INTERACTIVE if settings().interactive_timeouts else BACKGROUND
    return InstrumentedConnection(
        connect_timeout_seconds=timeouts.connect_seconds,
        read_timeout_seconds=timeouts.read_seconds,
        max_retry_attempts=timeouts.max_attempts - 1,
    )


class Table(Model):
    """A PynamoDB model that uses the shared connection."""

    @classmethod
    def _get_connection(cls) -> TableConnection:
        table = super()._get_connection()
        if table.connection is not connection():
            known = connection()._tables  # PynamoDB has no public accessor
            known.setdefault(table.table_name, table.get_meta_table())
            table.connection = connection()
        return table


class OrderPart(Table):
    """A row in the partition of an order. One Query reads everything about an order."""

    class Meta:
        table_name = table_name("orders")

    order_id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()


class IntegerAttribute(Attribute[int]):
    """A whole number. PynamoDB's ``NumberAttribute`` is typed as a float, which money never is."""

    attr_type = NUMBER

    def serialize(self, value: int) -> str:
        return str(int(value))

    def deserialize(self, value: str) -> int:
        return int(value)


class StructAttribute(Attribute[T]):
    """A msgspec struct stored as one JSON string.

    Reading it takes a third of the CPU time that nested DynamoDB maps would take.
    """

    attr_type = STRING

    def __init__(self, value_type: Any, **options: Any) -> None:
        super().__init__(**options)
        self.value_type = value_type

    def serialize(self, value: T) -> str:
        return msgspec.json.encode(value).decode()

    def deserialize(self, value: str) -> T:
        decoded: T = msgspec.json.decode(value, type=self.value_type)
        return decoded


class RetryingTransaction(TransactWrite):
    """A transaction: all of its writes succeed, or none.

    The SDK does not retry a conflict with another transaction, so this class does, with backoff
    and jitter. It raises ``Unavailable`` if the conflict persists, and ``TransactWriteError`` for
    a failed condition. The reasons of a cancelled transaction come in the order in which PynamoDB
    sends the writes: condition checks, deletes, puts, updates.
    """

    def _commit(self) -> Any:
        for backoff in CONFLICT_BACKOFF_SECONDS:
            try:
                return super()._commit()
            except TransactWriteError as error:
                if "TransactionConflict" not in cancellation_codes(error):
                    raise
                time.sleep(random.uniform(0, backoff))  # noqa: S311 (jitter, not a secret)
        try:
            return super()._commit()
        except TransactWriteError as error:
            if "TransactionConflict" not in cancellation_codes(error):
                raise
            raise Unavailable(BUSY) from error


def retrying_transaction() -> RetryingTransaction:
    return RetryingTransaction(connection=connection())


def cancellation_codes(error: TransactWriteError) -> tuple[str, ...]:
    """One code per write of a cancelled transaction, in the order sent; "" for no failure."""
    return tuple(reason.code if reason else "" for reason in error.cancellation_reasons)


def failed_conditions(error: TransactWriteError) -> tuple[bool, ...]:
    """Whether the condition of each write failed, in the order in which the writes were sent."""
    return tuple(code == "ConditionalCheckFailed" for code in cancellation_codes(error))


def is_condition_failure(error: PynamoDBException) -> bool:
    """Whether a condition failed, of a single write or of a transaction."""
    if isinstance(error, TransactWriteError):
        return any(failed_conditions(error))
    return _error_code(error) == "ConditionalCheckFailedException"


def creation_actions(row: Model) -> list[Action]:
    """The actions of an update that creates this row, for a caller that may not put rows.

    A put replaces whatever row has the key, and a role can only allow it for all rows of a table.
    An update changes the attributes that it names, which a role can limit:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    """
    attributes = row.get_attributes()
    return [
        attributes[name].set(value)
        for name, value in row.attribute_values.items()
        if value is not None and not (attributes[name].is_hash_key or attributes[name].is_range_key)
    ]


def update_if(row: Model, actions: Sequence[Action], condition: Condition) -> bool:
    """Update the row if it meets the condition. Returns whether it did."""
    try:
        row.update(actions=[*actions], condition=condition)
    except UpdateError as error:
        if is_condition_failure(error):
            return False
        raise
    return True


def is_transaction_conflict(error: PynamoDBException) -> bool:
    """Whether a single write failed because a transaction was writing the same row.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
    """
    return _error_code(error) == TRANSACTION_CONFLICT


def is_unavailable(error: Exception) -> bool:
    """Whether DynamoDB did not answer or was overloaded. The write may still have been made."""
    if not isinstance(error, PynamoDBException):
        return False
    codes = cancellation_codes(error) if isinstance(error, TransactWriteError) else ()
    all_codes = {_error_code(error), *codes}
    return isinstance(error.cause, BotoCoreError) or not all_codes.isdisjoint(UNAVAILABLE_CODES)


def _error_code(error: PynamoDBException) -> str:
    """DynamoDB's error code. PynamoDB's own accessor fails when there was no response at all."""
    response = getattr(error.cause, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


# --- parallel reads -------------------------------------------------------------------------


def read_in_parallel[T](reads: Sequence[Callable[[], T]]) -> list[T]:
    """The results in the order of the reads, which must not depend on each other.

    Scatter-gather:
    https://www.enterpriseintegrationpatterns.com/patterns/messaging/BroadcastAggregate.html
    Raises the error of the first read that failed, after all have ended. Reads may not call this
    function: they would wait for a thread that waits for them.
    """
    stats = current_query_stats()
    futures = [_threads().submit(copy_context().run, _measured, read) for read in reads]
    errors = [future.exception() for future in futures]
    for error in errors:
        if error is not None:
            raise error
    results = [future.result() for future in futures]
    for at_once in batched(results, MAX_THREADS):
        stats.add_parallel([measured for _, measured in at_once])
    return [result for result, _ in results]


def _measured[T](read: Callable[[], T]) -> tuple[T, QueryStats]:
    stats = start_query_stats()
    return read(), stats


@cache
def _threads() -> "ThreadPoolExecutor":
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 (late: few pages need it)

    return ThreadPoolExecutor(MAX_THREADS)
