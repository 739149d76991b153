"""What all API models share: strict input, frozen output and problem+json errors."""

from typing import Any

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from app.discounts.refusals import DiscountRefused
from app.web.http.errors import HEADINGS
from app.web.http.request_id import PROBLEM_JSON, problem_response


class ApiRequest(BaseModel):
    """Input. Unknown fields are rejected, and so is a number that is sent as a string."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ApiResponse(BaseModel):
    """Output."""

    model_config = ConfigDict(frozen=True)


class FieldProblem(ApiResponse):
    """One invalid input."""

    location: str = Field(description="The path to the input, such as `body/lines/0/quantity`.")
    detail: str = Field(description="What is wrong with it.")


class Problem(ApiResponse):
    """An error as problem details: https://www.rfc-editor.org/rfc/rfc9457"""

    status: int = Field(description="The HTTP status code.")
    title: str = Field(description="The kind of error.")
    detail: str = Field(description="What is wrong with this request.")
    errors: list[FieldProblem] = []
    request_id: str = Field(default="", description="The id of this request, for questions to us.")


class TotalProblem(Problem):
    """A problem with the current total, if the order's ``expected_total`` differs from it."""

    total: int | None = Field(None, description="The current total in euro cents.")


class CodedProblem(Problem):
    """A problem with a code for programs, if the order's ``discount_code`` cannot be used."""

    code: str | None = Field(None, description="Why, such as `discount_ended`.")


PROBLEM_DESCRIPTIONS = {
    400: "The request is malformed, or its Idempotency-Key is missing or invalid.",
    404: "Not found. Another customer's order gets the same response as one that does not exist.",
    401: "No session of a customer who has signed in.",
    409: "Not enough stock, a discount code that cannot be used (see `code`), a request with the"
    " same Idempotency-Key is still running, or the order can no longer be cancelled.",
    410: "The personal data of the order has been erased.",
    412: "The order has changed since the `ETag` in `If-Match`. Nothing was changed.",
    413: "The body is larger than 256 KB.",
    415: "The body is not JSON.",
    422: "Validation failed; see `errors`. Or the Idempotency-Key belongs to another order.",
    429: "Too many new or unpaid orders from your network; see `Retry-After`.",
    503: "Temporarily unavailable. Nothing was changed; retry after `Retry-After` seconds.",
}


def problems(*statuses: int, model: type[Problem] = Problem) -> dict[int | str, dict[str, Any]]:
    """The error responses of a route, for its ``responses`` parameter.

    FastAPI would make a field of each ``model`` at each cold start, so ``problem_schemas`` adds
    the models to the description.
    """
    return {
        status: {
            "description": PROBLEM_DESCRIPTIONS[status],
            "content": {
                PROBLEM_JSON: {
                    "schema": {"$ref": f"#/components/schemas/{model.__name__}"},
                    "example": _example(status),
                }
            },
        }
        for status in statuses
    }


def problem_schemas() -> dict[str, Any]:
    """The schemas that ``problems`` refers to, by name."""
    from pydantic.json_schema import models_json_schema  # noqa: PLC0415 (late: for the file only)

    _, schema = models_json_schema(
        [(model, "serialization") for model in (Problem, TotalProblem, CodedProblem)],
        ref_template="#/components/schemas/{model}",
    )
    return dict(schema["$defs"])


def _example(status: int) -> dict[str, Any]:
    title, detail = str(HEADINGS[status]), PROBLEM_DESCRIPTIONS[status]
    example: dict[str, Any] = {"status": status, "title": title, "detail": detail}
    if status == 422:
        location, reason = "body/lines/0/quantity", "Input should be less than or equal to 10"
        example["errors"] = [{"location": location, "detail": reason}]
    return example


def total_changed(total: int) -> Response:
    detail = f"The total is {total} cents now. Nothing was ordered."
    problem = TotalProblem(
        status=422,
        title="The total has changed",
        detail=detail,
        errors=[FieldProblem(location="body/expected_total", detail=detail)],
        total=total,
    )
    return problem_response(problem.model_dump())


def code_refused(refused: DiscountRefused) -> Response:
    problem = CodedProblem(
        status=409,
        title="The discount code cannot be used",
        detail=refused.message,
        code=refused.reason,
    )
    return problem_response(problem.model_dump())
