"""The parts of the endurance test; the whole of it is `shop endure`, and takes some ten minutes."""

import time

import httpx
import pytest

from app.verification.snapshot import Books, SentLetter
from infra.local.cloud import LocalCloud
from infra.local.ports import any_free
from infra.user_error import Trouble
from tests.chaos.buyers import insisting
from tests.chaos.killer import Door, Killer, function_processes
from tests.chaos.recovery import forgiving
from tests.unit.infra.functions import a_function

ANSWERS = "def handler(told, _):\n    return 'done'\n"


def eventually_up(url: str) -> int:
    deadline = time.monotonic() + 30
    while True:
        try:
            return httpx.get(url, timeout=5).status_code
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_whoever_buys_presses_again_until_there_is_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tests.chaos.buyers.PAUSE", 0)
    answers = iter([Trouble("answered 502"), httpx.ConnectError("killed"), None])

    def press() -> str:
        if answer := next(answers):
            raise answer
        return "bought"

    assert insisting(press) == "bought"


def test_functions_and_front_door_are_killed_and_come_again(cloud: LocalCloud) -> None:
    functions, name = cloud.client("lambda"), a_function(cloud, ANSWERS)
    functions.invoke(FunctionName=name)
    before = function_processes(cloud)
    door = Door(LocalCloud(cloud.home.folder, cloud.port, port := any_free()), "no-api", "media")
    door.start()
    try:
        eventually_up(f"http://127.0.0.1:{port}/static/1/none")
        killer = Killer(cloud, door)
        killer.strike(door_too=True)

        assert killer.killed["functions"] >= len(before) >= 1
        assert killer.killed["front door"] == 1
        # The first call may still meet the one that is dying, as on AWS.
        answers = [functions.invoke(FunctionName=name) for _ in range(2)]
        assert "FunctionError" not in answers[-1]
        assert set(function_processes(cloud)).isdisjoint(before)
        assert eventually_up(f"http://127.0.0.1:{port}/static/1/none") == 404
    finally:
        door.kill()


def test_a_second_letter_is_forgiven_and_a_third_is_not() -> None:
    letters = [SentLetter("once", "ada"), *[SentLetter("twice", "ada")] * 2]
    letters += [SentLetter("thrice", "ada")] * 3

    assert forgiving(Books(letters=letters)).may_repeat == {"twice"}
