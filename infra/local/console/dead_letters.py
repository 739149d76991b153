"""The dead-letter desk at `/console/dead-letters`: look, send back, discard; what came of it."""

import getpass
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from infra.local.cloud import LocalCloud
from infra.local.console.rendering import at_home, back_to, from_elsewhere, missing, page
from infra.ops.dead_letters.audit_trail import Person, entries
from infra.ops.dead_letters.messages import DeadLetter, in_hand, unreadable
from infra.ops.dead_letters.outcomes import outcome
from infra.ops.dead_letters.queues import (
    DeadLetterQueue,
    find_dead_letter_queue,
    dead_letter_queues,
)
from infra.ops.dead_letters.redrive import Done, Plan, discard, redrive
from infra.ops.deployed_stack import Deployed
from infra.user_error import Trouble

HERE = "/console/dead-letters"
MOST = 25  # sent back at one press: five seconds, which a page may take
LONGEST_REASON = 200

type Pile = dict[str, list[DeadLetter]]


def dead_letter_pages(cloud: LocalCloud) -> list[BaseRoute]:
    pages = DeadLetterPages(Deployed.on(cloud))
    return [
        at_home(HERE, pages.show),
        at_home(HERE + "/{queue}", pages.act, methods=["POST"]),
    ]


class DeadLetterPages:
    def __init__(self, shop: Deployed) -> None:
        self._shop = shop

    def show(self, request: Request) -> Response:
        return self._page(request.query_params.get("said", "")[:LONGEST_REASON])

    async def act(self, request: Request) -> Response:
        """`to` is "send", "try" (a dry run) or "discard"; `letter` is one of them, or all."""
        if from_elsewhere(request):
            return missing(status=403)
        form = {name: str(value).strip() for name, value in (await request.form()).items()}
        try:
            queue = find_dead_letter_queue(self._shop, request.path_params["queue"])
        except Trouble as unknown:
            return missing(str(unknown))
        if form.get("to") == "discard":
            return self._discarded(queue, form.get("letter", ""), form.get("why", ""))
        return self._sent_back(queue, form.get("letter", ""), dry=form.get("to") != "send")

    def _sent_back(self, queue: DeadLetterQueue, letter: str, *, dry: bool) -> Response:
        plan = Plan(frozenset(filter(None, [letter])), most=MOST, dry=dry)
        done = redrive(self._shop, queue, plan, Person(getpass.getuser()))
        if dry:
            return self._page(_tally(queue, done, "would go"), done)
        return back_to(f"{HERE}?said={_tally(queue, done, 'went')}#{queue.name}")

    def _discarded(self, queue: DeadLetterQueue, letter: str, why: str) -> Response:
        if not why or len(why) > LONGEST_REASON:
            return self._page("Why is it discarded? A few words, please.", status=422)
        gone = discard(self._shop, queue, letter, Person(getpass.getuser(), why))
        said = "It is discarded." if gone else "It was not there any more."
        return back_to(f"{HERE}?said={said}#{queue.name}")

    def _page(self, said: str, done: list[Done] | None = None, status: int = 200) -> Response:
        now = datetime.now(UTC)
        queues = dead_letter_queues(self._shop)
        piles = {queue.name: self._pile(queue) for queue in queues}
        lying = {(name, it.event_id) for name, pile in piles.items() for it in pile}
        trail = [(it, outcome(self._shop, it, lying)) for it in entries(self._shop, now=now)]
        return page(
            "dead_letters.html",
            status,
            queues=queues,
            piles=piles,
            total=sum(map(len, piles.values())),
            plan={it.letter.message_id: it.said for it in done or ()},
            unreadable=unreadable,
            trail=trail,
            said=said,
            age=lambda moment: age(now, moment),
        )

    def _pile(self, queue: DeadLetterQueue) -> list[DeadLetter]:
        with in_hand(self._shop, queue) as letters:
            return sorted(letters, key=lambda it: it.sent_at)


def age(now: datetime, then: datetime) -> str:
    """In the largest unit that fits: 40 s, 5 min, 3 h, 2 days."""
    seconds = int((now - then).total_seconds())
    for unit, length in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length * (2 if unit == "days" else 1):
            return f"{seconds // length} {unit}"
    return f"{max(0, seconds)} s"


def _tally(queue: DeadLetterQueue, done: list[Done], verb: str) -> str:
    sent = sum(it.sent for it in done)
    return f"{sent} {verb} to {queue.destination}, {len(done) - sent} stay."
