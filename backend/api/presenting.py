"""Rows into answers."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import numpy as np
from sqlalchemy.orm import Session

from backend.api.behind_proxy import address
from backend.api.opened import try_open
from backend.api.schemas import (
    CasesInfoOut,
    DatasetOut,
    ExperimentOut,
    ExtensionOut,
    FigureInfoOut,
    ImportedOut,
    LabelSetOut,
    LabInfoOut,
    PaperOut,
    PicturedOut,
    ProgressOut,
    ReadingOut,
    RelatedOut,
    StudyOut,
    TermOut,
    UnitOut,
    WorkerOut,
)
from backend.api.score_schemas import (
    AnswerOut,
    ColumnOut,
    ScoreOut,
)
from backend.api.study_views import Tab
from backend.core import clock
from backend.core.contracts import Action, DatasetSource, ExperimentStatus
from backend.core.models import DatasetRow, Experiment, LabelSet, Summary, UnitRow, WorkerRow
from backend.core.provenance import shell_line, told
from backend.core.queries import datasets, experiments, workers
from backend.datasets.examples import Examples
from backend.datasets.lying import look_for
from backend.datasets.options import DataOptions
from backend.scores.few import caution
from backend.scores.scores import TRAJECTORIES, VERDICTS, Scores
from backend.scores.table import ScoreTable
from backend.statistics.trajectories import DEFAULT_TAU
from backend.studies import get_study
from backend.studies.kit.figures import Figure
from backend.studies.kit.paper import Paper
from backend.studies.kit.params import form_schema, named
from backend.studies.kit.results import Results
from backend.studies.kit.study import Related, Study

TABS: tuple[str, ...] = get_args(Tab)
WITHOUT_SCORES = ("overview", "log")
ORDERS = {
    DatasetSource.BUILTIN: "Training pictures first, then test pictures, each in the order of the source.",
    DatasetSource.TORCHVISION: "Training pictures first, then test pictures, each in the published order.",
    **dict.fromkeys(
        (DatasetSource.IMPORT, DatasetSource.THUMBNAILS),
        "Training pictures first, then test pictures, each in the order of the data set they come from.",
    ),
    DatasetSource.UPLOAD: "Training pictures first, then test pictures; of class folders by folder and file"
    " name, numbers in names by their value (2 before 10); of arrays by row.",
}


def study_out(study: Study[Any, Any]) -> StudyOut:
    """Present a study with its form and full presets."""
    scored = study.scores is not None
    return StudyOut(
        name=study.name,
        title=study.title,
        question=study.question,
        answer=list(study.answer),
        summary=study.summary,
        paper=paper_out(study.paper),
        figures=[figure_out(figure) for figure in study.figures],
        tabs=[tab for tab in TABS if tab in WITHOUT_SCORES or (scored and _has(study, tab))],
        scored=scored,
        reviewed=study.scores is not None and study.scores.review is not None,
        on_images=study.on_images,
        counted=None if study.plan is None else study.plan.counted,
        starter=study.starter,
        extension=study.extension and ExtensionOut.model_validate(study.extension),
        pictured=[PicturedOut.model_validate(kind) for kind in study.pictured],
        cases=study.cases and CasesInfoOut.model_validate(study.cases),
        labs=[
            LabInfoOut(
                name=lab.name,
                title=lab.title,
                description=lab.description,
                params_schema=lab.params.form_schema(),
            )
            for lab in study.labs
        ],
        terms=[TermOut.model_validate(term) for term in study.terms],
        params_schema=study.params.form_schema(),
        presets={
            name: study.params.model_validate(overrides).model_dump(mode="json")
            for name, overrides in study.presets.items()
        },
        preset_titles={
            name: study.preset_titles.get(name, name.replace("_", " ").capitalize()) for name in study.presets
        },
    )


def _has(study: Study[Any, Any], tab: str) -> bool:
    """Whether the experiments of a study with scores have a tab."""
    return tab != "influence" or (study.scores is not None and study.scores.influence)


def paper_out(paper: Paper) -> PaperOut:
    """Present a paper."""
    return PaperOut(
        title=paper.title,
        authors=", ".join(paper.authors),
        year=paper.year,
        venue=paper.appeared or paper.venue,
        url=paper.url,
        bibtex=paper.bibtex,
    )


def figure_out(figure: Figure) -> FigureInfoOut:
    """Present what there is to know of a figure before it is drawn."""
    return FigureInfoOut(
        name=figure.name,
        title=figure.title,
        description=figure.description,
        section=figure.section,
        controls=form_schema(figure.controls),
    )


def experiments_out(session: Session, rows: Sequence[Experiment]) -> list[ExperimentOut]:
    """Present experiments with progress and preview, in six queries however many there are."""
    ids = [row.id for row in rows]
    counts = experiments.unit_counts(session, ids)
    summaries = experiments.summaries(session, ids)
    data = datasets.named(session, {row.dataset_id for row in rows if row.dataset_id})
    files = label_files(session, rows)
    now = clock.now(session)
    return [
        _experiment(
            row, counts[row.id], summaries.get(row.id), data.get(row.dataset_id or ""), files.get(row.id), now
        )
        for row in rows
    ]


def label_files(session: Session, rows: Sequence[Experiment]) -> dict[str, LabelSet]:
    """Return the label files that experiments were trained on, by experiment; a file may have gone since."""
    named = {row.id: (row.dataset_id, row.params.get("labels")) for row in rows if row.params.get("labels")}
    sets = datasets.label_sets(session, {dataset_id for dataset_id, _ in named.values() if dataset_id})
    known = {(each.dataset_id, each.name): each for found in sets.values() for each in found}
    return {experiment: known[file] for experiment, file in named.items() if file in known}


def experiment_out(session: Session, row: Experiment) -> ExperimentOut:
    """Present one experiment."""
    session.flush()
    return experiments_out(session, [row])[0]


def _experiment(
    row: Experiment,
    counts: experiments.UnitCounts,
    summary: Summary | None,
    data: datasets.Named | None,
    label_file: LabelSet | None,
    now: datetime,
) -> ExperimentOut:
    return ExperimentOut(
        id=row.id,
        study=row.study,
        title=row.title,
        status=row.status,
        params=row.params,
        progress=_progress(row, counts, now),
        preview=_preview(summary),
        dataset_id=row.dataset_id,
        dataset_title=data and data.title,
        label_file=label_file and LabelSetOut.model_validate(label_file),
        sizes=[] if summary is None else summary.sizes,
        **_precision(summary),
        version=0 if summary is None else summary.version,
        parent_id=row.parent_id,
        error=row.error,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        imported=row.imported and ImportedOut.model_validate(row.imported),
        provenance=row.provenance,
        **_read(row, data),
    )


def _read(row: Experiment, data: datasets.Named | None) -> dict[str, Any]:
    """Return what only the study can tell; of a row that this version cannot read, that it cannot."""
    actions = experiments.allowed_actions(row.status)
    found = try_open(row)
    classes, title = ([], "") if data is None else (data.classes, data.title)
    if isinstance(found, str):
        kept = {Action.CANCEL, Action.DELETE}
        return {
            "setting": "ours, made by another version",
            "deviations": [],
            "scope": [],
            "unreadable": found,
            "counted": "models",
            "relabels": True,
            "classes": classes,
            "size_name": "size",
            "actions": [action for action in actions if action in kept],
            "reproduce": "",
            "related": [],
        }
    study, params = found
    departures = study.departures.of_setting(named(params, title))
    if study.extension is None or (data is not None and not data.trainable):
        actions = [action for action in actions if action is not Action.EXTEND]
    return {
        "setting": "ours, reduced settings" if departures else "ours, paper settings",
        "deviations": list(departures),
        "scope": list(study.departures.scope(params)),
        "unreadable": None,
        "counted": study.plan.counted if study.plan else "",
        "relabels": isinstance(params, DataOptions) and params.relabels,
        "classes": _kept(classes, study.data_of(params)),
        "size_name": found.size_name,
        "actions": actions,
        "reproduce": shell_line(row.study, params),
        "related": [_related(related) for related in study.related(params)],
    }


def _kept(classes: Sequence[str], options: DataOptions | None) -> list[str]:
    return [name for name in classes if options is None or not options.classes or name in options.classes]


def _related(related: Related) -> RelatedOut:
    """Present a related experiment with what its form has to be told."""
    form = get_study(related.study).params
    params = told(form.model_validate(related.params))
    return RelatedOut(title=related.title, detail=related.detail, study=related.study, params=params)


def _precision(summary: Summary | None) -> dict[str, Any]:
    """Return what few models do to scores; of others, and of results of earlier versions, nothing."""
    drawn = {} if summary is None else summary.preview or {}
    models: int | None = drawn.get("models")
    return {"few_models": models if drawn.get("few") else None, "caution": caution(models)}


def _preview(summary: Summary | None) -> dict[str, Any] | None:
    """Return the stored drawing; those of earlier versions are histograms and do not say so."""
    return None if summary is None or summary.preview is None else {"kind": "histogram"} | summary.preview


def _progress(row: Experiment, counts: experiments.UnitCounts, now: datetime) -> ProgressOut:
    fraction = counts.seconds_done / counts.seconds if counts.seconds else 0.0
    eta_s = None
    if row.status is ExperimentStatus.RUNNING and row.started_at is not None and fraction > 0:
        elapsed = (now - row.started_at).total_seconds()
        eta_s = elapsed * (1 - fraction) / fraction
    return ProgressOut(
        units=counts.units,
        done=counts.done,
        running=counts.running,
        failed=counts.failed,
        models=counts.models,
        models_done=counts.models_done,
        fraction=min(1.0, fraction),
        eta_s=eta_s,
    )


def datasets_out(session: Session, rows: Sequence[DatasetRow], folder: Path | None) -> list[DatasetOut]:
    """Present data sets with their label files; `folder` may hold files of those that are not read yet."""
    label_sets = datasets.label_sets(session, [row.id for row in rows])
    names = DatasetOut.model_fields.keys() - {"label_sets", "order", "reading", "lying"}
    return [
        DatasetOut(
            **{name: getattr(row, name) for name in names},
            order=ORDERS[row.source],
            label_sets=[LabelSetOut.model_validate(labels) for labels in label_sets[row.id]],
            lying=None if row.fingerprint else look_for(row.id, folder),
            reading=row.upload and ReadingOut(**_NOT_SAID | row.upload),
        )
        for row in rows
    ]


_NOT_SAID = ReadingOut(notes=[], warnings=[], skipped=0, skipped_first=[]).model_dump()  # by older versions


def dataset_out(session: Session, row: DatasetRow, folder: Path | None) -> DatasetOut:
    """Present one data set."""
    session.flush()
    return datasets_out(session, [row], folder)[0]


def picture_fields(examples: Examples, index: int) -> dict[str, Any]:
    """Return where an example's picture is: its place in the data set, and its address."""
    picture = int(examples.source[index])
    return {"picture": picture, "image": address(f"/api/datasets/{examples.dataset.id}/images/{picture}.png")}


