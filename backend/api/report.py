"""The report: every paper, every claim, and what finished experiments say of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.orm import Session

from backend.api.deps import EXPERIMENT_ID, SessionDep
from backend.api.opened import try_open
from backend.api.planning import shape_of
from backend.api.presenting import figure_out, paper_out
from backend.api.report_schemas import (
    ComparedClaimOut,
    NamedDatasetOut,
    ReportedClaimOut,
    ReportedExperimentOut,
    ReportedStudyOut,
    ReportOut,
    RunOut,
    VerdictsOut,
)
from backend.api.schemas import ClaimOut
from backend.core.contracts import ClaimVerdict, ExperimentStatus
from backend.core.errors import FieldError, InvalidError, NotFoundError
from backend.core.models import ClaimRow, DatasetRow, Experiment
from backend.core.provenance import told
from backend.core.queries import datasets, reported
from backend.datasets.base import Shape
from backend.datasets.options import expected_shape
from backend.studies import STUDIES
from backend.studies.kit.findings import Finding, not_run
from backend.studies.kit.params import StudyParams, named
from backend.studies.kit.study import Study

OFFERED = 12  # further experiments of a study that can be chosen
COMPARED = 8  # experiments beside each other

router = APIRouter(prefix="/api/report", tags=["report"])


class ReportQuery(BaseModel):
    """Which claims to tell; the address of the page has the same parameters."""

    model_config = ConfigDict(extra="forbid")

    study: list[str] = Field([], max_length=20, description="only these papers' studies")
    verdict: list[ClaimVerdict] = Field([], max_length=4, description="only claims with one of these")
    dataset: str | None = Field(None, max_length=64, description="only experiments on this data set")
    experiments: str | None = Field(
        None,
        max_length=200,
        description=f"ids with commas between, at most {COMPARED}, of the one study: compares their claims",
    )


@dataclass(frozen=True)
class Told:
    """What the claims of a study are told from: `chosen` experiments, and `others` that could be."""

    chosen: Sequence[Experiment]
    others: Sequence[Experiment]


@router.get("")
def get_report(session: SessionDep, query: Annotated[ReportQuery, Query()]) -> ReportOut:
    """Tell every claim of every paper by its study's newest finished experiment, or by those asked for."""
    found = reported.finished(session, OFFERED, query.dataset, query.study)
    _check(session, query, found)
    chosen = _chosen(session, query)
    names = [name for name in (*STUDIES, *(found.keys() - STUDIES.keys())) if _wanted(name, query, found)]
    sources = {name: _told(found.get(name, []), chosen) for name in names}
    rows = [row for told_ in sources.values() for row in (*told_.chosen, *told_.others)]
    claims = reported.claims_of(session, [row.id for told_ in sources.values() for row in told_.chosen])
    used = reported.datasets_used(session)
    known = datasets.named(session, {*used, *(row.dataset_id for row in rows if row.dataset_id)})
    titles = {dataset: one.title for dataset, one in known.items()}
    studies = [_study(session, name, sources[name], claims, titles, query.verdict) for name in names]
    counts, checks = (_total(getattr(one, part) for one in studies) for part in ("counts", "checks"))
    return ReportOut(
        words=in_words(counts, checks),
        counts=counts,
        checks=checks,
        studies=studies,
        datasets=[NamedDatasetOut(id=dataset, title=titles[dataset]) for dataset in sorted(used)],
    )


def _check(session: Session, query: ReportQuery, found: Mapping[str, Any]) -> None:
    """InvalidError where the query names a study or a data set that is not there."""
    known = {*STUDIES, *found}
    for name in query.study:
        if name not in known:
            raise _refused(
                "study", f"there is no study {name[:40]!r}; studies are: {', '.join(sorted(known))}"
            )
    if query.dataset is not None:
        try:
            datasets.get(session, query.dataset)
        except NotFoundError as error:
            raise _refused("dataset", error.detail) from None


def _refused(field: str, detail: str) -> InvalidError:
    return InvalidError(f"{field}: {detail}", (FieldError(f"/query/{field}", detail),))


def _chosen(session: Session, query: ReportQuery) -> list[Experiment]:
    """Return the experiments that the query names, in its order."""
    if query.experiments is None:
        return []
    if len(query.study) != 1:
        raise _refused("experiments", "experiments of one study are compared: name it as study")
    ids = list(dict.fromkeys(query.experiments.split(",")))
    if len(ids) > COMPARED or not all(EXPERIMENT_ID.fullmatch(one) for one in ids):
        raise _refused(
            "experiments", f"must be 1 to {COMPARED} ids of 12 hexadecimal digits with commas between"
        )
    chosen = []
    for one in ids:
        row = session.get(Experiment, one)
        if row is None:
            raise _refused("experiments", f"there is no experiment {one}; it may have been deleted")
        if row.study != query.study[0] or row.status is not ExperimentStatus.DONE:
            raise _refused("experiments", f"{one} is no finished experiment of the study {query.study[0]}")
        chosen.append(row)
    return chosen


