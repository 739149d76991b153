"""Step Functions: the real state machine by its states, with retries, catches and time limits."""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from infra.build.bundles import ROOT
from tests.simulation.simulator.faults import Weather
from tests.simulation.simulator.world import Outcome, World
from workflow import charge, open_issue, refund, release, review, ship

FUNCTIONS: dict[str, Callable[[dict[str, Any], object], Any]] = {
    "Charge": charge.handler,
    "Review": review.handler,
    "Ship": ship.handler,
    "Refund": refund.handler,
    "Release": release.handler,
    "Case": open_issue.handler,
}
NUMBERS = {"ChargeTries": 6, "ReviewSeconds": 900, "WorkflowSeconds": 7_200}
RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED = (
    "RUNNING",
    "SUCCEEDED",
    "FAILED",
    "TIMED_OUT",
    "ABORTED",
)

type Data = dict[str, Any]


@cache
def machine() -> Data:
    text = (ROOT / "workflow/fulfill_order.asl.yaml").read_text()
    for name, number in NUMBERS.items():
        text = text.replace("${" + name + "}", str(number))
    read: Data = yaml_parse(text)
    return read


@dataclass
class Execution:
    """One run of the workflow. A task that comes back after its end is not listened to."""

    name: str
    input: Data
    world: World
    weather: Weather
    ended: Callable[["Execution"], object]
    watched: Callable[[str, str], object]  # is told of each step that begins, and its order
    status: str = RUNNING
    state: str = ""
    turn: int = 0  # counts the tries of all states: an answer to an earlier one is a zombie's
    token: str = ""
    tries: Counter[int] = field(default_factory=Counter)

    def start(self) -> None:
        self.world.after(machine()["TimeoutSeconds"], lambda: self.end(TIMED_OUT), lasting=True)
        self._enter(machine()["StartAt"], self.input)

    def end(self, status: str) -> None:
        if self.status == RUNNING:
            self.status = status
            self.world.tell(f"workflow {self.name}: {status}")
            self.ended(self)

    def wake(self) -> None:
        self._succeeded({})

    def _enter(self, state: str, given: Data) -> None:
        if self.status != RUNNING:
            return
        self.state, self.tries = state, Counter()
        self.world.tell(f"workflow {self.name}: {state}")
        kind = self._definition["Type"]
        {"Task": self._task, "Choice": self._choose, "Wait": self._wait}.get(
            kind, lambda _: self.end(SUCCEEDED if kind == "Succeed" else FAILED)
        )(given)

    @property
    def _definition(self) -> Data:
        definition: Data = machine()["States"][self.state]
        return definition

    def _choose(self, given: Data) -> None:
        facts = self._facts(given)
        for choice in self._definition["Choices"]:
            if value_of(choice["Condition"], facts):
                return self._enter(choice["Next"], given)
        return self._enter(self._definition["Default"], given)

    def _wait(self, given: Data) -> None:
        until = datetime.fromisoformat(value_of(self._definition["Timestamp"], self._facts(given)))
        seconds = max(0.0, (until - self.world.now).total_seconds())
        self.world.after(seconds, lambda: self._enter(self._definition["Next"], given))

    def _task(self, given: Data) -> None:
        self.turn += 1
        turn, definition = self.turn, self._definition
        self.given, self.token = given, f"{self.name}/{turn}"
        payload = filled(definition["Arguments"]["Payload"], self._facts(given))
        name = re.findall(r"\$\{(\w+)Function\}", definition["Arguments"]["FunctionName"])[0]
        self.watched(name, self.input["order_id"])
        run = self.world.call(
            f"{name.lower()} {self.name[-6:]}", lambda context: FUNCTIONS[name](payload, context)
        )
        run.skew = self.weather.skew()
        run.then = lambda outcome: self._answered(turn, outcome)
        self.world.after(definition["TimeoutSeconds"], lambda: self._late(turn), lasting=True)

    def _late(self, turn: int) -> None:
        if turn == self.turn and self.status == RUNNING:
            self._failed("States.Timeout")

    def _answered(self, turn: int, outcome: Outcome) -> None:
        if turn != self.turn or self.status != RUNNING:
            return
        if outcome.error:
            self._failed(outcome.error)
        elif "waitForTaskToken" not in self._definition["Resource"]:
            self._succeeded({"Payload": outcome.answer})

    def _succeeded(self, result: Data) -> None:
        self.turn += 1
        definition, facts = self._definition, self._facts(self.given, result=result)
        output = filled(definition["Output"], facts) if "Output" in definition else self.given
        self._enter(definition["Next"], output)

    def _failed(self, error: str) -> None:
        self.turn += 1
        for place, retrier in enumerate(self._definition.get("Retry", ())):
            if matches(retrier["ErrorEquals"], error):
                if self.tries[place] < retrier["MaxAttempts"]:
                    return self._again(retrier, place)
                break
        for catcher in self._definition.get("Catch", ()):
            if matches(catcher["ErrorEquals"], error):
                facts = self._facts(self.given, errorOutput={"Error": error})
                return self._enter(
                    catcher["Next"], filled(catcher.get("Output", self.given), facts)
                )
        return self.end(FAILED)

    def _again(self, retrier: Data, place: int) -> None:
        pause = retrier["IntervalSeconds"] * retrier["BackoffRate"] ** self.tries[place]
        pause = min(pause, retrier["MaxDelaySeconds"])
        if retrier.get("JitterStrategy") == "FULL":
            pause *= self.world.random.random()
        self.tries[place] += 1
        turn = self.turn
        self.world.after(pause, lambda: self._tried_again(turn))

    def _tried_again(self, turn: int) -> None:
        if turn == self.turn and self.status == RUNNING:
            self._task(self.given)

    def _facts(self, given: Data, **others: Data) -> Data:
        context = {
            "Execution": {"Input": self.input},
            "Task": {"Token": self.token},
            "State": {"Name": self.state},
        }
        return {"input": given, "context": context, **others}


