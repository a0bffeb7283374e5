"""Errors with a meaning for the person who asked; the API renders them as problem documents."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FieldError:
    """One offending field: a JSON pointer into the request, and what is wrong with it.

    Of an upload also the file in it that is at fault, and query parameters that would make it pass.
    """

    pointer: str
    detail: str
    file: str | None = None
    offer: dict[str, str] | None = None


class MemoscopeError(Exception):
    """Root of all errors that are an answer rather than a fault."""

    status = 400
    title = "Bad request"

    def __init__(self, detail: str, fields: tuple[FieldError, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.fields = fields


class NotFoundError(MemoscopeError):
    """The thing asked for does not exist (yet)."""

    status = 404
    title = "Not found"


class ConflictError(MemoscopeError):
    """The state of the thing forbids what was asked."""

    status = 409
    title = "Not possible now"


class GoneError(MemoscopeError):
    """The thing asked for was there and has been withdrawn."""

    status = 410
    title = "No longer available"


class InvalidError(MemoscopeError):
    """A well-formed request asks for something that cannot be."""

    status = 422
    title = "Invalid request"


class UnauthorizedError(MemoscopeError):
    """The access token is missing or wrong."""

    status = 401
    title = "Access token needed"


class Cancelled(Exception):  # noqa: N818 - it is a signal, not an error
    """The unit at hand is no longer wanted: cancelled, or taken over by another worker."""
