"""The `memoscope` command."""

import importlib.util
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from backend.cli_answers import fail, own_settings
from backend.cli_backup import backup, restore
from backend.cli_tokens import token_app
from backend.client import Client, ServerError, is_terminal
from backend.core.contracts import DatasetState, ExperimentStatus
from backend.launcher.checks import StartError, allow_connections, check_doors
from backend.launcher.progress import Console, describe
from backend.studies.kit.params import preset_on

app = typer.Typer(
    help="Memoscope shows what image classifiers memorize.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

dataset_app = typer.Typer(help="Data sets: list, upload, download.", no_args_is_help=True)
app.add_typer(dataset_app, name="dataset")
app.add_typer(token_app, name="token")

Server = Annotated[
    str | None, typer.Option(help="Address of the server; by default the one on this machine.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the server's JSON.")]


class Format(StrEnum):
    """What an experiment is exported as: scores, its study's own arrays, a page, or for another Memoscope."""

    CSV = "csv"
    PARQUET = "parquet"
    NPZ = "npz"
    HTML = "html"
    ARRAYS = "arrays"
    MEMOSCOPE = "memoscope"

    @property
    def path(self) -> str:
        """Where the API has it, behind the experiment's own address."""
        others = {
            Format.ARRAYS: "arrays.npz",
            Format.HTML: "export.html",
            Format.MEMOSCOPE: "export.memoscope",
        }
        return others.get(self, f"scores.{self}")

    @classmethod
    def of(cls, file: Path) -> "Format":
        """Return the format that a file's name asks for; CSV where it asks for none."""
        ending = file.suffix.removeprefix(".")
        return cls(ending) if ending in set(cls) - {cls.ARRAYS} else cls.CSV


@app.command()
def up(
    quick_start: Annotated[bool, typer.Option(help="Queue a first experiment if there is none.")] = True,
    samples: Annotated[
        bool, typer.Option("--samples", help="Show a finished experiment of each study at once.")
    ] = False,
    parent: Annotated[
        int | None, typer.Option(hidden=True, help="Stop when this parent process ends.")
    ] = None,
) -> None:
    """Run everything on this machine: Redis, database, web server and one worker."""
    from backend.launcher import up as launcher

    settings = own_settings()
    if samples:
        settings = settings.model_copy(update={"samples": True})
    with _starting():
        launcher.up(settings, quick_start=quick_start, parent=parent)


@app.command()
def web() -> None:
    """Run the web server alone."""
    import uvicorn

    from backend.core.logs import configure
    from backend.launcher.tables import check_schema

    settings = own_settings()
    with _starting():
        check_doors(settings)
        check_schema(settings)
    configure(settings.log_format)
    most = allow_connections()
    # The event loop must not stand behind threads that compute, for as long as Python lets it by default.
    sys.setswitchinterval(0.001)
    uvicorn.run(
        "backend.api.main:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        log_config=None,  # ours, which has an access log of its own
        access_log=False,
        proxy_headers=False,  # the application looks at them, and at more than uvicorn does
        server_header=False,
        limit_concurrency=most,
        timeout_graceful_shutdown=1,  # event streams never end by themselves
    )


@app.command()
def worker(
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether one of this machine lives.")
    ] = False,
) -> None:
    """Run one worker alone; start as many as there are machines or GPUs."""
    from backend.launcher.tables import check_schema, check_worker

    if check:
        with _starting():
            check_worker(own_settings())
        return
    with _starting():
        check_schema(own_settings())
    if importlib.util.find_spec("torch") is None:
        fail("A worker needs torch: pip install -e '.[worker]' -c constraints.txt", code=2)
    # Threads that spin while they wait starve whatever else this machine runs, the web server for one.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # The backend may not import the workers, and one process must not carry both: become the worker.
    command = [sys.executable, "-P", "-m", "workers"]
    options = ["--pool=solo", "--concurrency=1", "--without-gossip", "--without-mingle", "--loglevel=INFO"]
    os.execv(sys.executable, [*command, *options, "-n", f"memoscope-{os.getpid()}@%h"])  # noqa: S606


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    from backend.launcher.up import prepare_database

    with _starting():
        prepare_database(own_settings())


