"""Shapes of the report of all claims."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from backend.api.schemas import ClaimOut, FigureInfoOut, PaperOut


class VerdictsOut(BaseModel):
    """How many claims have which verdict."""

    holds: int
    differs: int
    undecided: int
    not_run: int


class RunOut(BaseModel):
    """How a study is run so that a claim can be made."""

    preset: str = Field(description="a preset, or one with a choice switched on: quick+distillation")
    title: str
    params: dict[str, Any] = Field(description="what differs from the study's defaults")
    seconds: float = Field(description="expected time on one worker of two cores")


class ReportedExperimentOut(BaseModel):
    """An experiment whose claims are told."""

    id: str
    title: str
    dataset_id: str | None
    dataset_title: str | None
    setting: str = Field(description="whose numbers these are: ours at paper or at reduced settings")
    deviations: list[str] = Field(description="where it departs from the paper's setting")
    scope: list[str] = Field(description="what of the paper is not run, or run otherwise")
    unreadable: str | None = Field(description="why this version cannot draw it")
    figure: FigureInfoOut | None = Field(description="the one that stands for it")
    created_at: datetime


class ReportedClaimOut(ClaimOut):
    """A claim of one experiment, or one that no finished experiment makes."""

    experiment_id: str | None
    paper_number: float | None = Field(
        description="the paper's value in the claim's unit; null in words alone"
    )
    run: RunOut | None = Field(description="what makes this claim, where the experiment does not")


class ComparedClaimOut(BaseModel):
    """One claim in several experiments, in the order asked for; null where it is not made."""

    key: str
    arithmetic: bool
    items: list[ReportedClaimOut | None]


class ReportedStudyOut(BaseModel):
    """A paper with its claims."""

    name: str
    title: str
    question: str
    paper: PaperOut | None = Field(description="null of a study that this version does not know")
    unknown: str | None = Field(description="why this version knows no more of it")
    counts: VerdictsOut = Field(description="of the claims that were measured, whatever is filtered")
    checks: VerdictsOut = Field(description="of the checks of arithmetic")
    experiments: list[ReportedExperimentOut] = Field(
        description="whose claims are told: the newest finished one, or those that were asked for"
    )
    others: list[ReportedExperimentOut] = Field(description="further finished ones, newest first")
    claims: list[ReportedClaimOut] = Field(description="of the first experiment, as filtered")
    compared: list[ComparedClaimOut] = Field(description="of all experiments, where there are several")
    run: RunOut | None = Field(description="the study's first preset")


class NamedDatasetOut(BaseModel):
    """A data set that can be filtered by."""

    id: str
    title: str


class ReportOut(BaseModel):
    """What was found of every claim of every paper."""

    words: str = Field(description="the outcome in sentences")
    counts: VerdictsOut
    checks: VerdictsOut
    studies: list[ReportedStudyOut]
    datasets: list[NamedDatasetOut] = Field(description="that finished experiments are on")
