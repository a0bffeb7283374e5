"""Every error leaves as application/problem+json (RFC 9457), validation errors with the fields at fault."""

import logging
from collections.abc import Sequence
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from backend.api.field_words import in_words
from backend.api.paths import asked_path
from backend.api.schemas import ChoiceProblem, FieldProblem, Problem
from backend.core.errors import Choice, ChoiceError, FieldError, InvalidError, MemoscopeError
from backend.core.faults import explain

MEDIA_TYPE = "application/problem+json"

logger = logging.getLogger(__name__)


def problem(
    request: Request,
    status: int,
    title: str,
    detail: str,
    fields: Sequence[FieldError] = (),
    choice: Choice | None = None,
) -> JSONResponse:
    """Build a problem document for this request."""
    body = Problem(
        title=title,
        status=status,
        detail=detail,
        instance=asked_path(request.scope),
        errors=[FieldProblem(**asdict(field)) for field in fields],
        choice=None if choice is None else ChoiceProblem.model_validate(choice),
    )
    said = body.model_dump(exclude_none=True)
    if body.choice is not None:
        said["choice"] = body.choice.model_dump()  # where null means something: a picture without a row
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    return JSONResponse(said, status, headers, MEDIA_TYPE)


def field_errors(errors: Sequence[Any], prefix: Sequence[str | int] = ()) -> tuple[FieldError, ...]:
    """Turn pydantic's errors into pointers and texts; the input itself is never repeated."""
    return tuple(
        FieldError(pointer="/" + "/".join(map(str, (*prefix, *error["loc"]))), detail=in_words(error))
        for error in errors
    )


def invalid_params(error: ValidationError, known: Sequence[str]) -> InvalidError:
    """Turn a study's validation error into one that points into the request's `params`."""
    fields = field_errors(error.errors(include_url=False), ("params",))
    texts = "; ".join(f"{field.pointer.removeprefix('/params/')}: {field.detail}" for field in fields)
    return InvalidError(f"{texts} (parameters are: {', '.join(known)})", fields)


def invalid_query(error: ValidationError, known: Sequence[str]) -> InvalidError:
    """Turn a validation error of a query into one that points into it."""
    fields = field_errors(error.errors(include_url=False), ("query",))
    texts = "; ".join(f"{field.pointer.removeprefix('/query/')}: {field.detail}" for field in fields)
    return InvalidError(f"{texts} (the query may have: {', '.join(known)})", fields)


def install(app: FastAPI) -> None:
    """Render all errors of an app as problem documents and declare them in its OpenAPI document."""

    @app.exception_handler(MemoscopeError)
    def _answer(request: Request, error: MemoscopeError) -> JSONResponse:
        choice = error.choice if isinstance(error, ChoiceError) else None
        return problem(request, error.status, error.title, error.detail, error.fields, choice)

    @app.exception_handler(RequestValidationError)
    def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        if any(entry["type"] == "json_invalid" for entry in error.errors()):
            return problem(request, 400, "Malformed JSON", "The body is not valid JSON.")
        located = [{**entry, "loc": _location(entry["loc"])} for entry in error.errors()]
        fields = field_errors(located)
        detail = "; ".join(f"{field.pointer.lstrip('/') or 'body'}: {field.detail}" for field in fields)
        return problem(request, 422, "Invalid request", detail, fields)

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> JSONResponse:
        title = HTTPStatus(error.status_code).phrase
        answer = problem(request, error.status_code, title, str(error.detail))
        answer.headers.update(error.headers or {})
        return answer

    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]


def fault(request: Request, error: Exception) -> JSONResponse:
    """Answer what nobody has foreseen, or what comes from outside and passes; both are logged."""
    known = explain(error)
    if known is not None:
        logger.warning("%s %s: %s", request.method, asked_path(request.scope), known.detail)
        return problem(request, known.status, known.title, known.detail)
    logger.error("%s %s failed", request.method, asked_path(request.scope), exc_info=error)
    detail = "Something broke on our side; the server's log has the details. Nothing you sent was stored."
    return problem(request, 500, "Internal error", detail)


def _location(loc: Sequence[str | int]) -> Sequence[str | int]:
    """Pointers into a body leave out the word `body`; those of a query or header keep theirs."""
    return loc[1:] if loc and loc[0] == "body" else loc


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        components = schema["components"]["schemas"]
        problem_schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        components.update(problem_schema.pop("$defs"), Problem=problem_schema)
        for unused in ("HTTPValidationError", "ValidationError"):
            components.pop(unused, None)
        content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        for operations in schema["paths"].values():
            for operation in operations.values():
                operation["responses"].pop("422", None)
                operation["responses"]["4XX"] = {"description": "What is wrong", "content": content}
        app.openapi_schema = schema
    return app.openapi_schema
