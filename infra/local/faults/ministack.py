"""Run MiniStack so that it misbehaves as the switches say; with none on it is what it always is.

`python -m infra.local.faults.ministack <file of decisions> <file of the switches>`
"""

import sys
from pathlib import Path

from ministack.app import main  # type: ignore[import-untyped]

from infra.local.decisions import remember_decisions
from infra.local.faults.calls import kill_and_refuse
from infra.local.faults.messages import repeat_and_delay
from infra.local.faults.store import be_busy
from infra.local.faults.switches import Switches
from infra.local.lasting_letters import keep_letters
from infra.local.quick_answers import answer_quickly
from infra.local.unpacked_once import unpack_once

if __name__ == "__main__":
    switches = Switches(Path(sys.argv.pop()))
    for misbehave in (repeat_and_delay, kill_and_refuse, be_busy):
        misbehave(switches)
    keep_letters()
    answer_quickly()
    unpack_once()
    remember_decisions(Path(sys.argv.pop()))
    main()