def score_fields(table: ScoreTable, row: int, example: int, examples: Examples) -> dict[str, Any]:
    """Return the fields of a ScoreOut; `row` is the size's."""
    scores = table.scores
    answers = answers_out(scores, row, example, examples)
    given, original = int(scores.labels[example]), int(examples.labels[example])
    return {
        **{name: int(getattr(scores, name)[row, example]) for name in ("n_in", "k_in", "n_out", "k_out")},
        **{name: number(getattr(scores, name)[row, example]) for name in _NUMBERS},
        "index": example,
        "name": examples.name(example),
        "size": scores.sizes[row],
        "label": given,
        "label_name": examples.classes[given],
        "original_label": original,
        "original_label_name": examples.classes[original],
        "flipped": bool(scores.flipped[example]),
        "verdict": VERDICTS[scores.verdicts[row, example]],
        "answer": answers[0] if answers else None,
        "columns": {key: number(value) for key, value in table.further(row, example).items()},
        **picture_fields(examples, example),
    }


_NUMBERS = ("in_accuracy", "heldout_accuracy", "memorization", "low", "high")


def columns_out(found: Results) -> list[ColumnOut]:
    """Present the further numbers that results have of every example."""
    return [ColumnOut.model_validate(column) for column in found.declared if column.key in found.further]


