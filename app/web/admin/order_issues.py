"""What an issue of an order means to the merchant, and what they can do about it."""

from dataclasses import dataclass

from app.orders.models import IssueReason, OrderIssue

SUMMARIES: dict[str, str] = {
    IssueReason.STEP_FAILED: "A workflow step failed.",
    IssueReason.NO_PROGRESS: "The order has made no progress for some time.",
    IssueReason.PAYMENT_DISPUTED: "The customer disputes the payment at their bank.",
}
STEP_SUMMARIES: dict[str, str] = {
    "Review": "The review could not be requested.",
    "Apply review decision": "Your decision could not be carried out.",
    "Charge": "The payment could not be completed.",
    "Ship": "The parcel could not be handed to the carrier.",
    "Refund": "The payment could not be refunded.",
    "Release": "The reserved stock could not be released.",
    "Route": "The workflow repeated its steps without coming to an end.",
}
STEP_ADVICE = {
    "Charge": "It is not known yet whether the payment went through. We keep trying and never "
    "charge twice.",
    "Ship": "The order is paid and has not been shipped. We keep trying.",
    "Refund": "We keep trying. The customer is refunded exactly once.",
    "Release": "The payment is settled. We keep trying; until then the stock stays reserved.",
}
ERROR_TEXTS = {
    "GatewayUnavailable": "the payment provider did not respond",
    "CarrierUnavailable": "the carrier did not respond",
    "Unavailable": "the database was too busy",
    "States.Timeout": "the step timed out",
    "Sandbox.Timedout": "the step timed out",
    "Lambda.TooManyRequestsException": "too many orders at the same time",
    "TooManyRounds": "each time the same step was next",
}
DISPUTE_ADVICE = (
    "Answer the dispute in the payment provider's dashboard before its deadline. Evidence is the "
    "tracking code, or the refund that was made. If no parcel was sent and nothing was refunded, "
    "accept the dispute."
)
UNKNOWN_ISSUE = "The order needs your attention."
UNEXPECTED_ERROR = "an unexpected error"
CANCEL_ADVICE = "You can also cancel the order; a captured payment is then refunded."


@dataclass(frozen=True)
class IssueDescription:
    """An issue in one sentence, advice for the merchant, and the recorded technical cause."""

    summary: str
    advice: str = ""
    recorded: str = ""


def describe_issue(issue: OrderIssue, *, can_cancel: bool = False) -> IssueDescription:
    """Texts for the issue's codes; an unknown step or error gets a general sentence.

    Cancelling is suggested only if it is possible now.
    """
    summary = SUMMARIES.get(issue.reason, UNKNOWN_ISSUE)
    if issue.reason == IssueReason.PAYMENT_DISPUTED:
        return IssueDescription(summary, DISPUTE_ADVICE)
    if issue.reason != IssueReason.STEP_FAILED:
        return IssueDescription(summary, recorded=issue.error)
    summary = STEP_SUMMARIES.get(issue.step, f"The step “{issue.step}” failed.")
    cause = f"We tried several times: {ERROR_TEXTS.get(issue.error, UNEXPECTED_ERROR)}."
    steps = (cause, STEP_ADVICE.get(issue.step, ""), CANCEL_ADVICE if can_cancel else "")
    advice = " ".join(sentence for sentence in steps if sentence)
    return IssueDescription(summary, advice, f"{issue.step}: {issue.error}")
