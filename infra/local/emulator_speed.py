"""Take waiting out of MiniStack that every page of the local shop would pay for."""

import sys
from functools import partialmethod

from ministack.core.lambda_runtime import Worker  # type: ignore[import-untyped]

# Seconds without a further line until a call's log is taken for whole; MiniStack waits five
# milliseconds. Our functions write before they answer; what came later would stand in the next log.
LAST_WORD = 0.001
# Seconds a thread may keep others waiting. One call takes turns between three or more of them.
TURN = 0.0005


def answer_quickly() -> None:
    Worker._drain_stderr_bounded = partialmethod(
        Worker._drain_stderr_bounded, idle_confirm=LAST_WORD
    )
    sys.setswitchinterval(TURN)
