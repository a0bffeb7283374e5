"""`memoscope token`: tokens that open the server, changed where they are kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli_answers import fail, own_settings
from backend.core.contracts import Right

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

token_app = typer.Typer(help="Tokens that open the server: add, list, revoke.", no_args_is_help=True)


@token_app.command("add")
def add_token(
    name: Annotated[str, typer.Argument(help="Who or what has it: a person, a script.")],
    right: Annotated[
        Right, typer.Option(help="What it allows; each allows what comes before it.")
    ] = Right.READ,
) -> None:
    """Make a token and print it; it is shown this once."""
    from backend.core.queries import access

    if own_settings().access_token is None:
        fail("Without MEMOSCOPE_ACCESS_TOKEN everybody may do everything: set it first.", code=2)
    if not 0 < len(name) <= 100 or not name.isprintable():
        message = "a name has 1 to 100 characters, all of them printable"
        raise typer.BadParameter(message, param_hint="NAME")
    with _changing_access(f"{name}: {right}", "add_token") as session:
        token = access.add_token(session, name, right)
    typer.echo(token)


@token_app.command("list")
def list_tokens() -> None:
    """List the tokens there are and those there were, without what they read."""
    from backend.core.queries import access
    from backend.core.session import reading

    with reading(own_settings().database) as session:
        rows = access.tokens(session)
    for row in rows:
        state = f"revoked {row.revoked_at:%Y-%m-%d}" if row.revoked_at else "live"
        typer.echo(f"{row.name:24} {row.right:10} made {row.created_at:%Y-%m-%d}, {state}")


@token_app.command("revoke")
def revoke_token(name: Annotated[str, typer.Argument(help="Its name, as `list` has it.")]) -> None:
    """End a token, and every sign-in with it, within two seconds."""
    from backend.core.queries import access

    with _changing_access(name, "revoke_token") as session:
        access.revoke_token(session, name)


@contextmanager
def _changing_access(what: str, action: str) -> Iterator["Session"]:
    from backend.core.errors import MemoscopeError
    from backend.core.people import AuditLine
    from backend.core.session import transaction

    try:
        with transaction(own_settings().database) as session:
            yield session
            about = {"path": "memoscope token", "client": "", "request": ""}
            session.add(AuditLine(who="command line", action=action, made=what[:200], **about))
    except MemoscopeError as error:
        fail(error.detail)
