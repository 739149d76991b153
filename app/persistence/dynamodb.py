"""How the shop's tables are reached: one client, short time limits, several writes as one."""

import random
import time
from functools import cache
from typing import Any, NamedTuple, TypeVar

import msgspec
from botocore.exceptions import BotoCoreError
from pynamodb.attributes import Attribute, DiscriminatorAttribute, UnicodeAttribute
from pynamodb.connection import Connection, TableConnection
from pynamodb.constants import NUMBER, STRING
from pynamodb.exceptions import PynamoDBException, TransactWriteError
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from app.errors import Busy
from app.i18n.messages import said
from app.persistence.query_stats import counted
from app.settings import settings


class Patience(NamedTuple):
    """How long a call may take: seconds to connect, seconds to wait for the answer, tries."""

    connect: float
    read: float
    tries: int

    @property
    def longest(self) -> float:
        """Until a store is given up on that never answers.

        Between two tries the SDK pauses for a second at most, then for two, then for four.
        """
        pauses = sum(float(2**n) for n in range(self.tries - 1))
        return (self.connect + self.read) * self.tries + pauses


# PynamoDB's own limits (15 s to connect, 30 s to read, four tries) outlive every function here.
UNWATCHED = Patience(connect=1, read=2, tries=3)
# Somebody looks at the screen: after three seconds at most they are told to come again.
WATCHED = Patience(connect=0.25, read=0.75, tries=2)
CONFLICT_PAUSES = (0.05, 0.1, 0.2)
CONFLICT = "TransactionConflictException"  # a single write met somebody's transaction
# What DynamoDB says when it is asked too much or has trouble of its own; the SDK has tried again.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
OVERLOADED = {
    "InternalServerError",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingError",
    "ThrottlingException",
    CONFLICT,
    "TransactionInProgressException",
}

T = TypeVar("T")


def in_shop(table: str) -> str:
    """The full name of a table, as the template gives it."""
    return f"{settings().shop}-{table}"


class CountedConnection(Connection):
    """A connection that counts its calls for whoever asked."""

    def _make_api_call(self, operation_name: str, operation_kwargs: dict[str, Any]) -> Any:
        table = operation_kwargs.get("TableName", "").removeprefix(in_shop(""))
        with counted(operation_name, table):
            return super()._make_api_call(operation_name, operation_kwargs)


@cache
def connection() -> Connection:
    """The one connection all tables share: a client of its own for each would cost 40 ms apiece."""
    patience = WATCHED if settings().somebody_waits else UNWATCHED
    return CountedConnection(
        connect_timeout_seconds=patience.connect,
        read_timeout_seconds=patience.read,
        max_retry_attempts=patience.tries - 1,
    )


class Table(Model):
    """A model whose rows are reached through the shared connection."""

    @classmethod
    def _get_connection(cls) -> TableConnection:
        table = super()._get_connection()
        if table.connection is not connection():
            known = connection()._tables  # PynamoDB has no public way to ask
            known.setdefault(table.table_name, table.get_meta_table())
            table.connection = connection()
        return table


class OrderPart(Table):
    """A row of an order's partition: one Query reads an order's whole story."""

    class Meta:
        table_name = in_shop("orders")

    order_id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()


class WholeAttribute(Attribute[int]):
    """A whole number; PynamoDB's own kind promises only a float, and money is never one."""

    attr_type = NUMBER

    def serialize(self, value: int) -> str:
        return str(int(value))

    def deserialize(self, value: str) -> int:
        return int(value)


class StructAttribute(Attribute[T]):
    """A frozen value kept as one JSON text: a third of the reading cost of nested maps."""

    attr_type = STRING

    def __init__(self, shape: Any, **options: Any) -> None:
        super().__init__(**options)
        self.shape = shape

    def serialize(self, value: T) -> str:
        return msgspec.json.encode(value).decode()

    def deserialize(self, value: str) -> T:
        read: T = msgspec.json.decode(value, type=self.shape)
        return read


class WritingTogether(TransactWrite):
    """All of these writes, or none.

    Conflicts with other transactions are tried again a few times, since the SDK does not; the
    reasons of a refusal come grouped as PynamoDB sends: checks, deletes, puts, then updates.
    """

    def _commit(self) -> Any:
        for pause in CONFLICT_PAUSES:
            try:
                return super()._commit()
            except TransactWriteError as error:
                if "TransactionConflict" not in refusals(error):
                    raise
                time.sleep(random.uniform(0, pause))  # noqa: S311 (jitter, not a secret)
        try:
            return super()._commit()
        except TransactWriteError as error:
            if "TransactionConflict" in refusals(error):
                raise Busy(said("The shop is very busy right now. Please try again.")) from error
            raise


def writing_together() -> WritingTogether:
    return WritingTogether(connection=connection())


def refusals(error: TransactWriteError) -> tuple[str, ...]:
    """The reason for each write of a cancelled transaction, in the order sent, or ""."""
    return tuple(reason.code if reason else "" for reason in error.cancellation_reasons)


def refused_writes(error: TransactWriteError) -> tuple[bool, ...]:
    """For each write of a cancelled transaction, in the order sent, whether a condition said no."""
    return tuple(code == "ConditionalCheckFailed" for code in refusals(error))


def refused_by_condition(error: PynamoDBException) -> bool:
    """Whether a condition said no, to one write or to several: the state is not as believed."""
    if isinstance(error, TransactWriteError):
        return any(refused_writes(error))
    return _code(error) == "ConditionalCheckFailedException"


def met_a_transaction(error: PynamoDBException) -> bool:
    """Whether a single write was refused because a transaction was at its row just then.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
    """
    return _code(error) == CONFLICT


def _code(error: PynamoDBException) -> str:
    """DynamoDB's own code; PynamoDB's way to ask breaks where there was no answer at all."""
    answer = getattr(error.cause, "response", None) or {}
    return str(answer.get("Error", {}).get("Code", ""))


def overloaded(error: Exception) -> bool:
    """Whether the store did not answer, or asked for patience; what it did then is unknown."""
    if not isinstance(error, PynamoDBException):
        return False
    reasons = refusals(error) if isinstance(error, TransactWriteError) else ()
    told = {_code(error), *reasons}
    return isinstance(error.cause, BotoCoreError) or not told.isdisjoint(OVERLOADED)