def matches(wanted: list[str], error: str) -> bool:
    """``States.TaskFailed`` is every error but a timeout, ``States.ALL`` all of them."""
    if "States.ALL" in wanted or error in wanted:
        return True
    return "States.TaskFailed" in wanted and error != "States.Timeout"


def filled(shape: Any, facts: Data) -> Any:
    if isinstance(shape, dict):
        return {name: filled(it, facts) for name, it in shape.items()}
    return value_of(shape, facts) if isinstance(shape, str) else shape


def value_of(expression: str, facts: Data) -> Any:
    """What this state machine uses of JSONata: a path, or a path that equals a text."""
    found = re.fullmatch(r"\{% \$states\.([\w.]+)(?: = '(\w+)')? %\}", expression)
    if not found:
        return expression
    value: Any = facts
    for name in found[1].split("."):
        value = value[name]
    return value if found[2] is None else value == found[2]


class Workflows:
    """All executions, by their name, which stays taken."""

    def __init__(self, world: World, weather: Weather, notice: Callable[[str], object]) -> None:
        self._world, self._weather, self._notice = world, weather, notice
        self.runs: dict[str, Execution] = {}
        self.watched: Callable[[str, str], object] = lambda *_: None

    def start(self, name: str, given: str) -> bool:
        """False when the name is taken: the emulator says so even while that execution runs."""
        if name in self.runs:
            return False
        run = Execution(name, json.loads(given), self._world, self._weather, self._told, self._seen)
        self.runs[name] = run
        self._world.after(self._world.random.uniform(0, 0.3), run.start)
        if self._weather.strikes("workflow aborted", 0.1):
            self._world.after(self._world.random.uniform(0, 150), lambda: run.end(ABORTED))
        return True

    def _seen(self, step: str, order_id: str) -> None:
        self.watched(step, order_id)

    def woken(self, token: str) -> bool:
        run = self.runs.get(token.partition("/")[0])
        waits = run is not None and run.status == RUNNING and run.token == token
        if run and waits and run.turn == int(token.partition("/")[2]):
            self._world.after(0, run.wake)
            return True
        return False

    def _told(self, run: Execution) -> None:
        """EventBridge tells of those that ended badly, unless it was lost with the emulator."""
        if run.status != SUCCEEDED and not self._weather.strikes("notice lost", 0.2):
            self._notice(json.dumps({"detail": {"name": run.name, "status": run.status}}))