def _wanted(name: str, query: ReportQuery, found: Mapping[str, Any]) -> bool:
    """Whether a paper is listed: those without an experiment are, unless a data set is asked for."""
    return (not query.study or name in query.study) and (query.dataset is None or name in found)


def _told(rows: Sequence[Experiment], chosen: Sequence[Experiment]) -> Told:
    first = chosen or rows[:1]
    return Told(first, [row for row in rows if row.id not in {one.id for one in first}])


def _study(
    session: Session,
    name: str,
    source: Told,
    claims: Mapping[str, Sequence[ClaimRow]],
    titles: Mapping[str, str],
    verdicts: Sequence[ClaimVerdict],
) -> ReportedStudyOut:
    study = STUDIES.get(name)
    findings = {} if study is None else {finding.key: finding for finding in study.findings}
    runs = {} if study is None else _runs(session, study)
    told_ = [_claims(row, claims[row.id], findings, runs) for row in source.chosen]
    first = told_[0] if told_ else [_open(finding, runs.get(finding.key)) for finding in findings.values()]
    return ReportedStudyOut(
        name=name,
        title=name if study is None else study.title,
        question="" if study is None else study.question,
        paper=None if study is None else paper_out(study.paper),
        unknown=f"This version of Memoscope has no study {name!r}." if study is None else None,
        counts=_counted(claim for claim in first if not claim.arithmetic),
        checks=_counted(claim for claim in first if claim.arithmetic),
        experiments=[_experiment(row, titles) for row in source.chosen],
        others=[_experiment(row, titles) for row in source.others],
        claims=[claim for claim in first if not verdicts or claim.verdict in verdicts],
        compared=_compared(told_, verdicts) if len(told_) > 1 else [],
        run=None if study is None else _run_of(session, study, next(iter(study.presets), None)),
    )


def _claims(
    row: Experiment,
    claims: Sequence[ClaimRow],
    findings: Mapping[str, Finding],
    runs: Mapping[str, RunOut],
) -> list[ReportedClaimOut]:
    """Return what an experiment says, in the order of its study, and the findings that it says nothing of."""
    made = {
        claim.key: ReportedClaimOut(
            **ClaimOut.model_validate(claim).model_dump(),
            experiment_id=row.id,
            paper_number=findings[claim.key].number if claim.key in findings else None,
            run=None,
        )
        for claim in claims
    }
    missing = {key: _open(finding, runs.get(key)) for key, finding in findings.items() if key not in made}
    order = [*findings, *(key for key in made if key not in findings)]
    return [made[key] if key in made else missing[key] for key in order]


def _open(finding: Finding, run: RunOut | None) -> ReportedClaimOut:
    """Return a finding that no experiment at hand says anything of."""
    how = (
        "Not run yet: no preset makes this claim, other settings do."
        if run is None
        else f"Not run yet: {run.title} makes this claim."
    )
    return ReportedClaimOut(
        key=finding.key,
        statement=finding.statement,
        source=finding.source,
        paper_value=finding.paper,
        unit=finding.unit,
        setting=finding.setting or "not run",
        question=finding.question,
        rule=finding.rule,
        arithmetic=finding.arithmetic,
        experiment_id=None,
        paper_number=finding.number,
        run=run,
        **{**vars(not_run(how)), "note": how},
    )


def _compared(
    told_: Sequence[Sequence[ReportedClaimOut]], verdicts: Sequence[ClaimVerdict]
) -> list[ComparedClaimOut]:
    """Return each claim in all experiments, without those that none of them was about."""
    by_key = [{claim.key: claim for claim in claims if claim.experiment_id} for claims in told_]
    keys = dict.fromkeys(claim.key for claims in told_ for claim in claims)
    rows = [(key, [made.get(key) for made in by_key]) for key in keys]
    return [
        ComparedClaimOut(key=key, arithmetic=any(item.arithmetic for item in items if item), items=items)
        for key, items in rows
        if any(item and (not verdicts or item.verdict in verdicts) for item in items)
    ]


