"""A provider that moves no money but keeps honest books, with the faults that real ones have."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from pynamodb.attributes import DiscriminatorAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.exceptions import TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from ulid import ULID

from app import clock
from app.payments.gateway import METHODS, GatewayRefused, GatewayUnavailable, Verdict
from app.persistence.dynamodb import (
    Table,
    WholeAttribute,
    in_shop,
    refused_by_condition,
    writing_together,
)
from app.settings import settings

KEYS_REMEMBERED_FOR = timedelta(hours=24)  # like Stripe's; after that the same key is a new request
MOOD = "mood"  # the one row that everybody's payments are looked up with
DOWN = "pm_provider_down"
DECLINES = {"pm_declined": "card_declined", "pm_insufficient_funds": "insufficient_funds"}


class BookEntry(Table):
    """The provider's own books: the shop's rules never read them."""

    class Meta:
        table_name = in_shop("provider-books")

    entry = UnicodeAttribute(hash_key=True)
    kind = DiscriminatorAttribute()


class Intent(BookEntry, discriminator="intent"):
    """Money that may move once: open, then captured or void."""

    order_id = UnicodeAttribute()
    amount = WholeAttribute()
    currency = UnicodeAttribute()
    method = UnicodeAttribute()
    state = UnicodeAttribute(default="open")
    attempts = WholeAttribute(default=0)
    refund_id = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute()

    @property
    def id(self) -> str:
        return self.entry.removeprefix("intent#")


class Mood(BookEntry, discriminator="mood"):
    """While it is there, every payment goes as payments by this method do; set from outside."""

    method = UnicodeAttribute()


class Key(BookEntry, discriminator="key"):
    """An idempotency key, the parameters it came with and the answer it got, errors too."""

    parameters = UnicodeAttribute()
    answer = UnicodeAttribute(null=True)
    error = UnicodeAttribute(null=True)
    first_used = UTCDateTimeAttribute()


class PretendGateway:
    """Knows the methods of ``gateway.METHODS``; its clock is its own, as a real provider's is."""

    def __init__(self, clock: Callable[[], datetime] = clock.now) -> None:
        self.clock = clock

    def create_intent(self, order_id: str, amount: int, currency: str, method: str) -> str:
        now, asked = self.clock(), msgspec.json.encode([amount, currency, method]).decode()
        intent = Intent(f"intent#pi_{ULID()}", order_id=order_id, amount=amount)
        intent.currency, intent.method, intent.created_at = currency, method, now
        key = Key(f"key#intent:{order_id}", parameters=asked, answer=intent.id, first_used=now)
        if amount <= 0 or method not in METHODS:
            key.answer, key.error = None, "400: no such method, or nothing to pay"
        forgotten = Key.entry.does_not_exist() | (Key.first_used < now - KEYS_REMEMBERED_FOR)
        try:
            with writing_together() as transaction:
                transaction.save(key, condition=forgotten)
                transaction.save(intent)
        except TransactWriteError as error:
            if not refused_by_condition(error):
                raise
            key = Key.get(key.entry, consistent_read=True)
        return _answered(key, asked)

    def confirm(self, intent_id: str) -> Verdict:
        intent = self._read(intent_id)
        if intent.state != "open":
            return _verdict(intent)
        first = intent.attempts == 0
        _count_attempt(intent)
        if intent.method == "pm_needs_two_attempts" and first:
            raise GatewayUnavailable("503: the card network is slow")
        if intent.method in DECLINES:
            return Verdict("declined", DECLINES[intent.method])
        settled = _settle(intent, "captured")
        if intent.method == "pm_times_out_after_capture" and first:
            raise GatewayUnavailable("no answer within ten seconds")
        return _verdict(settled)

    def void(self, intent_id: str) -> Verdict:
        intent = self._read(intent_id)
        return _verdict(_settle(intent, "void") if intent.state == "open" else intent)

    def refund(self, intent_id: str) -> str:
        intent = self._read(intent_id)
        if intent.state != "captured":
            raise GatewayRefused(
                f"Intent {intent_id} is {intent.state}: there is nothing to refund."
            )
        if not intent.refund_id:
            _first_wins(
                intent, Intent.refund_id.set(f"re_{ULID()}"), Intent.refund_id.does_not_exist()
            )
        return str(intent.refund_id)

    def _read(self, intent_id: str) -> Intent:
        asked = [f"intent#{intent_id}", MOOD]
        found = {row.entry: row for row in BookEntry.batch_get(asked, consistent_read=True)}
        intent, mood = found.get(asked[0]), found.get(MOOD)
        if not isinstance(intent, Intent):
            raise GatewayRefused(f"There is no intent {intent_id}.")
        self._must_be_reached(intent, mood)
        if isinstance(mood, Mood) and intent.state == "open":
            intent.method = mood.method
        return intent

    def _must_be_reached(self, intent: Intent, mood: BookEntry | None) -> None:
        outage = timedelta(seconds=settings().provider_outage_seconds)
        down = intent.method == DOWN and self.clock() < intent.created_at + outage
        if isinstance(mood, Mood):
            down = mood.method == DOWN
        if down:
            raise GatewayUnavailable("no connection")


def _answered(key: Key, asked: str) -> str:
    """What this key was answered the first time, an error too; other parameters are refused."""
    if key.parameters != asked:
        raise GatewayRefused("This idempotency key was used with other parameters.")
    if key.error or not key.answer:
        raise GatewayRefused(key.error or "no answer")
    return key.answer


def _verdict(intent: Intent) -> Verdict:
    if intent.state == "void":
        return Verdict("void", DECLINES.get(intent.method, "voided"))
    return Verdict("captured" if intent.state == "captured" else "open")


def _count_attempt(intent: Intent) -> None:
    attempts, method = intent.attempts + 1, intent.method
    intent.update(actions=[Intent.attempts.set(attempts), Intent.method.set(method)])


def _settle(intent: Intent, state: str) -> Intent:
    return _first_wins(intent, Intent.state.set(state), Intent.state == "open")


def _first_wins(intent: Intent, action: Action, condition: Condition) -> Intent:
    """The intent as it then is: changed by us, or by somebody who was faster."""
    try:
        intent.update(actions=[action], condition=condition)
    except UpdateError as error:
        if not refused_by_condition(error):
            raise
        intent.refresh(consistent_read=True)
    return intent
