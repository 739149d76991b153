"""What bundles have instead of FastAPI's telemetry, which the shop does not configure.

FastAPI calls these for each request. The originals import OpenTelemetry and ask it each time
whether it is configured. The shop's own spans are log lines (`app/observability/spans.py`).
"""

from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

type Messages = Callable[..., Awaitable[Any]]

TelemetryConfig = dict[str, Any]
NOTHING: AbstractContextManager[None] = nullcontext()


class TelemetryData:
    """Nothing is recorded of a request."""


class ExceptionTelemetryMiddleware:
    """Records no exceptions."""

    def __init__(self, app: Messages) -> None:
        self.app = app

    async def __call__(
        self, scope: MutableMapping[str, Any], receive: Messages, send: Messages
    ) -> None:
        await self.app(scope, receive, send)


class NativeTelemetry:
    """Is never enabled."""

    def __init__(self, config: TelemetryConfig) -> None:
        pass

    def enabled(self) -> bool:
        return False


def get_telemetry_data() -> None:
    pass


def _operation(**_: object) -> AbstractContextManager[None]:
    return NOTHING


def _run_sync_endpoint(*, function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    return function(**arguments)


def _ignore(*_: object, **__: object) -> None:
    pass


_route_selected = _validation_failed = _legacy_otel = _ignore
