"""What all questions and answers of the API have in common: strict input, plain problems."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class ApiRequest(BaseModel):
    """Input. A field we do not know is refused, and so is a number that comes as a text."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ApiResponse(BaseModel):
    """Output."""

    model_config = ConfigDict(frozen=True)


class FieldProblem(ApiResponse):
    """One input that will not do."""

    where: str = Field(description="The path to it, such as body/lines/0/quantity.")
    what: str


class Problem(ApiResponse):
    """Why it was refused (RFC 9457), as application/problem+json."""

    status: int
    title: str
    detail: str
    errors: list[FieldProblem] = []


PROBLEM_DESCRIPTIONS = {
    400: "The request cannot be read, or its Idempotency-Key is missing or misshapen.",
    404: "It does not exist, or is not yours: the two are never told apart.",
    409: "Not as things stand now: there is not enough stock.",
    413: "The body is larger than 256 KB.",
    415: "The body is not JSON.",
    422: "Understood, and wrong: `errors` says where.",
    503: "Nothing was changed. The same request may succeed in a moment.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's ``responses``: what else it may answer."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": PROBLEM_DESCRIPTIONS[status], "model": Problem, "content": content}
        for status in statuses
    }
