"""The local replacement for CloudFront: static files, media and the API on one port."""

import json
import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from threading import Thread
from typing import TYPE_CHECKING

import httpx
import uvicorn
from botocore.exceptions import BotoCoreError, ClientError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from app.web.http.compression import CompressionMiddleware
from app.web.http.head_requests import HeadRequestMiddleware
from infra.build.bundles import ROOT
from infra.build.static_files import read_static_file
from infra.local.api_forwarder import ApiForwarder, unavailable_response
from infra.local.cloud import LocalCloud
from infra.local.edge_cache import EdgeCache
from infra.local.proxy_guard import ProxyGuardMiddleware
from infra.local.stack import STACK_NAME

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
COMPRESSION = Middleware(
    CompressionMiddleware, minimum_size=1000
)  # bytes; CloudFront compresses nothing smaller
CACHE_FOREVER = "public, max-age=31536000, immutable"

# Not every system has these types.
mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("image/webp", ".webp")
mimetypes.add_type("text/javascript", ".js")


class LocalProxy:
    """Serves a "starting" page until ``set_origins`` is called after the first deployment."""

    def __init__(
        self,
        cloud: LocalCloud,
        console: list[BaseRoute] | None = None,
        root: Path = ROOT,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._cloud = cloud
        self._static = (root / "frontend/static").resolve()
        self._media_bucket: str | None = None
        self._api = ApiForwarder(transport)
        self._edge = EdgeCache(self._api.forward)
        self.app = Starlette(
            routes=[
                *(console or []),
                Route("/static/{version}/{path:path}", self._static_file, middleware=[COMPRESSION]),
                Route("/media/{path:path}", self._media),
                Route("/{path:path}", self._edge.respond, methods=METHODS),
            ],
            middleware=[
                Middleware(ProxyGuardMiddleware),
                # The emulated API Gateway computes a HEAD response's length from its empty body.
                Middleware(HeadRequestMiddleware),
            ],
            lifespan=lambda _: self._api.open(),
        )

    def set_origins(self, api_id: str, media_bucket: str) -> None:
        """Forward to this deployment from now on, and forget the pages of the one before."""
        self._edge.clear()
        self._api.api = f"{self._cloud.url}/_aws/execute-api/{api_id}/$default"
        self._api.origin_secret = self._read_origin_secret()
        self._media_bucket = media_bucket

    def _read_origin_secret(self) -> str:
        """The value that CloudFront would send; empty if nothing is deployed."""
        secrets: SecretsManagerClient = self._cloud.client("secretsmanager")
        try:
            secret = secrets.get_secret_value(SecretId=f"{STACK_NAME}/origin-secret")
        except (BotoCoreError, ClientError):
            return ""
        return str(json.loads(secret["SecretString"])["sent"])

    @contextmanager
    def serve(self, listener: socket) -> Iterator[None]:
        """Serve in a thread until the block ends, and close the listener."""
        config = uvicorn.Config(
            self.app,
            http="h11",  # passes on a target that is a whole URL, so that the guard sees it
            log_level="warning",
            server_header=False,
            proxy_headers=False,  # else a client could choose the address that is passed on
            timeout_graceful_shutdown=2,
        )
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, args=([listener],), name="proxy", daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.should_exit = True
            thread.join(5)
            listener.close()

    def _static_file(self, request: Request) -> Response:
        """Every version in the URL serves the current file, uncached, because it may be edited."""
        file = (self._static / request.path_params["path"]).resolve()
        if not (file.is_relative_to(self._static) and file.is_file()):
            return PlainTextResponse("Not found", 404)
        kind, _ = mimetypes.guess_type(file.name)
        headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
        content = read_static_file(file)
        return Response(content, headers=headers, media_type=kind or "application/octet-stream")

    async def _media(self, request: Request) -> Response:
        if self._media_bucket is None:
            return unavailable_response()
        return await run_in_threadpool(self._media_file, self._media_bucket, request.url.path)

    def _media_file(self, bucket: str, path: str) -> Response:
        """The object key is the whole path, `media/` included, as with CloudFront."""
        s3: S3Client = self._cloud.client("s3")
        try:
            item = s3.get_object(Bucket=bucket, Key=path.removeprefix("/"))
            body = item["Body"].read()
        except ClientError:
            return PlainTextResponse("Not found", 404)
        except BotoCoreError:
            return unavailable_response()
        headers = {
            "Cache-Control": CACHE_FOREVER,
            "ETag": item["ETag"],
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox",
        }
        return Response(body, 200, headers, item.get("ContentType", "application/octet-stream"))
