"""Shorten two delays in MiniStack that would slow down every page of the local shop."""

import sys
from functools import partialmethod

from ministack.core.lambda_runtime import Worker  # type: ignore[import-untyped]

# Seconds without a new line after which an invocation's log counts as complete. MiniStack waits 5
# ms. Our functions log before they respond; a later line would appear in the next invocation's log.
LOG_IDLE_SECONDS = 0.001
# Seconds between two thread switches. One invocation alternates between three or more threads.
SWITCH_INTERVAL = 0.0005


def shorten_waits() -> None:
    """Patch MiniStack in this process."""
    Worker._drain_stderr_bounded = partialmethod(
        Worker._drain_stderr_bounded, idle_confirm=LOG_IDLE_SECONDS
    )
    sys.setswitchinterval(SWITCH_INTERVAL)
