"""What a case means for the merchant who has to decide it, and what they can do about it."""

import re
from dataclasses import dataclass

BY_WORKFLOW = re.compile(r"The step (?P<step>.+) did not succeed: (?P<error>.+)\.")
STEPS = {
    "Review": "This order could not be put before you.",
    "Conclude review": "Your decision could not be carried out.",
    "Charge": "The payment could not be settled.",
    "Ship": "The parcel could not be handed to the carrier.",
    "Refund": "The money could not be given back.",
    "Release": "The pieces could not be put back on the shelf.",
}
ADVICE = {
    "Charge": "Whether money moved is not known yet; we go on asking the provider, and never "
    "charge twice. If you cancel, whatever was taken is given back.",
    "Ship": "It is paid and still in the house. We go on trying; you may also cancel, and the "
    "money goes back.",
    "Refund": "We go on trying; the customer gets the money back once.",
    "Release": "The money is settled. We go on trying; until then these pieces count as held.",
}
ERRORS = {
    "GatewayUnavailable": "the payment provider did not answer",
    "CarrierUnavailable": "the carrier did not answer",
    "Busy": "the shop's tables were too busy",
    "States.Timeout": "it took too long",
    "Sandbox.Timedout": "it took too long",
    "Lambda.TooManyRequestsException": "too many orders at once",
}
BROKEN = "our own program failed"


@dataclass(frozen=True)
class CaseWords:
    """A case in a sentence, what to do about it, and what the machine said, for who asks."""

    said: str
    advice: str = ""
    recorded: str = ""


def case_words(reason: str) -> CaseWords:
    """Friendlier than what the workflow wrote; anything else is a sentence already."""
    if not (found := BY_WORKFLOW.fullmatch(reason)):
        return CaseWords(reason)
    step, error = found["step"], found["error"]
    said = STEPS.get(step, f"The step “{step}” did not succeed.")
    because = f"We tried several times: {ERRORS.get(error, BROKEN)}."
    return CaseWords(said, f"{because} {ADVICE.get(step, '')}".strip(), f"{step}: {error}")
