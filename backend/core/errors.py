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


@dataclass(frozen=True)
class Seen:
    """A picture of a data set: its own label, the one that a file gives it, and the file's row about it."""

    index: int
    name: str
    own: str | None = None
    given: str | None = None
    row: int | None = None


@dataclass(frozen=True)
class Option:
    """One value of a query parameter, in words, and the pictures that show what it would mean."""

    value: str
    label: str
    pictures: tuple[Seen, ...] = ()


@dataclass(frozen=True)
class Choice:
    """What the person has to choose, and the query parameter that says it."""

    parameter: str
    question: str
    options: tuple[Option, ...]


class ChoiceError(InvalidError):
    """What was sent can mean several things; the same request with the choice made is taken."""

    def __init__(self, detail: str, choice: Choice) -> None:
        super().__init__(detail, (FieldError("/file", detail),))
        self.choice = choice


class UnauthorizedError(MemoscopeError):
    """The access token is missing or wrong."""

    status = 401
    title = "Access token needed"


class UnavailableError(MemoscopeError):
    """What is needed is away or in other hands, and may be back soon."""

    status = 503
    title = "Not available now"


class FullError(MemoscopeError):
    """There is no room on the server's disk."""

    status = 507
    title = "Disk full"


class Cancelled(Exception):  # noqa: N818 - it is a signal, not an error
    """The unit at hand is no longer wanted: cancelled, or taken over by another worker."""
