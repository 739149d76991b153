"""The web function as a browser reaches it: requests of API Gateway, each answered in one go.

Other functions act between two requests and never within one: its event loop cannot be left.
"""

import asyncio
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from typing import Any
from urllib.parse import urlencode

from app.catalog import catalog_cache
from app.lambda_handler import handler
from tests.simulation.simulator.world import Invocation, Outcome, World

type Fields = dict[str, str]
type Told = dict[str, Any]
PATIENCE = 5  # seconds until somebody without an answer presses again
MOST_TRIES = 6


class Request(Invocation):
    """One run of the web function."""

    def wait(self, seconds: float) -> None:
        """Time stands still."""


@dataclass(frozen=True)
class Form:
    """What is sent, and where to."""

    path: str
    fields: Fields = field(default_factory=dict)
    headers: Fields = field(default_factory=dict)


class Browser:
    """A browser with one cookie; ``seen`` are the answers that came."""

    def __init__(self, world: World, cookie: str) -> None:
        self._world, self._cookie = world, cookie
        self.seen: list[Told] = []

    def get(self, path: str) -> str:
        """A page, looked at before anybody dies."""
        answer = _answered(self._event("GET", Form(path)))
        assert answer["statusCode"] == 200, (path, answer["statusCode"])
        page: str = answer["body"]
        return page

    def did(self, path: str, fields: Fields) -> None:
        """Pressed before anybody dies."""
        assert _answered(self._event("POST", Form(path, fields)))["statusCode"] == 303

    def press(self, form: Form, *, tries: int = MOST_TRIES) -> None:
        """Send a form, and send it again as it is when no answer comes."""
        event = self._event("POST", form)
        request = Request(self._world, f"web {form.path}", lambda: _answered(event), 30)
        request.then = lambda outcome: self._heard(form, outcome, tries)
        request.switch()

    def _heard(self, form: Form, outcome: Outcome, tries: int) -> None:
        if not outcome.error:
            self.seen.append(outcome.answer)
        if tries > 1 and (outcome.error or outcome.answer["statusCode"] >= 500):
            catalog_cache.forget()  # the next process knows nothing
            self._world.after(PATIENCE, lambda: self.press(form, tries=tries - 1))

    def _event(self, method: str, form: Form) -> Told:
        """As API Gateway's HTTP API sends it, payload version 2.0."""
        kind = "application/x-www-form-urlencoded"
        usual = {"host": "localhost", "content-type": kind, "cookie": self._cookie}
        bare, _, query = form.path.partition("?")
        return {
            "version": "2.0",
            "rawPath": bare,
            "rawQueryString": query,
            "headers": usual | form.headers,
            "requestContext": {
                "http": {"method": method, "path": bare, "sourceIp": "192.0.2.1"},
                "stage": "$default",
            },
            "body": form.fields.get("json") or urlencode(form.fields),
            "isBase64Encoded": False,
        }


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


def _answered(event: Told) -> Told:
    asyncio.set_event_loop(_loop())
    answer: Told = handler(event, None)
    return answer


def hidden(page: str, *names: str) -> Fields:
    """What the inputs of a page hold under these names."""
    return {name: _held(page, name) for name in names}


def _held(page: str, name: str) -> str:
    (tag, *_) = (it for it in page.split("<input")[1:] if f'name="{name}"' in it)
    return unescape(tag.split('value="')[1].split('"')[0])
