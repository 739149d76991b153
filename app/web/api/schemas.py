"""What all API models share: strict input, frozen output and problem+json errors."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class ApiRequest(BaseModel):
    """Input. Unknown fields are rejected, and so is a number that is sent as a string."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ApiResponse(BaseModel):
    """Output."""

    model_config = ConfigDict(frozen=True)


class FieldProblem(ApiResponse):
    """One invalid input."""

    location: str = Field(description="The path to the input.", examples=["body/lines/0/quantity"])
    detail: str = Field(examples=["Input should be less than or equal to 10"])


class Problem(ApiResponse):
    """An error as problem details: https://www.rfc-editor.org/rfc/rfc9457"""

    status: int = Field(description="The HTTP status code.", examples=[422])
    title: str = Field(description="The kind of error.", examples=["There is a problem"])
    detail: str = Field(
        description="What is wrong with this request.",
        examples=["Validation failed; see `errors`."],
    )
    errors: list[FieldProblem] = []


PROBLEM_DESCRIPTIONS = {
    400: "The request is malformed, or its Idempotency-Key is missing or invalid.",
    404: "Not found. Another customer's order gets the same response as one that does not exist.",
    409: "Not enough stock.",
    413: "The body is larger than 256 KB.",
    415: "The body is not JSON.",
    422: "Validation failed; see `errors`.",
    503: "Temporarily unavailable. Nothing was changed; retry after `Retry-After` seconds.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error responses of a route, for its ``responses`` parameter."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {
            "description": PROBLEM_DESCRIPTIONS[status],
            "model": Problem,
            "content": content,
        }
        for status in statuses
    }
