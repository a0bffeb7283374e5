"""What other programs show of a link to an experiment: title, description and a picture."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

from sqlalchemy.orm import Session

from backend.api import results
from backend.api.drawings import etag
from backend.api.opened import try_open
from backend.api.presenting import experiment_out
from backend.api.schemas import HistogramPreviewOut, LinesPreviewOut
from backend.core.drawing import drawing_digest
from backend.core.models import Experiment
from backend.core.queries import experiments
from backend.core.settings import Settings
from backend.figures.preview import HEIGHT, WIDTH, Bars, Line, Lines, preview
from backend.scores.few import few_models
from backend.studies import STUDIES

BINS = 40


@dataclass(frozen=True)
class LinkPreview:
    """The description of a link; `image` and `url` are whole addresses, `drawn` says what the image shows."""

    title: str
    description: str
    url: str
    image: str
    drawn: str

    def tags(self) -> str:
        """Return the elements of an HTML head: Open Graph's, and Twitter's, which fall back on those."""
        properties = {
            "og:type": "website",
            "og:site_name": "Memoscope",
            "og:title": self.title,
            "og:description": self.description,
            "og:url": self.url,
            "og:image": self.image,
            "og:image:type": "image/png",
            "og:image:width": str(WIDTH),
            "og:image:height": str(HEIGHT),
            "og:image:alt": f"{self.drawn}: {self.title}",
        }
        tags = [f'<meta property="{name}" content="{escape(value)}">' for name, value in properties.items()]
        tags.append('<meta name="twitter:card" content="summary_large_image">')
        return "\n    ".join([f"<title>{escape(self.title)} · Memoscope</title>", *tags])


def describe(session: Session, experiment: Experiment, url: str) -> LinkPreview:
    """Describe the page of an experiment at that address from what its rows tell."""
    shown = experiment_out(session, experiment)
    facts = [_title(experiment)]
    facts += [shown.dataset_title] if shown.dataset_title else []
    drawn = "No results yet"
    if isinstance(shown.preview, HistogramPreviewOut):
        facts.append(f"{sum(shown.preview.counts):,} examples")
        drawn = "Histogram of memorization scores"
    elif shown.preview is not None:
        drawn = f"{shown.preview.y_title} over {shown.preview.x_title}"
    facts += [f"{shown.progress.models_done:,} {shown.counted}", shown.status]
    return LinkPreview(
        title=shown.title,
        description=" · ".join(facts),
        url=url,
        # Readers keep a picture as long as its address.
        image=f"{url}/preview.png?version={shown.version}-{drawing_digest()[:4]}",
        drawn=drawn,
    )


def _title(experiment: Experiment) -> str:
    """Return the title of the study, or its name where this version does not know it."""
    study = STUDIES.get(experiment.study)
    return experiment.study if study is None else study.title


class Picture(NamedTuple):
    """A picture that is drawn when it is needed, and a name that changes with what it shows."""

    etag: str
    draw: Callable[[], bytes]


def picture(settings: Settings, session: Session, experiment: Experiment, size: int | None) -> Picture:
    """Return the histogram of a size, as PNG; of the largest if there are no scores at that one.

    Of a study without scores, what its card shows.
    """
    summary = experiments.summaries(session, [experiment.id]).get(experiment.id)
    sizes = [] if summary is None else summary.sizes
    version = 0 if summary is None else summary.version

    def draw() -> bytes:
        if summary is None or summary.preview is None:
            return preview(experiment.title, f"{experiment.status} · no results yet", None)
        if not sizes:
            return _lines(experiment, LinesPreviewOut.model_validate(summary.preview))
        return _histogram(settings, session, experiment, size if size in sizes else max(sizes))

    return Picture(etag(experiment.id, version, experiment.status, size), draw)


def _histogram(settings: Settings, session: Session, experiment: Experiment, size: int) -> bytes:
    found_as = try_open(experiment)
    size_name = "size" if isinstance(found_as, str) else found_as.size_name
    table = results.table(settings, session, experiment.id)
    found = table.histogram(table.row(size), BINS, None)
    models = few_models(table.scores, table.row(size))
    facts = (
        f"{size_name} {size:,} · {found.n:,} examples",
        *(() if models is None else (f"only {models:,} models",)),
        f"{found.below_01 or 0:.1%} below 0.1",
        f"{found.above_09 or 0:.1%} above 0.9",
        *(() if experiment.status.terminal else ("still running",)),
    )
    return preview(experiment.title, " · ".join(facts), Bars(found.counts, found.edges))


def _lines(experiment: Experiment, drawing: LinesPreviewOut) -> bytes:
    facts = (_title(experiment), *(() if experiment.status.terminal else ("still running",)))
    lines = tuple(Line(line.name, line.color, tuple(line.x), tuple(line.y)) for line in drawing.lines)
    return preview(experiment.title, " · ".join(facts), Lines(drawing.x_title, drawing.y_title, lines))