@app.command()
def submit(
    study: Annotated[str, typer.Argument(help="Name of the study; the page lists them.")],
    param: Annotated[
        list[str] | None, typer.Option(help="name=value, the value as JSON; repeatable.")
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            help="Preset of the study to start from, e.g. mnist; --param changes it. With a data set of your"
            " own, its labels stay as they are."
        ),
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(help="Sizes, models and epochs that fit: minutes, hour or night; --param changes them."),
    ] = None,
    title: Annotated[str | None, typer.Option(help="Title of the experiment.")] = None,
    force: Annotated[bool, typer.Option(help="Run even if an equal finished experiment exists.")] = False,
    wait: Annotated[
        bool, typer.Option(help="Return when the experiment is over; exit 1 if it is not done.")
    ] = False,
    as_json: AsJson = False,
    server: Server = None,
) -> None:
    """Submit an experiment."""
    if preset is not None and budget is not None:
        message = "a preset says itself how much to train: leave out one of the two"
        raise typer.BadParameter(message, param_hint="--budget")
    body: dict[str, Any] = {"study": study, "params": dict(map(_parameter, param or [])), "force": force}
    if title is not None:
        body["title"] = title
    with _client(server) as client:
        if preset is not None:
            body["params"] = preset_on(_preset(client, study, preset), body["params"])
        if budget is not None:
            body["params"] = _fitting(client, study, budget, body["params"]) | body["params"]
        experiment = client.post("/api/experiments", body)
        if wait:
            experiment = _wait(client, experiment)
        _show(client, [experiment], experiment if as_json else None)
    if wait and experiment["status"] != ExperimentStatus.DONE:
        raise typer.Exit(1)


def _preset(client: Client, study: str, name: str) -> dict[str, Any]:
    presets: dict[str, dict[str, Any]] = client.get(f"/api/studies/{study}")["presets"]
    if name not in presets:
        raise typer.BadParameter(f"{study} has no preset {name!r}; presets are {', '.join(presets)}.")
    return presets[name]


def _fitting(client: Client, study: str, name: str, params: dict[str, Any]) -> dict[str, Any]:
    found = client.post(f"/api/studies/{study}/budgets", {"params": params})["items"]
    known = {each["name"]: each for each in found}
    if name not in known:
        names = ", ".join(known) or "none"
        raise typer.BadParameter(f"{study} has no budget {name!r}; budgets are: {names}.")
    if known[name]["params"] is None:
        fail(known[name]["words"])
    typer.echo(known[name]["words"], err=True)
    chosen: dict[str, Any] = known[name]["params"]
    return chosen


@app.command()
def status(
    experiment_id: Annotated[
        str | None, typer.Argument(metavar="ID", help="Without it, the newest ones.")
    ] = None,
    as_json: AsJson = False,
    server: Server = None,
) -> None:
    """Show how far experiments are."""
    with _client(server) as client:
        if experiment_id is None:
            answer = client.get("/api/experiments")
            _show(client, answer["items"], answer if as_json else None)
        else:
            answer = client.get(f"/api/experiments/{experiment_id}")
            _show(client, [answer], answer if as_json else None)


@app.command()
def export(
    experiment_id: Annotated[str, typer.Argument(metavar="ID")],
    file: Annotated[
        Path | None,
        typer.Argument(help="File to write, such as it.memoscope, which another Memoscope imports."),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="The same as FILE.")] = None,
    file_format: Annotated[
        Format | None, typer.Option("--format", help="By default what the file's name ends with, else csv.")
    ] = None,
    budget_mb: Annotated[int | None, typer.Option(help="Largest size of an HTML page, in MB.")] = None,
    server: Server = None,
) -> None:
    """Save an experiment: scores, its study's arrays, one HTML page, or a file for another Memoscope."""
    target = file or output
    if target is None or (file is not None and output is not None):
        message = "name one file to write"
        raise typer.BadParameter(message, param_hint="FILE")
    chosen = file_format or Format.of(target)
    if budget_mb is not None and chosen is not Format.HTML:
        message = "only an HTML page has a size to choose: add --format html"
        raise typer.BadParameter(message, param_hint="--budget-mb")
    query = "" if budget_mb is None else f"?budget_mb={budget_mb}"
    with _client(server) as client:
        try:
            client.download(f"/api/experiments/{experiment_id}/{chosen.path}{query}", target)
        except OSError as error:
            fail(f"Cannot write {target}: {error.strerror}")


@app.command("import")
def import_experiment(
    file: Annotated[Path, typer.Argument(help="What `memoscope export ID it.memoscope` wrote.")],
    as_json: AsJson = False,
    server: Server = None,
) -> None:
    """Take in an experiment of another Memoscope: results, figures and pictures, without training."""
    with _client(server) as client:
        try:
            experiment = client.upload("/api/experiments/import", file)
        except OSError as error:
            fail(f"Cannot read {file}: {error.strerror}")
        _show(client, [experiment], experiment if as_json else None)


@dataset_app.command("list")
def list_datasets(as_json: AsJson = False, server: Server = None) -> None:
    """List the data sets that experiments can use."""
    with _client(server) as client:
        answer = client.get("/api/datasets")
    _show_datasets(answer["items"], answer if as_json else None)


