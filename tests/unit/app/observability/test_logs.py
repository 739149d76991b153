"""The log: one JSON line for each call, whatever the fields contain."""

import json

import pytest

from app.observability.logs import log

INJECTED = 'x"}\n{"log": "request", "status": 200}\r\n\u2028'


def test_line_feeds_and_quotes_stay_inside_their_field(capsys: pytest.CaptureFixture[str]) -> None:
    log(INJECTED, reason=INJECTED, attempt=1)

    written = capsys.readouterr().err
    assert written.count("\n") == 1
    assert json.loads(written) == {"log": INJECTED, "reason": INJECTED, "attempt": 1}
