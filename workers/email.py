"""Write the letter that an event calls for, and send it once."""

from typing import Any

from app import clock
from app.aws.secrets import secret
from app.aws.ses import send
from app.emails.delivery import claim, letter_for, mark_sent
from app.orders.events import OrderEvent
from workers.batch import for_each_event


def write(event: OrderEvent) -> None:
    claimed = claim(event, now=clock.now())
    if claimed is None:
        return
    post = letter_for(event, secret())
    if post:
        for address in post.to:
            send(post.letter, address, event_id=event.event_id)
    mark_sent(event, claimed, now=clock.now())


def handler(batch: dict[str, Any], context: object) -> dict[str, Any]:
    return for_each_event(batch, context, write, worker="email")
