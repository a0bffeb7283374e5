"""`memoscope backup` and `memoscope restore`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli_answers import fail, own_settings
from backend.launcher.progress import Console

if TYPE_CHECKING:
    from backend.backup.saving import Contents


def backup(
    file: Annotated[Path, typer.Argument(help="File to write; it appears when it is complete.")],
) -> None:
    """Save everything, rows and artifacts, into one file; also while Memoscope runs."""
    from backend.backup.saving import save

    with _kept(file) as tell:
        contents = save(own_settings(), file, tell)
    _tell_contents(f"Saved into {file}", contents)
    for place in contents.missing:
        typer.echo(f"missing before the backup was made, or deleted meanwhile: {place}", err=True)


def restore(file: Annotated[Path, typer.Argument(help="What `memoscope backup` wrote.")]) -> None:
    """Restore a backup into an empty data folder and database, of any kind, and migrate it."""
    from backend.backup.restoring import restore as put_back

    with _kept(file) as tell:
        contents = put_back(own_settings(), file, tell)
    _tell_contents(f"Restored from {file}", contents)


@contextmanager
def _kept(file: Path) -> Iterator[Callable[[str], None]]:
    """Show how far it is, and say in a line why it cannot be."""
    from sqlalchemy.exc import SQLAlchemyError

    from backend.backup.saving import BackupError

    console = Console(sys.stderr)
    try:
        yield console.show
    except BackupError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or file}: {error.strerror or error}")
    except SQLAlchemyError as error:
        fail(f"The database does not answer ({type(error).__name__}): check MEMOSCOPE_DATABASE_URL.")
    finally:
        console.show("")


def _tell_contents(begin: str, contents: "Contents") -> None:
    rows = sum(contents.rows.values())
    experiments = contents.rows.get("experiments", 0)
    typer.echo(f"{begin}: {experiments:,} experiments, {rows:,} rows, {contents.artifacts:,} artifacts.")
