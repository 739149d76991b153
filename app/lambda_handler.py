"""The web function on AWS: one HTTP API request in, one answer out."""

import gc

gc.disable()  # collecting while importing costs an eighth of a cold start

import warnings  # noqa: E402

from pydantic import BaseModel  # noqa: E402
from pydantic.warnings import UnsupportedFieldAttributeWarning  # noqa: E402

# FastAPI brings 80 models of OpenAPI along, which only `/api/docs` asks for. So each model is built
# when it is first used, and not when it is defined: an eighth of a cold start too. FastAPI mutes
# this warning about its own doing, but only while it defines.
BaseModel.model_config["defer_build"] = True
warnings.simplefilter("ignore", UnsupportedFieldAttributeWarning)

from collections.abc import Callable  # noqa: E402
from contextvars import ContextVar  # noqa: E402
from typing import Any  # noqa: E402

import anyio.to_thread  # noqa: E402
from mangum import Mangum  # noqa: E402

from app.main import create_app  # noqa: E402
from app.observability.logs import log  # noqa: E402

_alone = ContextVar("_alone", default=False)  # whether this is a request to the function
_in_a_thread = anyio.to_thread.run_sync


async def _at_once[T](work: Callable[..., T], *values: Any, **how: Any) -> T:
    """Run a plain ``def`` where it stands: a function serves one request at a time anyway.

    FastAPI hands routes and dependencies to threads, so that they do not hold up other requests;
    here there are none, and the way to a thread and back costs a seventh of a page's CPU time.
    A server that shares the process, as in tests, keeps its threads: it would wait for itself.
    """
    return work(*values) if _alone.get() else await _in_a_thread(work, *values, **how)


anyio.to_thread.run_sync = _at_once  # type: ignore[assignment]
_answer = Mangum(create_app(), lifespan="off")

gc.enable()
gc.freeze()


def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer an HTTP API request of payload version 2.0; the application logs its one line."""
    if request.get("version") != "2.0" or "requestContext" not in request:
        return _refused("not an HTTP API request")
    token = _alone.set(True)
    try:
        answer: dict[str, Any] = _answer(request, context)
    except ValueError:  # only from taking the request apart: the application lets no error out
        return _refused("not a readable body")
    finally:
        _alone.reset(token)
    return answer


def _refused(reason: str) -> dict[str, Any]:
    log("request", status=400, reason=reason)
    return {"statusCode": 400, "headers": {}, "body": ""}
