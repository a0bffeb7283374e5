"""What all commands share: the settings of the environment, and one line where something is wrong."""

from typing import NoReturn

import typer
from pydantic import ValidationError

from backend.core.settings import Settings, get_settings


def own_settings() -> Settings:
    """Return the settings of the environment; where they cannot be read, say which and end."""
    try:
        return get_settings()
    except ValidationError as error:
        for problem in error.errors(include_input=False):
            typer.echo(f"MEMOSCOPE_{str(problem['loc'][0]).upper()}: {problem['msg']}.", err=True)
        raise typer.Exit(2) from error


def fail(message: str, code: int = 1) -> NoReturn:
    """Say what is wrong and end."""
    typer.echo(message, err=True)
    raise typer.Exit(code)
