"""Runs a web application on Lambda: one HTTP API request in, one response out.

Import this module before any other of the application: it prepares a short cold start.
"""

import gc

gc.disable()  # garbage collection during imports costs an eighth of a cold start

import os  # noqa: E402
import random  # noqa: E402
import warnings  # noqa: E402

from pydantic import BaseModel, TypeAdapter  # noqa: E402
from pydantic.warnings import UnsupportedFieldAttributeWarning  # noqa: E402

# Pydantic builds the validator of a model or parameter at its first use instead of at its
# definition: the first request needs few of them. FastAPI silences the warning below only while it
# defines its own models.
BaseModel.model_config["defer_build"] = True
TypeAdapter._defer_build = True  # type: ignore[assignment]
warnings.simplefilter("ignore", UnsupportedFieldAttributeWarning)

from collections.abc import Callable  # noqa: E402
from contextvars import ContextVar  # noqa: E402
from typing import Any  # noqa: E402

import anyio.to_thread  # noqa: E402
from fastapi import FastAPI  # noqa: E402
from mangum import Mangum  # noqa: E402

from app.observability.ids import renew_process  # noqa: E402
from app.observability.lambda_context import inject_lambda_context  # noqa: E402
from app.observability.logs import log  # noqa: E402

type Handler = Callable[[dict[str, Any], Any], dict[str, Any]]

_in_lambda = ContextVar("_in_lambda", default=False)  # whether this request came from Lambda
_run_in_thread = anyio.to_thread.run_sync


async def _run_inline[T](work: Callable[..., T], *values: Any, **options: Any) -> T:
    """Run a synchronous route or dependency on the event loop instead of in a thread.

    FastAPI uses threads so that one request does not block others. A Lambda function serves one
    request at a time, and switching threads costs a seventh of a page's CPU time. Requests that
    did not come from Lambda keep their threads: a test server in this process would deadlock.
    """
    if _in_lambda.get():
        return work(*values)
    return await _run_in_thread(work, *values, **options)


anyio.to_thread.run_sync = _run_inline  # type: ignore[assignment]


def create_handler(app: FastAPI, module: str) -> Handler:
    """The Lambda handler of an application, whose modules have been imported, but for lazy routes.

    It handles HTTP API requests of payload version 2.0. ``module`` is the entry point, which traces
    name. The application writes the access log.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    respond = Mangum(app, lifespan="off")
    _prepare_for_snapshot()
    gc.enable()
    gc.freeze()

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        if event.get("version") != "2.0" or "requestContext" not in event:
            return _bad_request("not an HTTP API request")
        token = _in_lambda.set(True)
        try:
            response: dict[str, Any] = respond(event, context)
        except ValueError:  # of Mangum, which decodes the request: the app catches all errors
            return _bad_request("not a readable body")
        finally:
            _in_lambda.reset(token)
        return response

    handler.__module__ = module
    return inject_lambda_context(handler)


def is_started_by_request() -> bool:
    """Whether a request waits for this start.

    With SnapStart or provisioned concurrency none does, so the start should do all it can.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    return _initialization_type() == "on-demand"


def _initialization_type() -> str:
    return os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")


def _prepare_for_snapshot() -> None:
    """With SnapStart, let each copy of the snapshot draw its own random values after its restore.

    https://docs.aws.amazon.com/lambda/latest/dg/snapstart-uniqueness.html
    """
    if _initialization_type() != "snap-start":
        return
    # A module of Lambda's Python runtime.
    from snapshot_restore_py import (  # type: ignore[import-not-found]  # noqa: PLC0415
        register_after_restore,
    )

    register_after_restore(random.seed)  # delays of retries, shards of stock rows
    register_after_restore(renew_process)


def _bad_request(reason: str) -> dict[str, Any]:
    log("request", status=400, reason=reason)
    return {"statusCode": 400, "headers": {}, "body": ""}
