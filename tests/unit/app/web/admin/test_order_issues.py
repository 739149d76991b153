import pytest

from app.orders.models import IssueReason, OrderIssue
from app.web.admin.order_issues import CANCEL_ADVICE, describe_issue
from tests.builders import NOON, an_issue


def test_issue_description_explains_a_known_error() -> None:
    description = describe_issue(an_issue("Ship", "CarrierUnavailable"))

    assert description.advice.startswith("We tried several times: the carrier did not respond.")


def test_issue_description_names_an_unknown_step() -> None:
    assert describe_issue(an_issue("Glaze", "Boom")).summary == "The step “Glaze” failed."


@pytest.mark.parametrize("can_cancel", [True, False])
def test_issue_description_suggests_cancelling_only_if_it_is_possible(can_cancel: bool) -> None:
    description = describe_issue(an_issue(), can_cancel=can_cancel)

    assert (CANCEL_ADVICE in description.advice) is can_cancel


@pytest.mark.parametrize("reason", IssueReason)
def test_every_issue_reason_has_a_summary(reason: IssueReason) -> None:
    assert describe_issue(OrderIssue(reason, NOON, "workflow")).summary


def test_dispute_says_where_to_answer_it() -> None:
    description = describe_issue(OrderIssue(IssueReason.PAYMENT_DISPUTED, NOON, "payment provider"))

    assert "disputes the payment" in description.summary
    assert "provider's dashboard" in description.advice
    assert description.recorded == ""
