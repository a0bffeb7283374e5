"""The report of the API as Markdown."""

from collections.abc import Mapping
from typing import Any

BEGIN, END = "<!-- report: begin -->", "<!-- report: end -->"
FIGURES = "report"  # folder of the figures, beside the document


def document(report: Mapping[str, Any]) -> str:
    """Return the whole report: papers, the figure of each, and a table of all its claims."""
    head = [
        "# Report",
        "Every claim of every paper beside what the quick presets measure: `make report` writes this page. "
        "Numbers are ours, at the settings named; a paper's number is in the column of the paper.",
        report["words"],
        table(report),
    ]
    return "\n\n".join([*head, *map(_study, report["studies"])]) + "\n"


def table(report: Mapping[str, Any]) -> str:
    """Return how many claims of each paper have which verdict."""
    rows = [
        "| paper | hold | differ | undecided | not run |",
        "|---|---|---|---|---|",
    ]
    for study in report["studies"]:
        counts = study["counts"]
        numbers = (str(counts[name]) for name in ("holds", "differs", "undecided", "not_run"))
        rows.append(f"| {_cited(study['paper'])} | {' | '.join(numbers)} |")
    return "\n".join(rows)


def within(page: str, text: str) -> str:
    """Return a page with a text between its two marks; ValueError where it has not both."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no place for the report: {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{text}\n{END}{after}"


def _cited(paper: Mapping[str, Any]) -> str:
    first = paper["authors"].split(",")[0].split()[-1]
    more = " et al." if "," in paper["authors"] else ""
    return f"{first}{more} {paper['year']}"


def _study(study: Mapping[str, Any]) -> str:
    name, paper = study["name"], study["paper"]
    parts = [
        f"## {study['title']}",
        f"{study['question']} [{paper['title']}]({paper['url']}), {_cited(paper)}.",
    ]
    for experiment in study["experiments"]:
        parts.append(f"![{experiment['title']}]({FIGURES}/{name}.png)")
        setting = experiment["setting"][:1].upper() + experiment["setting"][1:]
        departs = "; ".join(experiment["deviations"])
        parts.append(f"{setting}{f': {departs}' if departs else ''}.")
    findings = [claim for claim in study["claims"] if not claim["arithmetic"]]
    checks = [claim for claim in study["claims"] if claim["arithmetic"]]
    parts.append(_claims(name, findings))
    if checks:
        parts += ["Checks of arithmetic, which can fail by a fault of ours alone:", _claims(name, checks)]
    return "\n\n".join(parts)


def _claims(study: str, claims: list[Mapping[str, Any]]) -> str:
    rows = ["| claim | verdict | outcome | paper | ours | where |", "|---|---|---|---|---|---|"]
    for claim in claims:
        cells = (outcome(claim), claim["paper_value"], measured(claim), claim["source"])
        told = " | ".join(_cell(cell) for cell in cells)
        rows.append(f"| `{study}/{claim['key']}` | {claim['verdict']} | {told} |")
    return "\n".join(rows)


def outcome(claim: Mapping[str, Any]) -> str:
    """Return a claim with its outcome in a sentence."""
    asked = claim["question"] or claim["statement"]
    found = claim["note"] if claim["verdict"] == "not run" else claim["answer"]
    return f"{asked} {found[:1].upper()}{found[1:]}" if found else asked


def measured(claim: Mapping[str, Any]) -> str:
    """Return the measured value with its interval and unit."""
    if claim["measured"] is None:
        return "not measured"
    value = f"{claim['measured']:.3g}"
    if claim["low"] is not None and claim["high"] is not None:
        value += f" ({claim['low']:.3g} to {claim['high']:.3g})"
    return f"{value} {claim['unit']}".strip()


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
