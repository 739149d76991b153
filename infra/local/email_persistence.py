"""Make MiniStack save the emails it has sent together with its other state."""

import copy
from typing import Any

from ministack.services import ses  # type: ignore[import-untyped]

SENT = "_sent_emails"


def persist_emails() -> None:
    """Saved in the same moment as the orders: after the last function has stopped."""
    save, restore = ses.get_state, ses.load_persisted_state

    def get_state() -> dict[str, Any]:
        return {**save(), SENT: copy.deepcopy(ses._sent_emails)}

    def load_state(state: dict[str, Any]) -> None:
        restore(state)
        ses._sent_emails.update(state.get(SENT, {}))

    ses.get_state, ses.load_persisted_state = get_state, load_state
