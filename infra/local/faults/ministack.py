"""Run MiniStack with fault injection and our other patches; without active faults it is unchanged.

`python -m infra.local.faults.ministack <file for IAM decisions> <file of active faults>`
"""

import sys
from pathlib import Path

from ministack.app import main  # type: ignore[import-untyped]

from infra.local.bundle_cache import cache_unpacked_bundles
from infra.local.email_persistence import persist_emails
from infra.local.emulator_limits import refuse_above_limits
from infra.local.emulator_speed import shorten_waits
from infra.local.faults.dynamodb import throttle_requests
from infra.local.faults.invocations import kill_and_throttle
from infra.local.faults.messages import duplicate_and_delay
from infra.local.faults.state_file import FaultStateFile
from infra.local.iam_decisions import record_decisions

if __name__ == "__main__":
    faults = FaultStateFile(Path(sys.argv.pop()))
    for inject in (duplicate_and_delay, kill_and_throttle, throttle_requests):
        inject(faults)
    persist_emails()
    refuse_above_limits()
    shorten_waits()
    cache_unpacked_bundles()
    record_decisions(Path(sys.argv.pop()))
    main()
