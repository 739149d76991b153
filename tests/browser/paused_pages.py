"""Pages on a slow network: the second half of each arrives when the test asks for it."""

from asyncio import Event

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAUSED = "x-paused"  # the name of a request's header
CONTINUE = "/continue"


class PausedPages:
    """Middleware: half of a page, and the rest after the next request of ``CONTINUE``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._continued = Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._is_paused(scope):
            await self._app(scope, receive, send)
        elif scope["path"] == CONTINUE:
            self._continued.set()
            await Response(status_code=204)(scope, receive, send)
        else:
            await self._app(scope, receive, self._in_halves(send))

    @staticmethod
    def _is_paused(scope: Scope) -> bool:
        headers = Headers(scope=scope)
        is_page = headers.get("sec-fetch-dest") == "document"
        return PAUSED in headers and (is_page or scope["path"] == CONTINUE)

    def _in_halves(self, send: Send) -> Send:
        async def send_in_halves(message: Message) -> None:
            if body := message.get("body"):
                middle = len(body) // 2
                await send({**message, "body": body[:middle], "more_body": True})
                await self._continued.wait()
                self._continued.clear()
                message = {**message, "body": body[middle:]}
            await send(message)

        return send_in_halves
