"""Let MiniStack keep the letters it has sent when it saves all else; by itself it forgets them."""

import copy
from typing import Any

from ministack.services import ses  # type: ignore[import-untyped]

SENT = "_sent_emails"


def keep_letters() -> None:
    """With the orders they tell of, at one moment: once nobody is left who sends any."""
    save, restore = ses.get_state, ses.load_persisted_state

    def saved() -> dict[str, Any]:
        return {**save(), SENT: copy.deepcopy(ses._sent_emails)}

    def restored(state: dict[str, Any]) -> None:
        restore(state)
        ses._sent_emails.update(state.get(SENT, {}))

    ses.get_state, ses.load_persisted_state = saved, restored
