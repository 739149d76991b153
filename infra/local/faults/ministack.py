"""Run MiniStack so that it misbehaves as the switches say; with none on it is what it always is.

`python -m infra.local.faults.ministack <file of decisions> <file of the switches>`
"""

import sys
from pathlib import Path

from ministack.app import main  # type: ignore[import-untyped]

from infra.local.bundle_cache import unpack_once
from infra.local.email_persistence import keep_letters
from infra.local.emulator_speed import answer_quickly
from infra.local.faults.dynamodb import be_busy
from infra.local.faults.invocations import kill_and_refuse
from infra.local.faults.messages import repeat_and_delay
from infra.local.faults.state_file import Switches
from infra.local.iam_decisions import remember_decisions

if __name__ == "__main__":
    switches = Switches(Path(sys.argv.pop()))
    for misbehave in (repeat_and_delay, kill_and_refuse, be_busy):
        misbehave(switches)
    keep_letters()
    answer_quickly()
    unpack_once()
    remember_decisions(Path(sys.argv.pop()))
    main()
