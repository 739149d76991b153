from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from ulid import ULID

from app.payments.fake_gateway import FakePaymentGateway
from app.payments.gateway import GatewayUnavailable, InvalidPaymentRequest

pytestmark = pytest.mark.usefixtures("tables")

NOW = datetime(2031, 6, 12, 12, tzinfo=UTC)


class Clock:
    """The provider's own clock, which tests advance."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(clock: Clock) -> FakePaymentGateway:
    return FakePaymentGateway(clock)


def an_intent(provider: FakePaymentGateway, method: str = "pm_succeeds", order_id: str = "") -> str:
    return provider.create_intent(order_id or str(ULID()), 2_450, "EUR", method)


def test_create_intent_is_idempotent_for_a_day(provider: FakePaymentGateway, clock: Clock) -> None:
    first = an_intent(provider, order_id=(order := str(ULID())))

    clock.now += timedelta(hours=23)

    assert an_intent(provider, order_id=order) == first


def test_idempotency_key_expires_after_a_day(provider: FakePaymentGateway, clock: Clock) -> None:
    first = an_intent(provider, order_id=(order := str(ULID())))

    clock.now += timedelta(hours=25)

    assert an_intent(provider, order_id=order) != first


def test_concurrent_requests_create_one_intent(provider: FakePaymentGateway) -> None:
    order = str(ULID())

    with ThreadPoolExecutor(10) as pool:
        intents = set(pool.map(lambda _: an_intent(provider, order_id=order), range(10)))

    assert len(intents) == 1


def test_same_idempotency_key_with_another_amount_is_rejected(provider: FakePaymentGateway) -> None:
    an_intent(provider, order_id=(order := str(ULID())))

    with pytest.raises(InvalidPaymentRequest, match="different parameters"):
        provider.create_intent(order, 9_999, "EUR", "pm_succeeds")


@pytest.mark.parametrize(("amount", "method"), [(0, "pm_succeeds"), (1, "pm_iou")])
def test_error_response_is_stored_under_its_idempotency_key(
    provider: FakePaymentGateway, amount: int, method: str
) -> None:
    order = str(ULID())

    for _ in range(2):
        with pytest.raises(InvalidPaymentRequest, match="400"):
            provider.create_intent(order, amount, "EUR", method)


def test_repeated_confirm_has_no_effect(provider: FakePaymentGateway) -> None:
    intent = an_intent(provider)

    assert provider.confirm(intent).state == "captured"
    assert provider.confirm(intent).state == "captured"


def test_declined_intent_stays_void_with_its_decline_code(
    provider: FakePaymentGateway,
) -> None:
    intent = an_intent(provider, "pm_declined")
    assert provider.confirm(intent).decline_code == "card_declined"

    assert provider.void(intent).state == "void"

    again = provider.confirm(intent)
    assert (again.state, again.decline_code) == ("void", "card_declined")


def test_captured_intent_cannot_be_voided(provider: FakePaymentGateway) -> None:
    intent = an_intent(provider)
    provider.confirm(intent)

    assert provider.void(intent).state == "captured"


def test_slow_card_network_needs_two_attempts(provider: FakePaymentGateway) -> None:
    intent = an_intent(provider, "pm_needs_two_attempts")

    with pytest.raises(GatewayUnavailable):
        provider.confirm(intent)

    assert provider.confirm(intent).state == "captured"


def test_timeout_after_capture_leaves_the_intent_captured(provider: FakePaymentGateway) -> None:
    intent = an_intent(provider, "pm_times_out_after_capture")

    with pytest.raises(GatewayUnavailable):
        provider.confirm(intent)

    assert provider.void(intent).state == "captured"


def test_provider_outage_ends_after_a_minute(provider: FakePaymentGateway, clock: Clock) -> None:
    intent = an_intent(provider, "pm_provider_down")
    for call in (provider.confirm, provider.void, provider.refund):
        with pytest.raises(GatewayUnavailable):
            call(intent)

    clock.now += timedelta(seconds=61)

    assert provider.confirm(intent).state == "captured"


def test_refund_is_idempotent(provider: FakePaymentGateway) -> None:
    intent = an_intent(provider)
    provider.confirm(intent)

    assert provider.refund(intent) == provider.refund(intent)


def test_concurrent_refunds_create_one_refund(provider: FakePaymentGateway) -> None:
    intent = an_intent(provider)
    provider.confirm(intent)

    with ThreadPoolExecutor(5) as pool:
        refunds = set(pool.map(lambda _: provider.refund(intent), range(5)))

    assert len(refunds) == 1


def test_uncaptured_intent_cannot_be_refunded(provider: FakePaymentGateway) -> None:
    with pytest.raises(InvalidPaymentRequest, match="cannot be refunded"):
        provider.refund(an_intent(provider))


def test_unknown_intent_is_rejected(provider: FakePaymentGateway) -> None:
    with pytest.raises(InvalidPaymentRequest):
        provider.confirm("pi_unknown")


@pytest.mark.parametrize("amount", [0, -1, 1_451])
def test_no_more_is_refunded_than_is_left_and_no_less_than_a_cent(
    provider: FakePaymentGateway, amount: int
) -> None:
    intent = an_intent(provider)
    provider.confirm(intent)
    provider.refund_part(intent, 1_000, "refund:an-order:1")

    with pytest.raises(InvalidPaymentRequest, match="1450 are left"):
        provider.refund_part(intent, amount, "refund:an-order:2")


def test_idempotency_key_of_a_refund_fits_its_own_amount_only(
    provider: FakePaymentGateway,
) -> None:
    intent = an_intent(provider)
    provider.confirm(intent)
    provider.refund_part(intent, 1_000, "refund:an-order:1")

    with pytest.raises(InvalidPaymentRequest, match="used with another amount"):
        provider.refund_part(intent, 900, "refund:an-order:1")
    assert provider.refund_part(intent, 1_000, "refund:an-order:1").amount == 1_000