@dataset_app.command("add")
def add_dataset(
    file: Annotated[
        Path,
        typer.Argument(help="Pictures: a zip, a tar, an npz, a Parquet file; docs/formats.md lists all."),
    ],
    title: Annotated[str | None, typer.Option(help="Title; by default the file's name.")] = None,
    size: Annotated[str | None, typer.Option(help="Brings all pictures to a size: 32, or 32x24.")] = None,
    fit: Annotated[str | None, typer.Option(help="How: resize or crop.")] = None,
    frames: Annotated[str | None, typer.Option(help="first takes the first frame of animations.")] = None,
    background: Annotated[str | None, typer.Option(help="Behind transparent parts: white or black.")] = None,
    orientation: Annotated[str | None, typer.Option(help="turned obeys a camera's mark.")] = None,
    column: Annotated[str | None, typer.Option(help="Column or array of labels that is meant.")] = None,
    images: Annotated[str | None, typer.Option(help="Column of pictures that is meant.")] = None,
    channels: Annotated[str | None, typer.Option(help="Where arrays have channels: first or last.")] = None,
    scale: Annotated[
        str | None, typer.Option(help="Black and white in arrays: unit, signed, bytes or spread.")
    ] = None,
    as_json: AsJson = False,
    server: Server = None,
) -> None:
    """Upload a data set and wait until it is ready."""
    with _client(server) as client:
        try:
            chosen = {
                "title": title,  # without one, the server makes it of the file's name
                "filename": file.name,
                "size": size,
                "fit": fit,
                "frames": frames,
                "background": background,
                "orientation": orientation,
                "column": column,
                "images": images,
                "channels": channels,
                "scale": scale,
            }
            query = {name: value for name, value in chosen.items() if value is not None}
            dataset = client.upload("/api/datasets", file, **query)
        except OSError as error:
            fail(f"Cannot read {file}: {error.strerror}")
        _wait_for_dataset(client, dataset, as_json)


@dataset_app.command("download")
def download_dataset(
    name: Annotated[str, typer.Argument(help="Name of the data set, e.g. mnist.")],
    as_json: AsJson = False,
    server: Server = None,
) -> None:
    """Have the server get a data set that it knows, and wait until it is ready."""
    with _client(server) as client:
        _wait_for_dataset(client, client.post(f"/api/datasets/{quote(name, safe='')}/download", {}), as_json)


app.command()(backup)
app.command()(restore)


@app.command()
def doctor() -> None:
    """Check that everything Memoscope needs is there."""
    from backend.launcher.doctor import examine

    healthy = True
    for finding in examine(own_settings()):
        mark = "ok" if not finding.advice else "PROBLEM" if finding.needed else "note"
        advice = f" - {finding.advice}" if finding.advice else ""
        typer.echo(f"{mark:8}{finding.subject}: {finding.state}{advice}")
        healthy &= not (finding.advice and finding.needed)
    raise typer.Exit(0 if healthy else 1)


@contextmanager
def _starting() -> Iterator[None]:
    try:
        yield
    except StartError as error:
        fail(str(error), code=2)


@contextmanager
def _client(server: str | None) -> Iterator[Client]:
    try:
        with Client.of(own_settings(), server) as client:
            yield client
    except ServerError as error:
        fail(str(error))


def _parameter(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        message = f"{text!r} is not name=value"
        raise typer.BadParameter(message, param_hint="--param")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value  # a word needs no quotes


def _wait(client: Client, experiment: dict[str, Any]) -> dict[str, Any]:
    console = Console(sys.stderr)
    while not is_terminal(experiment):
        console.show(describe(experiment))
        time.sleep(0.5)
        experiment = client.get(f"/api/experiments/{experiment['id']}")
    console.show("")
    return experiment


def _show(client: Client, experiments: list[dict[str, Any]], answer: Any) -> None:
    if answer is not None:
        typer.echo(json.dumps(answer, indent=2))
        return
    for experiment in experiments:
        typer.echo(f"{describe(experiment)}\n  {client.server}/experiments/{experiment['id']}")
        if experiment["error"]:
            typer.echo(f"  {experiment['error']}")


def _wait_for_dataset(client: Client, dataset: dict[str, Any], as_json: bool) -> None:
    console = Console(sys.stderr)
    while dataset["state"] == DatasetState.PREPARING:
        console.show(f"{dataset['title']}: preparing, {100 * (dataset['progress'] or 0):.0f} %")
        time.sleep(0.5)
        dataset = client.get(f"/api/datasets/{dataset['id']}")
    console.show("")
    _show_datasets([dataset], dataset if as_json else None)
    if dataset["state"] != DatasetState.READY:
        fail(dataset["error"] or f"{dataset['title']} is {dataset['state']}")


def _show_datasets(datasets: list[dict[str, Any]], answer: Any) -> None:
    if answer is not None:
        typer.echo(json.dumps(answer, indent=2))
        return
    for row in datasets:
        form = f"{row['height']} x {row['width']}, {len(row['classes'])} classes"
        images = f"{row['n_train']:,} + {row['n_test']:,} images"
        typer.echo(f"{row['id']:24} {row['state']:10} {images}, {form}  {row['title']}")


if __name__ == "__main__":
    app()