def number(value: float | np.floating) -> float | None:
    """JSON has neither NaN nor infinity: a number that is not defined is null."""
    return float(value) if np.isfinite(value) else None


def answers_out(scores: Scores, row: int, example: int, examples: Examples) -> list[AnswerOut]:
    """Return what held-out models answered, most frequent first, classes nobody answered left out."""
    labels, counts = scores.answers.of(row * scores.n + example)
    return [
        AnswerOut(label=label, name=examples.classes[label], count=count)
        for label, count in zip(labels.tolist(), counts.tolist(), strict=True)
    ]


def score_out(
    table: ScoreTable, row: int, example: int, examples: Examples, tau: float = DEFAULT_TAU
) -> ScoreOut:
    """Present one example at one size, with its score at every size."""
    return ScoreOut(
        **score_fields(table, row, example, examples),
        trajectory=TRAJECTORIES[table.trajectories(tau)[example]],
        over_size=[number(value) for value in table.scores.memorization[table.scored_rows, example]],
    )


def worker_out(row: WorkerRow, running: Sequence[UnitRow], now: datetime) -> WorkerOut:
    """Present a worker with the unit it works on."""
    unit = next((unit for unit in running if unit.worker_id == row.id), None)
    return WorkerOut(
        id=row.id,
        hostname=row.hostname,
        pid=row.pid,
        device=row.device,
        threads=row.threads,
        torch_version=row.torch_version,
        started_at=row.started_at,
        seen_at=row.seen_at,
        took_at=row.took_at,
        alive=workers.alive(row, now),
        skew_s=row.skew_s,
        unit=None if unit is None else UnitOut.model_validate(unit),
    )
