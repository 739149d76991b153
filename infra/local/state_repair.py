"""Correct saved state that the emulator would misinterpret at its next start."""

import json
import re
from pathlib import Path

QUEUE = re.compile(r"(http://localhost:)\d+(/\d{12}/)")
POSITIONS = ("kinesis_positions", "dynamodb_stream_positions")


def reset_stream_positions(state: Path) -> None:
    """Let every event source mapping read its stream from the beginning.

    MiniStack 1.5.33 saves the position in a stream, but not the stream itself. After a restart it
    would skip as many new records as it had delivered before. The outbox poller publishes events
    that were not read before the restart.
    """
    saved = state / "lambda.json"
    if not saved.exists():
        return
    try:
        content = json.loads(saved.read_text())
        for name in POSITIONS:
            content["payload"][name]["data"].clear()
    except (ValueError, KeyError):
        return  # corrupt or in another format: the emulator reports it
    saved.write_text(json.dumps(content))


def rewrite_queue_ports(state: Path, port: int) -> None:
    """Make saved queues work on another port.

    MiniStack identifies a queue by its URL, port included, so on another port no worker would find
    its queue.
    """
    for file in state.glob("*.json"):
        saved = file.read_text(errors="surrogateescape")
        rewritten = QUEUE.sub(rf"\g<1>{port}\g<2>", saved)
        if rewritten != saved:
            file.write_text(rewritten, errors="surrogateescape")
