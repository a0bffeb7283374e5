"""Soudry et al. 2018: gradient descent on separable data ends in the maximum margin."""

from backend.studies.kit.departures import Departures
from backend.studies.kit.facts import Facts
from backend.studies.kit.paper import Paper
from backend.studies.kit.params import StudyParams
from backend.studies.kit.study import Study
from backend.studies.separable.labs import LABS

STUDY = Study(
    name="separable",
    title="Gradient descent on separable data",
    question="Of all separators, which one does gradient descent find?",
    summary="Without any regularizer, gradient descent goes to the maximum margin, ever more slowly.",
    paper=Paper(
        title="The Implicit Bias of Gradient Descent on Separable Data",
        authors=(
            "Daniel Soudry",
            "Elad Hoffer",
            "Mor Shpigel Nacson",
            "Suriya Gunasekar",
            "Nathan Srebro",
        ),
        year=2018,
        venue="Journal of Machine Learning Research",
        url="https://www.jmlr.org/papers/v19/18-188.html",
        kind="article",
    ),
    params=StudyParams,
    presets={"quick": {}, "paper": {}},
    facts=Facts,
    departures=Departures(StudyParams()),
    labs=LABS,
)
