"""A fake payment provider that records intents and simulates the faults of a real one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import cast

import msgspec
from pynamodb.attributes import DiscriminatorAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.exceptions import DoesNotExist, PynamoDBException, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from ulid import ULID

from app import clock
from app.payments.gateway import (
    AT_BANK,
    IDEMPOTENCY_KEY_LIFETIME,
    PAYMENT_METHODS,
    DisputeState,
    GatewayUnavailable,
    InvalidPaymentRequest,
    PaymentDisputed,
    PaymentOutcome,
    ProviderPayment,
    ProviderRefund,
)
from app.persistence.dynamodb import (
    IntegerAttribute,
    StructAttribute,
    Table,
    is_condition_failure,
    is_unavailable,
    retrying_transaction,
    table_name,
    update_if,
)
from app.settings import settings

FORCED_OUTCOME_ID = "forced_outcome"  # read together with every intent
PROVIDER_DOWN = "pm_provider_down"
DECLINE_CODES = {"pm_declined": "card_declined", "pm_insufficient_funds": "insufficient_funds"}


class ProviderRecord(Table):
    """A row of the provider's own table, which only this module reads."""

    class Meta:
        table_name = table_name("provider-records")

    record_id = UnicodeAttribute(hash_key=True)
    kind = DiscriminatorAttribute()


class Intent(ProviderRecord, discriminator="intent"):
    """A payment intent: open, then captured or void, then perhaps refunded in parts.

    ``sandbox_dashboard`` changes it as well: its refunds say so, and ``captured_by`` does.
    """

    order_id = UnicodeAttribute()
    amount = IntegerAttribute()
    currency = UnicodeAttribute()
    method = UnicodeAttribute()
    state = UnicodeAttribute(default="open")
    attempts = IntegerAttribute(default=0)
    refunds = StructAttribute[tuple[ProviderRefund, ...]](tuple[ProviderRefund, ...], null=True)
    captured_by = UnicodeAttribute(null=True)
    dispute = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute()

    @property
    def id(self) -> str:
        return self.record_id.removeprefix("intent#")

    @property
    def refundable(self) -> int:
        return self.amount - sum(refund.amount for refund in self.refunds or ())

    @property
    def refund_id(self) -> str | None:
        """The id of the last refund."""
        return self.refunds[-1].id if self.refunds else None


class ForcedOutcome(ProviderRecord, discriminator="forced_outcome"):
    """Fault injection: while this row exists, every payment behaves as if made with ``method``."""

    method = UnicodeAttribute()


class IdempotencyKey(ProviderRecord, discriminator="key"):
    """An idempotency key with the parameters of its first request and the stored response."""

    parameters = UnicodeAttribute()
    intent_id = UnicodeAttribute(null=True)
    error = UnicodeAttribute(null=True)
    first_used = UTCDateTimeAttribute()


@contextmanager
def _answering() -> Iterator[None]:
    """Simulate an outage of the provider while its table is unavailable.

    Raises ``GatewayUnavailable``.
    """
    try:
        yield
    except PynamoDBException as error:
        if is_unavailable(error):
            raise GatewayUnavailable("no connection") from error
        raise


