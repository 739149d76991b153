from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from ulid import ULID

from app.payments.fake_gateway import FakePaymentGateway
from app.payments.gateway import GatewayUnavailable, InvalidPaymentRequest

pytestmark = pytest.mark.usefixtures("tables")

NOW = datetime(2031, 6, 12, 12, tzinfo=UTC)


class Clock:
    """The provider's own, which tests turn on."""

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


def test_the_same_order_within_a_day_has_the_same_intent(
    provider: FakePaymentGateway, clock: Clock
) -> None:
    first = an_intent(provider, order_id=(order := str(ULID())))

    clock.now += timedelta(hours=23)

    assert an_intent(provider, order_id=order) == first


def test_a_key_is_forgotten_after_a_day_like_stripes(
    provider: FakePaymentGateway, clock: Clock
) -> None:
    first = an_intent(provider, order_id=(order := str(ULID())))

    clock.now += timedelta(hours=25)

    assert an_intent(provider, order_id=order) != first


def test_ten_who_announce_a_payment_at_once_get_one_intent(provider: FakePaymentGateway) -> None:
    order = str(ULID())

    with ThreadPoolExecutor(10) as pool:
        intents = set(pool.map(lambda _: an_intent(provider, order_id=order), range(10)))

    assert len(intents) == 1


def test_the_same_key_with_another_sum_is_refused(provider: FakePaymentGateway) -> None:
    an_intent(provider, order_id=(order := str(ULID())))

    with pytest.raises(InvalidPaymentRequest, match="other parameters"):
        provider.create_intent(order, 9_999, "EUR", "pm_succeeds")


@pytest.mark.parametrize(("amount", "method"), [(0, "pm_succeeds"), (1, "pm_iou")])
def test_an_error_is_kept_under_its_key_and_given_again(
    provider: FakePaymentGateway, amount: int, method: str
) -> None:
    order = str(ULID())

    for _ in range(2):
        with pytest.raises(InvalidPaymentRequest, match="400"):
            provider.create_intent(order, amount, "EUR", method)


def test_confirming_again_moves_nothing(provider: FakePaymentGateway) -> None:
    intent = an_intent(provider)

    assert provider.confirm(intent).state == "captured"
    assert provider.confirm(intent).state == "captured"


def test_a_declined_intent_that_is_void_stays_void_and_tells_why(
    provider: FakePaymentGateway,
) -> None:
    intent = an_intent(provider, "pm_declined")
    assert provider.confirm(intent).decline_code == "card_declined"

    assert provider.void(intent).state == "void"

    again = provider.confirm(intent)
    assert (again.state, again.decline_code) == ("void", "card_declined")


def test_what_is_captured_cannot_be_made_void(provider: FakePaymentGateway) -> None:
    intent = an_intent(provider)
    provider.confirm(intent)

    assert provider.void(intent).state == "captured"


def test_two_attempts_are_needed_by_a_slow_network(provider: FakePaymentGateway) -> None:
    intent = an_intent(provider, "pm_needs_two_attempts")

    with pytest.raises(GatewayUnavailable):
        provider.confirm(intent)

    assert provider.confirm(intent).state == "captured"


def test_a_lost_answer_hides_money_that_has_moved(provider: FakePaymentGateway) -> None:
    intent = an_intent(provider, "pm_times_out_after_capture")

    with pytest.raises(GatewayUnavailable):
        provider.confirm(intent)

    assert provider.void(intent).state == "captured"


def test_a_provider_that_is_down_answers_nothing_until_it_is_up(
    provider: FakePaymentGateway, clock: Clock
) -> None:
    intent = an_intent(provider, "pm_provider_down")
    for call in (provider.confirm, provider.void, provider.refund):
        with pytest.raises(GatewayUnavailable):
            call(intent)

    clock.now += timedelta(seconds=61)

    assert provider.confirm(intent).state == "captured"


def test_refunding_again_is_the_same_refund(provider: FakePaymentGateway) -> None:
    intent = an_intent(provider)
    provider.confirm(intent)

    assert provider.refund(intent) == provider.refund(intent)


def test_five_who_refund_at_once_get_one_refund(provider: FakePaymentGateway) -> None:
    intent = an_intent(provider)
    provider.confirm(intent)

    with ThreadPoolExecutor(5) as pool:
        refunds = set(pool.map(lambda _: provider.refund(intent), range(5)))

    assert len(refunds) == 1


def test_what_was_not_captured_cannot_be_refunded(provider: FakePaymentGateway) -> None:
    with pytest.raises(InvalidPaymentRequest, match="nothing to refund"):
        provider.refund(an_intent(provider))


def test_an_intent_that_does_not_exist_is_refused(provider: FakePaymentGateway) -> None:
    with pytest.raises(InvalidPaymentRequest):
        provider.confirm("pi_unknown")
