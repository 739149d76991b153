"""Query parameters: a parameter that the route reads may occur once, all others are ignored.

Two parsers read a repeated parameter differently (HTTP parameter pollution):
https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/07-Input_Validation_Testing/04-Testing_for_HTTP_Parameter_Pollution
Other sites add parameters of their own to our links, such as ``utm_source``, and nothing reads
those.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, get_origin

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from app.i18n.messages import lazy_gettext
from app.web.security.errors import RequestRejected

SEQUENCES = (list, tuple, set, frozenset)

_single_params: dict[Callable[..., Any], frozenset[str]] = {}  # by endpoint


async def require_single_params(request: Request) -> None:
    """Raise ``RequestRejected`` (400) if a parameter that the route reads occurs twice.

    A parameter that is read as a sequence, such as the colours of the filter form, may repeat.
    """
    params = request.query_params
    if len(params.multi_items()) == len(params):
        return
    single = single_params(request.scope["route"])
    for name, count in Counter(name for name, _ in params.multi_items()).items():
        if count > 1 and name in single:
            message = lazy_gettext(
                "The URL contains the parameter “%(name)s” more than once. Keep only one.",
                name=name,
            )
            raise RequestRejected(400, message)


def single_params(route: APIRoute) -> frozenset[str]:
    """The names of the query parameters that the route and its dependencies read as one value."""
    if route.endpoint not in _single_params:
        fields = dict(_query_fields(route.dependant))
        single = (name for name, field in fields.items() if not _is_sequence(field))
        _single_params[route.endpoint] = frozenset(single)
    return _single_params[route.endpoint]


def query_params(route: APIRoute) -> frozenset[str]:
    """The names of all query parameters that the route and its dependencies read."""
    return frozenset(name for name, _ in _query_fields(route.dependant))


def _query_fields(dependant: Dependant) -> Iterator[tuple[str, FieldInfo]]:
    """Name and field of each parameter; a model of parameters counts with each of its fields."""
    for param in dependant.query_params:
        model = param.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            for name, field in model.model_fields.items():
                yield field.alias or name, field
        else:
            yield param.alias, param.field_info
    for dependency in dependant.dependencies:
        yield from _query_fields(dependency)


def _is_sequence(field: FieldInfo) -> bool:
    return get_origin(field.annotation) in SEQUENCES
