"""HEAD requests: answered like GET, without the body."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadRequestMiddleware:
    """Turns HEAD into GET and drops the body, so a route only needs to handle GET.

    A range is for GET alone: ignored, so that the length is that of the whole content.
    https://www.rfc-editor.org/rfc/rfc9110#name-head
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            await send({**message, "body": b""} if "body" in message else message)

        headers = [(name, value) for name, value in scope["headers"] if name != b"range"]
        get = {**scope, "method": "GET", "headers": headers}
        await self.app(get, receive, send_without_body)
