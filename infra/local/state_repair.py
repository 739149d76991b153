"""Mend saved state that would mislead the emulator when it starts again."""

import json
import re
from pathlib import Path

QUEUE = re.compile(r"(http://localhost:)\d+(/\d{12}/)")
POSITIONS = ("kinesis_positions", "dynamodb_stream_positions")


def forget_stream_positions(state: Path) -> None:
    """Let every reader of a stream begin where the stream begins.

    MiniStack 1.5.33 saves how far a stream was read, but not the stream: after a restart it would
    wait for as many new records as there were old ones before it hands over the first. What was
    not read before is found by the sweeper, as after any loss.
    """
    saved = state / "lambda.json"
    if not saved.exists():
        return
    try:
        content = json.loads(saved.read_text())
        for name in POSITIONS:
            content["payload"][name]["data"].clear()
    except (ValueError, KeyError):
        return  # spoilt, or of another shape: the emulator will say so itself
    saved.write_text(json.dumps(content))


def move_queues_to(state: Path, port: int) -> None:
    """Let the shop come back on another port.

    MiniStack names a queue by its whole address, port included, in its own state and in what
    others keep of it; on another port no worker would find its queue again.
    """
    for file in state.glob("*.json"):
        saved = file.read_text(errors="surrogateescape")
        moved = QUEUE.sub(rf"\g<1>{port}\g<2>", saved)
        if moved != saved:
            file.write_text(moved, errors="surrogateescape")
