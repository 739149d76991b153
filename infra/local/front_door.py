"""The part CloudFront plays on AWS: one address for static files, media and the shop."""

import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from threading import Thread
from typing import TYPE_CHECKING

import uvicorn
from botocore.exceptions import BotoCoreError, ClientError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from infra.build.bundles import ROOT
from infra.local.cloud import LocalCloud
from infra.local.proxy import Proxy, away

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
PACKED = Middleware(GZipMiddleware, minimum_size=1000)  # CloudFront packs nothing smaller
FOR_EVER = "public, max-age=31536000, immutable"

# Not every system knows these.
mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("image/webp", ".webp")
mimetypes.add_type("text/javascript", ".js")


class FrontDoor:
    """Until `lead_to` has named the deployed shop, visitors are asked to wait a moment."""

    def __init__(
        self, cloud: LocalCloud, beside: list[BaseRoute] | None = None, root: Path = ROOT
    ) -> None:
        self._cloud = cloud
        self._static = (root / "frontend/static").resolve()
        self._media_bucket: str | None = None
        self._proxy = Proxy()
        self.app = Starlette(
            routes=[
                *(beside or []),
                Route("/static/{version}/{path:path}", self._static_file, middleware=[PACKED]),
                Route("/media/{path:path}", self._media),
                Route("/{path:path}", self._proxy.answer, methods=METHODS),
            ],
            lifespan=lambda _: self._proxy.open(),
        )

    def lead_to(self, api_id: str, media_bucket: str) -> None:
        self._proxy.api = f"{self._cloud.url}/_aws/execute-api/{api_id}/$default"
        self._media_bucket = media_bucket

    @contextmanager
    def open(self, listener: socket) -> Iterator[None]:
        """Serve from a thread, until the block ends."""
        config = uvicorn.Config(
            self.app, log_level="warning", server_header=False, timeout_graceful_shutdown=2
        )
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, args=([listener],), name="front door", daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.should_exit = True
            thread.join(5)
            listener.close()

    def _static_file(self, request: Request) -> Response:
        """Any version serves the present file, asked for anew each time: it may just be edited."""
        file = (self._static / request.path_params["path"]).resolve()
        if not (file.is_relative_to(self._static) and file.is_file()):
            return PlainTextResponse("Not found", 404)
        kind, _ = mimetypes.guess_type(file.name)
        headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
        return FileResponse(file, headers=headers, media_type=kind or "application/octet-stream")

    async def _media(self, request: Request) -> Response:
        if self._media_bucket is None:
            return away()
        return await run_in_threadpool(self._picture, self._media_bucket, request.url.path)

    def _picture(self, bucket: str, path: str) -> Response:
        """CloudFront asks a bucket for the whole path, `media/` included, and so do we."""
        s3: S3Client = self._cloud.client("s3")
        try:
            found = s3.get_object(Bucket=bucket, Key=path.removeprefix("/"))
            body = found["Body"].read()
        except ClientError:
            return PlainTextResponse("Not found", 404)
        except BotoCoreError:
            return away()
        headers = {
            "Cache-Control": FOR_EVER,
            "ETag": found["ETag"],
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox",
        }
        return Response(body, 200, headers, found.get("ContentType", "application/octet-stream"))
