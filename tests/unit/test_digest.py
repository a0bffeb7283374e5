"""The digest of a study's code covers exactly what can change its numbers."""

import shutil
from pathlib import Path

import pytest

from backend.core.provenance import ROOT
from backend.studies import STUDIES
from backend.studies.kit import digest


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sources, which the digest is taken of."""
    for folder in ("backend", "workers"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(digest, "ROOT", tmp_path)
    return tmp_path


def codes() -> dict[str, str]:
    digest.code_digest.cache_clear()
    digest._imported.cache_clear()
    found = {name: study.code for name, study in STUDIES.items()}
    digest.code_digest.cache_clear()
    digest._imported.cache_clear()
    return found


def change(root: Path, path: str, text: str = "\n# changed\n") -> None:
    file = root / path
    file.write_text(file.read_text() + text)


def changed_by(root: Path, path: str, text: str = "\n# changed\n") -> set[str]:
    """Return the studies whose digest a change of a file changes."""
    before = codes()
    change(root, path, text)
    return differing(before, codes())


def differing(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in STUDIES if before[name] != after[name]}


ON_IMAGES = {"memorization", "randomization"}
COUNTS = {
    "backend/statistics/subsets.py": ON_IMAGES,
    "backend/datasets/label_noise.py": ON_IMAGES,
    "backend/networks/ladders.py": ON_IMAGES,
    "backend/scores/scores.py": ON_IMAGES,
    "workers/engine/train.py": ON_IMAGES,
    "workers/models/mlp.py": ON_IMAGES,
    "workers/studies/memorization/__init__.py": {"memorization"},
    "backend/studies/memorization/plan.py": {"memorization"},
    "backend/studies/memorization/params.py": {"memorization"},
    "backend/studies/memorization/facts.py": {"memorization"},
    "workers/studies/randomization/linear.py": {"randomization"},
    "workers/studies/randomization/fits.py": {"randomization"},
    "backend/studies/randomization/plan.py": {"randomization"},
    "backend/theory/kernel.py": {"randomization"},
    "workers/engine/fit.py": {"randomization"},
    "workers/models/inception.py": {"randomization"},
}
COUNTS_NOT = [
    "backend/studies/memorization/claims.py",
    "backend/studies/memorization/figures.py",
    "backend/studies/memorization/presets.py",
    "backend/studies/memorization/departures.py",
    "backend/studies/memorization/__init__.py",
    "backend/studies/randomization/figures/fitting.py",
    "backend/studies/randomization/claims/linear.py",
    "backend/studies/scored/histograms.py",
    "backend/studies/kit/findings.py",
    "backend/studies/kit/figures.py",
    "backend/studies/kit/labs.py",
    "backend/figures/style.py",
    "backend/api/figures.py",
    "backend/core/models.py",
    "backend/export/page.py",
    "workers/heart.py",
]


def test_what_can_change_a_number_changes_the_digest_of_the_studies_it_belongs_to(copied: Path) -> None:
    before = codes()
    for path, studies in COUNTS.items():
        change(copied, path)
        after = codes()
        assert differing(before, after) & ON_IMAGES == studies, path
        before = after


def test_words_drawings_and_the_rest_of_the_house_change_nothing(copied: Path) -> None:
    before = codes()
    for path in COUNTS_NOT:
        change(copied, path)
    assert differing(before, codes()) == set()


def test_a_module_that_is_newly_imported_counts(copied: Path) -> None:
    assert changed_by(copied, "backend/theory/priors.py") & ON_IMAGES == set()
    line = "\nfrom backend.theory import priors\n"
    assert changed_by(copied, "workers/studies/memorization/__init__.py", line) == {"memorization"}
    assert changed_by(copied, "backend/theory/priors.py") & ON_IMAGES == {"memorization"}


def test_the_digest_is_that_of_the_sources_at_hand() -> None:
    assert len({study.code for study in STUDIES.values()}) == len(STUDIES)
    assert all(len(study.code) == 64 for study in STUDIES.values())
