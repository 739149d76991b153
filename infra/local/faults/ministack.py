"""Run MiniStack with a guard in front of it, fault injection and our other patches.

`python -m infra.local.faults.ministack <operator's key> <shop's port> <IAM decisions> <faults>`,
where all but the port are files. Without active faults, accepted requests are answered as by an
unchanged MiniStack.
"""

import sys
from pathlib import Path

from ministack import app as emulator  # type: ignore[import-untyped]

from infra.local import billed_calls, email_search, log_tail, order_search, queue_snapshot
from infra.local.allow_list import local_origins
from infra.local.bundle_cache import cache_unpacked_bundles
from infra.local.cloud_guard import CloudGuard
from infra.local.email_persistence import persist_emails
from infra.local.emulator_credentials import issue_keys
from infra.local.emulator_endpoint import EmulatorEndpoint
from infra.local.emulator_limits import refuse_above_limits
from infra.local.emulator_speed import search_phrases_fast, shorten_waits
from infra.local.faults.dynamodb import throttle_requests
from infra.local.faults.invocations import kill_and_throttle
from infra.local.faults.messages import duplicate_and_delay
from infra.local.faults.outage_file import OutageFile
from infra.local.faults.service_outages import fail_during_outages
from infra.local.faults.state_file import FaultStateFile
from infra.local.iam_conditions import supply_condition_keys
from infra.local.iam_decisions import record_decisions
from infra.local.operator_key import OperatorKey
from infra.local.workflow_redrive import support_redrive
from infra.local.workflow_starts import answer_repeated_starts

if __name__ == "__main__":
    key_file, web_port, decisions, fault_file = sys.argv[1:]
    del sys.argv[1:]  # MiniStack parses them too
    faults = FaultStateFile(Path(fault_file))
    calls = billed_calls.BilledCalls()  # before the faults: calls that they fail are not billed
    for inject in (duplicate_and_delay, kill_and_throttle, throttle_requests):
        inject(faults)
    support_redrive()
    answer_repeated_starts()
    fail_during_outages(OutageFile(Path(fault_file)))
    persist_emails()
    refuse_above_limits()
    shorten_waits()
    search_phrases_fast()
    cache_unpacked_bundles()
    supply_condition_keys()
    record_decisions(Path(decisions))
    operator = OperatorKey.read(Path(key_file))
    for path, answer in (
        (email_search.PATH, email_search.find_emails),
        (queue_snapshot.PATH, queue_snapshot.read_queues),
        (order_search.IDS_PATH, order_search.latest_order_ids),
        (order_search.LINES_PATH, order_search.find_order_lines),
        (log_tail.PATH, log_tail.LogTail().answer),
        (billed_calls.PATH, calls.answer),
    ):
        emulator.app = EmulatorEndpoint(emulator.app, path, answer)
    emulator.app = CloudGuard(
        emulator.app,
        local_origins(int(web_port)),
        operator.secret_access_key,
        known_keys=issue_keys(operator),
    )
    emulator.main()
