"""The one ASGI layer in front of MiniStack: it refuses pages of other sites and foreign keys.

MiniStack allows every origin to read its responses, ignores the Host, and accepts the key `test`
with any signature as the account's root user.
"""

import hmac
import json
import re
from collections.abc import Container, Iterable
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.local.allow_list import (
    RawHeaders,
    Refusal,
    find_origin_refusal,
    find_target_refusal,
    values,
)

# The developer's own tools prove with this header that they may use MiniStack's endpoints.
OPERATOR_HEADER = "X-Operator-Key"
HEALTH_PATH = "/_ministack/health"
# The deployed shop, which checks each request itself.
API_PATH = re.compile(r"/_aws/execute-api/[a-z0-9]+/\$default(?:/|$)")
# The only bucket that accepts forms. MiniStack takes another segment, such as `clusters`, for the
# resource of another service.
UPLOADS_PATH = re.compile(r"/[a-z0-9-]+-uploads-[0-9]{12}-[a-z0-9-]+/?")
AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([A-Z0-9]{16,32})/[0-9]{8}/[a-z0-9-]+/[a-z0-9-]+/aws4_request, ?"
    r"SignedHeaders=[a-z0-9;-]+, ?Signature=[0-9a-f]{64}"
)
# Parameters of presigned URLs, and of the older signature version 2.
SIGNATURE_PARAMETERS = ("x-amz-credential", "x-amz-signature", "awsaccesskeyid", "signature")
PRESIGNED_CREDENTIAL = "X-Amz-Credential"

UNKNOWN_KEY = Refusal(
    403,
    "This key is not of the running local cloud: `shop env` prints one that is.",
)
OPERATOR_ONLY = Refusal(403, "Only commands of `shop` may use this address.")


class CloudGuard:
    """Lets a request pass only if its host, path, origin and credentials are on the allow-list.

    ``known_keys`` are the access keys of the operator and of the functions. Whether a known key
    also signed the request is checked by MiniStack.
    """

    def __init__(
        self,
        app: ASGIApp,
        origins: Iterable[str],
        operator_secret: str,
        known_keys: Container[str],
    ) -> None:
        self._app = app
        self._origins = tuple(origins)
        self._operator_secret = operator_secret.encode()
        self._known_keys = known_keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] != "http":  # nothing here uses WebSockets
            await send({"type": "websocket.close", "code": 1008})
        elif refusal := self._find_refusal(scope):
            await _refusal_response(refusal, Headers(scope=scope))(scope, receive, send)
        else:
            await self._app(scope, receive, _without_foreign_cors(scope, send))

    def _find_refusal(self, scope: Scope) -> Refusal | None:
        headers = scope["headers"]
        # After an upload, S3 redirects the browser to a page of the shop, and the browser reports
        # such a request as cross-site. The shop decides about it, as on AWS.
        visible = _without_site(headers) if API_PATH.match(scope["path"]) else headers
        return (
            find_target_refusal(scope["raw_path"], headers)
            or find_origin_refusal(visible, self._origins)
            or self._find_credential_refusal(scope)
        )

    def _find_credential_refusal(self, scope: Scope) -> Refusal | None:
        headers, path = Headers(scope=scope), scope["path"]
        if _needs_no_key(scope["method"], path, headers, scope["query_string"]):
            return None
        if path.startswith("/_"):  # MiniStack's own endpoints, which ignore signatures
            given = headers.get(OPERATOR_HEADER, "").encode()
            return None if hmac.compare_digest(given, self._operator_secret) else OPERATOR_ONLY
        return None if self._claimed_key(scope) in self._known_keys else UNKNOWN_KEY

    def _claimed_key(self, scope: Scope) -> str | None:
        """The access key that signed the request; ``None`` if there is none, or more than one.

        Strict, because a request that MiniStack reads differently might have another's permissions.
        """
        query: bytes = scope["query_string"]
        parameters = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
        signing = [name for name, _ in parameters if name.lower() in SIGNATURE_PARAMETERS]
        authorization = values(scope["headers"], b"authorization")
        if len(authorization) == 1 and not signing:
            match = AUTHORIZATION.fullmatch(authorization[0].decode("latin-1"))
            return match[1] if match else None
        if not authorization and sorted(signing) == [PRESIGNED_CREDENTIAL, "X-Amz-Signature"]:
            return dict(parameters)[PRESIGNED_CREDENTIAL].partition("/")[0]
        return None


def _without_site(headers: RawHeaders) -> RawHeaders:
    return [it for it in headers if it[0] != b"sec-fetch-site"]


def _needs_no_key(method: str, path: str, headers: Headers, query: bytes) -> bool:
    """Health checks, the shop's API, and uploads by a form that contains its own signature."""
    if path == HEALTH_PATH:
        return method in {"GET", "HEAD"}
    if API_PATH.match(path):
        return True
    if query or not UPLOADS_PATH.fullmatch(path):
        return False
    if method == "OPTIONS":  # a preflight has no credentials; the origin is already checked
        return "origin" in headers
    is_form = headers.get("content-type", "").startswith("multipart/form-data;")
    return method == "POST" and is_form and not {"authorization", "x-amz-target"} & set(headers)


def _without_foreign_cors(scope: Scope, send: Send) -> Send:
    """Remove CORS headers unless they name the request's own origin, which is on the list."""
    origins = values(scope["headers"], b"origin")

    async def send_restricted(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message["headers"])
            if values(headers, b"access-control-allow-origin") != origins:
                headers = [it for it in headers if not it[0].lower().startswith(b"access-control-")]
            message = {**message, "headers": headers}
        await send(message)

    return send_restricted


def _refusal_response(refusal: Refusal, headers: Headers) -> Response:
    """In the format of the caller's protocol, so that AWS tools print the reason."""
    if headers.get("content-type", "").startswith("application/x-amz-json"):
        body = json.dumps({"__type": "AccessDeniedException", "message": refusal.reason})
        return Response(body, refusal.status, media_type="application/x-amz-json-1.0")
    error = f"<Error><Code>AccessDenied</Code><Message>{refusal.reason}</Message></Error>"
    return Response(
        f"<ErrorResponse>{error}</ErrorResponse>", refusal.status, media_type="text/xml"
    )
