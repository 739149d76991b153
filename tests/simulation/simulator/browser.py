"""A browser that sends API Gateway events to the web function and the admin function.

A request is one step of the simulation: its event loop cannot be suspended at AWS calls, so other
functions run between two requests and never during one.
"""

import asyncio
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from typing import Any
from urllib.parse import urlencode

from app.catalog import catalog_cache
from tests.api_gateway import handle_request, is_admin
from tests.simulation.simulator.scheduler import Invocation, Outcome, Scheduler

type Fields = dict[str, str]
type Payload = dict[str, Any]
RETRY_SECONDS = 5  # until a request without a response is sent again
MAX_ATTEMPTS = 6


class WebInvocation(Invocation):
    """One invocation of the web or the admin function."""

    def wait(self, seconds: float) -> None:
        """Do not switch: a request takes no virtual time."""


@dataclass(frozen=True)
class Form:
    """The fields of a POST request, and its path."""

    path: str
    fields: Fields = field(default_factory=dict)
    headers: Fields = field(default_factory=dict)


class Browser:
    """A browser with one cookie. ``responses`` are those that arrived."""

    def __init__(self, scheduler: Scheduler, cookie: str) -> None:
        self._scheduler, self._cookie = scheduler, cookie
        self.responses: list[Payload] = []

    def get(self, path: str) -> str:
        """The page at this path, requested during set-up."""
        response = _handle(self._event("GET", Form(path)))
        assert response["statusCode"] == 200, (path, response["statusCode"])
        page: str = response["body"]
        return page

    def post(self, path: str, fields: Fields) -> None:
        """Send a form during set-up."""
        assert _handle(self._event("POST", Form(path, fields)))["statusCode"] == 303

    def submit(self, form: Form, *, attempts: int = MAX_ATTEMPTS) -> None:
        """Send a form, and send the same form again when no response arrives."""
        event = self._event("POST", form)
        name = f"{'admin' if is_admin(form.path) else 'web'} {form.path}"
        invocation = WebInvocation(self._scheduler, name, lambda: _handle(event), 30)
        invocation.on_finish = lambda outcome: self._receive(form, outcome, attempts)
        invocation.switch()

    def _receive(self, form: Form, outcome: Outcome, attempts: int) -> None:
        if not outcome.error:
            self.responses.append(outcome.answer)
        if attempts > 1 and (outcome.error or outcome.answer["statusCode"] >= 500):
            catalog_cache.clear_cache()  # the next process starts with an empty cache
            self._scheduler.after(RETRY_SECONDS, lambda: self.submit(form, attempts=attempts - 1))

    def _event(self, method: str, form: Form) -> Payload:
        """An event of API Gateway's HTTP API, payload version 2.0."""
        kind = "application/x-www-form-urlencoded"
        headers = {"host": "localhost", "content-type": kind, "cookie": self._cookie}
        path, _, query = form.path.partition("?")
        return {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": query,
            "headers": headers | form.headers,
            "requestContext": {
                "http": {"method": method, "path": path, "sourceIp": "192.0.2.1"},
                "stage": "$default",
            },
            "body": form.fields.get("json") or urlencode(form.fields),
            "isBase64Encoded": False,
        }


@cache
def _event_loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


def _handle(event: Payload) -> Payload:
    asyncio.set_event_loop(_event_loop())
    return handle_request(event, None)


def hidden_fields(page: str, *names: str) -> Fields:
    """The values of a page's inputs with these names."""
    return {name: _input_value(page, name) for name in names}


def _input_value(page: str, name: str) -> str:
    (tag, *_) = (tag for tag in page.split("<input")[1:] if f'name="{name}"' in tag)
    return unescape(tag.split('value="')[1].split('"')[0])