class FakePaymentGateway:
    """Accepts the methods of ``gateway.PAYMENT_METHODS``; its clock is independent of ours."""

    def __init__(self, clock: Callable[[], datetime] = clock.now) -> None:
        self.clock = clock

    @_answering()
    def create_intent(self, order_id: str, amount: int, currency: str, method: str) -> str:
        now = self.clock()
        parameters = msgspec.json.encode([amount, currency, method]).decode()
        intent = Intent(f"intent#pi_{ULID()}", order_id=order_id, amount=amount)
        intent.currency, intent.method, intent.created_at = currency, method, now
        key = IdempotencyKey(
            f"key#intent:{order_id}", parameters=parameters, intent_id=intent.id, first_used=now
        )
        if amount <= 0 or method not in PAYMENT_METHODS:
            key.intent_id, key.error = None, "400: unknown payment method, or an amount of zero"
        is_new_key = IdempotencyKey.record_id.does_not_exist() | (
            IdempotencyKey.first_used < now - IDEMPOTENCY_KEY_LIFETIME
        )
        try:
            with retrying_transaction() as transaction:
                transaction.save(key, condition=is_new_key)
                transaction.save(intent)
        except TransactWriteError as error:
            if not is_condition_failure(error):
                raise
            key = IdempotencyKey.get(key.record_id, consistent_read=True)
        return _stored_response(key, parameters)

    @_answering()
    def find_intent(self, order_id: str) -> str | None:
        """The idempotency key's row takes the place of a search by metadata."""
        try:
            key = IdempotencyKey.get(f"key#intent:{order_id}", consistent_read=True)
        except DoesNotExist:
            return None
        return key.intent_id

    @_answering()
    def retrieve(self, intent_id: str) -> ProviderPayment:
        intent = self._read(intent_id)
        return ProviderPayment(
            intent.id,
            intent.order_id,
            intent.amount,
            intent.currency,
            intent.method,
            is_captured=intent.state == "captured",
            refunds=intent.refunds or (),
            dispute=cast(DisputeState, intent.dispute or ""),
        )

    @_answering()
    def confirm(self, intent_id: str) -> PaymentOutcome:
        intent = self._read(intent_id)
        if intent.state != "open":
            return _outcome(intent)
        first = intent.attempts == 0
        _count_attempt(intent)
        if intent.method == "pm_needs_two_attempts" and first:
            raise GatewayUnavailable("503: the card network is slow")
        if intent.method in DECLINE_CODES:
            return PaymentOutcome("declined", DECLINE_CODES[intent.method])
        settled = _set_state(intent, "captured")
        if intent.method == "pm_times_out_after_capture" and first:
            raise GatewayUnavailable("no answer within ten seconds")
        return _outcome(settled)

    @_answering()
    def void(self, intent_id: str) -> PaymentOutcome:
        intent = self._read(intent_id)
        return _outcome(_set_state(intent, "void") if intent.state == "open" else intent)

    @_answering()
    def refund(self, intent_id: str) -> str:
        intent = self._read_captured(intent_id)
        while intent.refundable:
            _refund_part(intent, a_refund(intent.refundable, at=self.clock()))
        assert intent.refund_id
        return intent.refund_id

    @_answering()
    def refund_part(self, intent_id: str, amount: int, reference: str) -> ProviderRefund:
        intent, now = self._read_captured(intent_id), self.clock()
        while not (refund := _keyed_refund(intent, reference, now)):
            if not 0 < amount <= intent.refundable:
                raise InvalidPaymentRequest(f"{intent.refundable} are left of intent {intent_id}.")
            _refund_part(intent, a_refund(amount, at=now, reference=reference))
        if refund.amount != amount:
            raise InvalidPaymentRequest("This idempotency key was used with another amount.")
        return refund

    def _read_captured(self, intent_id: str) -> Intent:
        intent = self._read(intent_id)
        if intent.state != "captured":
            raise InvalidPaymentRequest(
                f"Intent {intent_id} is {intent.state} and cannot be refunded."
            )
        return intent

    def _read(self, intent_id: str) -> Intent:
        keys = [f"intent#{intent_id}", FORCED_OUTCOME_ID]
        records = {
            row.record_id: row for row in ProviderRecord.batch_get(keys, consistent_read=True)
        }
        intent, forced = records.get(keys[0]), records.get(FORCED_OUTCOME_ID)
        if not isinstance(intent, Intent):
            raise InvalidPaymentRequest(f"Unknown payment intent: {intent_id}.")
        self._raise_for_outage(intent, forced)
        if isinstance(forced, ForcedOutcome) and intent.state == "open":
            intent.method = forced.method
        return intent

    def _raise_for_outage(self, intent: Intent, forced: ProviderRecord | None) -> None:
        outage = timedelta(seconds=settings().provider_outage_seconds)
        down = intent.method == PROVIDER_DOWN and self.clock() < intent.created_at + outage
        if isinstance(forced, ForcedOutcome):
            down = forced.method == PROVIDER_DOWN
        if down:
            raise GatewayUnavailable("no connection")


def _stored_response(key: IdempotencyKey, parameters: str) -> str:
    """The first response to this key. Raises ``InvalidPaymentRequest`` for other parameters."""
    if key.parameters != parameters:
        raise InvalidPaymentRequest("This idempotency key was used with different parameters.")
    if key.error or not key.intent_id:
        raise InvalidPaymentRequest(key.error or "no response")
    return key.intent_id


def _outcome(intent: Intent) -> PaymentOutcome:
    if intent.state == "void":
        return PaymentOutcome("void", DECLINE_CODES.get(intent.method, "voided"))
    if intent.state == "captured":
        return PaymentOutcome("captured", is_refunded=not intent.refundable)
    return PaymentOutcome("open")


def a_refund(amount: int, *, at: datetime, reference: str = "", by: str = "") -> ProviderRefund:
    return ProviderRefund(f"re_{ULID()}", amount, at, reference, by)


def append_refund(intent: Intent, refund: ProviderRefund, condition: Condition) -> None:
    """Append the refund unless another one came first; the intent is then reloaded."""
    before = intent.refunds
    unchanged = Intent.refunds == before if before else Intent.refunds.does_not_exist()
    _update_once(intent, Intent.refunds.set((*(before or ()), refund)), unchanged & condition)


def _refund_part(intent: Intent, refund: ProviderRefund) -> None:
    """Raises ``PaymentDisputed`` while the bank has the money."""
    append_refund(intent, refund, ~Intent.dispute.is_in(*AT_BANK))
    if intent.dispute in AT_BANK:
        raise PaymentDisputed(f"The dispute of intent {intent.id} is {intent.dispute}.")


def _keyed_refund(intent: Intent, reference: str, now: datetime) -> ProviderRefund | None:
    """The refund that was made with this idempotency key, until the provider forgets the key."""
    oldest = now - IDEMPOTENCY_KEY_LIFETIME
    refunds = (it for it in intent.refunds or () if it.reference == reference and it.at >= oldest)
    return next(refunds, None)


def _count_attempt(intent: Intent) -> None:
    attempts, method = intent.attempts + 1, intent.method
    intent.update(actions=[Intent.attempts.set(attempts), Intent.method.set(method)])


def _set_state(intent: Intent, state: str) -> Intent:
    return _update_once(intent, Intent.state.set(state), Intent.state == "open")


def _update_once(intent: Intent, action: Action, condition: Condition) -> Intent:
    """Apply the update if the condition holds, else reload what a concurrent request wrote."""
    if not update_if(intent, [action], condition):
        intent.refresh(consistent_read=True)
    return intent
