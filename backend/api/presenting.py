"""Rows into answers."""

import json
import shlex
from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from backend.api.schemas import (
    AnswerOut,
    ExperimentOut,
    PartnerOut,
    PreviewOut,
    ProgressOut,
    ScoreOut,
    SizeOut,
    StudyOut,
    UnitOut,
    WorkerOut,
)
from backend.core.contracts import ExperimentStatus
from backend.core.models import Experiment, ScoreRow, Summary, UnitRow, WorkerRow, now
from backend.core.queries import experiments, workers
from backend.datasets.base import Dataset
from backend.statistics.intervals import newcombe
from backend.studies import get_study
from backend.studies.base import Study
from backend.studies.results import Results


def study_out(study: Study[Any]) -> StudyOut:
    """Present a study with its form and full presets."""
    return StudyOut(
        name=study.name,
        title=study.title,
        summary=study.summary,
        paper=study.paper,
        size_name=study.size_name,
        figures=study.figure_infos,
        params_schema=study.params.model_json_schema(),
        presets={
            name: study.params.model_validate(overrides).model_dump(mode="json")
            for name, overrides in study.presets.items()
        },
    )


def experiments_out(session: Session, rows: Sequence[Experiment]) -> list[ExperimentOut]:
    """Present experiments with progress and preview, in three queries however many there are."""
    ids = [row.id for row in rows]
    counts = experiments.unit_counts(session, ids)
    summaries = experiments.summaries(session, ids)
    return [_experiment(row, counts[row.id], summaries.get(row.id)) for row in rows]


def experiment_out(session: Session, row: Experiment) -> ExperimentOut:
    """Present one experiment."""
    session.flush()
    return experiments_out(session, [row])[0]


def _experiment(row: Experiment, counts: experiments.UnitCounts, summary: Summary | None) -> ExperimentOut:
    study = get_study(row.study)
    deviations = study.deviations(study.params.model_validate(row.params))
    return ExperimentOut(
        id=row.id,
        study=row.study,
        title=row.title,
        status=row.status,
        params=row.params,
        setting="ours, reduced settings" if deviations else "ours, paper settings",
        deviations=list(deviations),
        progress=_progress(row, counts),
        preview=None if summary is None or summary.preview is None else PreviewOut(**summary.preview),
        dataset_id=row.dataset_id,
        sizes=[] if summary is None else summary.sizes,
        version=0 if summary is None else summary.version,
        actions=experiments.allowed_actions(row.status),
        parent_id=row.parent_id,
        error=row.error,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        provenance=row.provenance,
        reproduce=_shell_line(row),
    )


def _progress(row: Experiment, counts: experiments.UnitCounts) -> ProgressOut:
    fraction = counts.seconds_done / counts.seconds if counts.seconds else 0.0
    eta_s = None
    if row.status is ExperimentStatus.RUNNING and row.started_at is not None and fraction > 0:
        elapsed = (now() - row.started_at).total_seconds()
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


def _shell_line(row: Experiment) -> str:
    defaults = get_study(row.study).params().model_dump(mode="json")
    words = ["memoscope", "submit", row.study]
    for name, value in row.params.items():
        if value != defaults.get(name):
            words += ["--param", f"{name}={value if isinstance(value, str) else json.dumps(value)}"]
    return shlex.join(words)


def image_url(dataset_id: str, index: int) -> str:
    """Return the address of one picture."""
    return f"/api/datasets/{dataset_id}/images/{index}.png"


def score_fields(row: ScoreRow, dataset: Dataset) -> dict[str, Any]:
    """Return the fields of a ScoreOut."""
    answers = answers_out(row, dataset)
    original = int(dataset.labels[row.example])
    own = ("size", "label", "flipped", "n_in", "k_in", "n_out", "k_out", "in_accuracy", "heldout_accuracy")
    score = ("memorization", "low", "high", "verdict", "trajectory")
    return {
        **{name: getattr(row, name) for name in own + score},
        "index": row.example,
        "name": dataset.names[row.example],
        "label_name": dataset.classes[row.label],
        "original_label": original,
        "original_label_name": dataset.classes[original],
        "answer": answers[0] if answers else None,
        "image": image_url(dataset.id, row.example),
    }


def answers_out(row: ScoreRow, dataset: Dataset) -> list[AnswerOut]:
    """Return what held-out models answered, most frequent first, classes nobody answered left out."""
    counts = np.frombuffer(row.answers, "<u2")
    return [
        AnswerOut(label=label, name=dataset.classes[label], count=counts[label])
        for label in np.argsort(-counts.astype(int), kind="stable").tolist()
        if counts[label]
    ]


def score_out(row: ScoreRow, dataset: Dataset) -> ScoreOut:
    """Present one example at one size."""
    return ScoreOut(**score_fields(row, dataset))


def size_out(row: ScoreRow, dataset: Dataset, found: Results) -> SizeOut:
    """Present one size of one example."""
    partners = partners_out(row, dataset, found)
    return SizeOut(**score_fields(row, dataset), answers=answers_out(row, dataset), influence=partners)


def partners_out(row: ScoreRow, dataset: Dataset, found: Results) -> list[PartnerOut]:
    """Return the test examples that this one is known to help, most helped first.

    Each was chosen among all test examples for its high value, so the intervals are Bonferroni's over all.
    """
    if found.influence is None or found.scores is None or row.n_in == 0 or row.n_out == 0:
        return []
    at = (found.scores.sizes.index(row.size), row.example)
    k_in, k_out = found.influence.k_in[at], found.influence.k_out[at]
    low, high = newcombe(k_in, row.n_in, k_out, row.n_out, confidence=1 - 0.05 / dataset.n_test)
    values = k_in / row.n_in - k_out / row.n_out
    partners = found.influence.partners[at].tolist()
    return [
        PartnerOut(
            index=index,
            name=dataset.names[index],
            label=(label := int(dataset.labels[index])),
            label_name=dataset.classes[label],
            image=image_url(dataset.id, index),
            influence=value,
            low=lower,
            high=upper,
        )
        for index, value, lower, upper in zip(partners, values, low, high, strict=True)
        if lower > 0
    ]


def worker_out(row: WorkerRow, running: Sequence[UnitRow]) -> WorkerOut:
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
        alive=workers.alive(row),
        unit=None if unit is None else UnitOut.model_validate(unit),
    )
