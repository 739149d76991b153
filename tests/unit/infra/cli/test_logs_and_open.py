"""`shop logs --id` and `shop open` on the running local shop."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from infra.cli import logs as logs_command
from infra.cli import open as open_command
from infra.local.function_logs import LogLine

AT = datetime(2031, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(("id_", "printed"), [("01J1", ["a"]), ("", ["a", "b"]), ("01J3", [])])
def test_logs_are_filtered_by_an_id(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    id_: str,
    printed: list[str],
) -> None:
    lines = [LogLine(AT, "a", '{"correlation_id": "01J1"}'), LogLine(AT, "b", '{"id": "01J2"}')]
    monkeypatch.setattr(logs_command, "LocalCloud", SimpleNamespace(running_in=str))
    monkeypatch.setattr(
        logs_command, "FunctionLogs", lambda *_: SimpleNamespace(read_new=lambda: lines)
    )

    logs_command.logs(id_=id_)

    output = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in output] == printed


def test_open_opens_every_page_of_the_shop(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    cloud = SimpleNamespace(shop_url="http://localhost:8100")
    monkeypatch.setattr(open_command, "LocalCloud", SimpleNamespace(running_in=lambda _: cloud))
    monkeypatch.setattr("webbrowser.open", opened.append)

    open_command.open_pages()

    assert opened == [
        f"http://localhost:8100{path}" for path in ("/", "/admin", "/console", "/docs")
    ]
