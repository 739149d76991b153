"""The reference of the API, drawn from its own OpenAPI description: no script, no other host."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from app.web.http.templating import render_page
from app.web.security.authorization import PUBLIC

router = APIRouter(include_in_schema=False, dependencies=[PUBLIC])

type Json = dict[str, Any]


@dataclass(frozen=True)
class Field:
    """A parameter, a header or a property: what it is called and what goes in."""

    name: str
    kind: str
    required: bool
    note: str
    place: str = ""


@dataclass(frozen=True)
class Operation:
    """One thing a program can ask for."""

    id: str
    method: str
    path: str
    title: str
    words: str
    fields: tuple[Field, ...]
    body: str
    answers: tuple[tuple[str, str, str], ...]  # status, words, kind


@router.get("/api/openapi.json")
async def description(request: Request) -> JSONResponse:
    return JSONResponse(request.app.openapi())


@router.get("/api/docs")
async def reference(request: Request) -> Response:
    described: Json = request.app.openapi()
    schemas: Json = described.get("components", {}).get("schemas", {})
    return render_page(
        request,
        "api/api.html",
        info=described["info"],
        operations=tuple(_operations(described)),
        schemas={name: _properties(schema) for name, schema in schemas.items()},
    )


def _operations(described: Json) -> Iterator[Operation]:
    for path, methods in described.get("paths", {}).items():
        for method, told in methods.items():
            yield Operation(
                id=f"{method}{path.replace('/', '-').replace('{', '').replace('}', '')}",
                method=method.upper(),
                path=path,
                title=told.get("summary", ""),
                words=told.get("description", ""),
                fields=tuple(_parameter(one) for one in told.get("parameters", ())),
                body=_content_kind(told.get("requestBody", {})),
                answers=tuple(
                    (status, one.get("description", ""), _content_kind(one))
                    for status, one in told.get("responses", {}).items()
                ),
            )


def _parameter(one: Json) -> Field:
    note = one.get("description") or one["schema"].get("description", "")
    return Field(
        one["name"], kind_of(one["schema"]), one.get("required", False), note, place=one["in"]
    )


def _properties(schema: Json) -> tuple[Field, ...]:
    required = schema.get("required", ())
    return tuple(
        Field(name, kind_of(told), name in required, told.get("description", ""))
        for name, told in schema.get("properties", {}).items()
    )


def _content_kind(told: Json) -> str:
    content: Json = next(iter(told.get("content", {}).values()), {})
    return kind_of(content.get("schema", {}))


def kind_of(schema: Json) -> str:
    """A schema in a word: ``Order``, ``list of Line``, ``text or nothing``."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(kind_of(option) for option in options)
    if schema.get("type") == "array":
        return f"list of {kind_of(schema.get('items', {}))}"
    words = {"string": "text", "integer": "whole number", "null": "nothing", "boolean": "yes or no"}
    kind = str(schema.get("type", ""))
    return str(schema.get("format") or words.get(kind, kind))