def _experiment(row: Experiment, titles: Mapping[str, str]) -> ReportedExperimentOut:
    found = try_open(row)
    title = titles.get(row.dataset_id or "")
    deviations: list[str] = []
    scope: list[str] = []
    figure = unreadable = None
    setting = "ours, made by another version"
    if isinstance(found, str):
        unreadable = found
    else:
        departures = found.study.departures
        deviations = list(departures.of_setting(named(found.params, title or "")))
        scope = list(departures.scope(found.params))
        key = found.study.key(found.params)
        figure = key and figure_out(key)
        setting = "ours, reduced settings" if deviations else "ours, paper settings"
    return ReportedExperimentOut(
        id=row.id,
        title=row.title,
        dataset_id=row.dataset_id,
        dataset_title=title,
        setting=setting,
        deviations=deviations,
        scope=scope,
        unreadable=unreadable,
        figure=figure,
        created_at=row.created_at,
    )


def _runs(session: Session, study: Study[Any, Any]) -> dict[str, RunOut]:
    """Return for each finding the first of the ways to run its study with which there is such a claim."""
    first = {
        finding.key: next((way for way, _, params in _ways(study.name) if finding.of(params)), None)
        for finding in study.findings
    }
    priced = {way: _run_of(session, study, way) for way in set(first.values())}
    return {key: run for key, way in first.items() if (run := priced[way]) is not None}


@lru_cache(maxsize=32)
def _ways(name: str) -> tuple[tuple[str, str, StudyParams], ...]:
    """Return (name, title, parameters): the first preset, this with a choice switched on, further presets."""
    study = STUDIES[name]
    ways = [
        (
            preset,
            study.preset_titles.get(preset, preset.replace("_", " ").capitalize()),
            study.params.model_validate(values),
        )
        for preset, values in study.presets.items()
    ]
    preset, title, params = ways[0]
    switched = []
    for field, info in study.params.model_fields.items():
        if info.annotation is bool and not getattr(params, field):
            values = {**study.presets[preset], field: True}
            with suppress(ValidationError):  # one that asks for more than itself
                made = study.params.model_validate(values)
                switched.append((f"{preset}+{field}", f"{title} with {info.title or field}", made))
    return (ways[0], *switched, *ways[1:])


def _run_of(session: Session, study: Study[Any, Any], way: str | None) -> RunOut | None:
    """Price a way to run a study; None where there is nothing to run, or its data set is gone."""
    found = next((one for one in _ways(study.name) if one[0] == way), None)
    if found is None or study.plan is None:
        return None
    name, title, params = found
    options = study.data_of(params)
    row = None if options is None else session.get(DatasetRow, options.dataset)
    if options is not None and row is None:
        return None
    seconds = _seconds(study.name, name, None if row is None else shape_of(row))
    return RunOut(preset=name, title=title, params=_differing(study.name, name), seconds=seconds)


@lru_cache(maxsize=256)
def _differing(study: str, way: str) -> dict[str, Any]:
    return told(next(params for name, _, params in _ways(study) if name == way))


@lru_cache(maxsize=256)  # plans of whole papers have tens of thousands of units
def _seconds(study: str, way: str, whole: Shape | None) -> float:
    params: Any = next(params for name, _, params in _ways(study) if name == way)
    found = STUDIES[study]
    options = found.data_of(params)
    shape = None if whole is None or options is None else expected_shape(whole, options)
    return 0.0 if found.plan is None else sum(unit.seconds for unit in found.plan.units(params, shape))


def _counted(claims: Iterable[ClaimOut]) -> VerdictsOut:
    found = Counter(claim.verdict for claim in claims)
    return VerdictsOut(**{verdict.replace(" ", "_"): found[verdict] for verdict in ClaimVerdict})


def _total(counts: Iterable[VerdictsOut]) -> VerdictsOut:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one.model_dump())
    return VerdictsOut(**{name: total[name] for name in VerdictsOut.model_fields})


def in_words(counts: VerdictsOut, checks: VerdictsOut) -> str:
    """Say in sentences how claims came out."""
    number = sum(counts.model_dump().values())
    if number == counts.not_run:
        return f"None of {number} claims has been measured yet."
    parts = [
        f"{counts.holds} {'holds' if counts.holds == 1 else 'hold'}",
        f"{counts.differs} {'differs' if counts.differs == 1 else 'differ'}",
        f"{counts.undecided} {'is' if counts.undecided == 1 else 'are'} undecided",
        f"{counts.not_run} {'has' if counts.not_run == 1 else 'have'} not been run",
    ]
    apart = checks.holds + checks.differs + checks.undecided
    words = f"Of {number} claims {', '.join(parts[:-1])}, and {parts[-1]}."
    return words + (
        f" Apart from these, {checks.holds} of {apart} checks of arithmetic hold." if apart else ""
    )
