"""Words of this study, explained."""

from backend.studies.kit.terms import Term

TERMS = (
    Term(
        key="long_tail",
        name="Long tail",
        words=("long-tailed", "long tail", "tails", "tail"),
        text=(
            "Many kinds of examples that are rare one by one, but together make a good part of all. Of"
            " many of them a training set has just one."
        ),
        source="Feldman 2020",
    ),
    Term(
        key="subpopulation",
        name="Subpopulation",
        words=("subpopulations", "subpopulation", "subgroups", "subgroup"),
        text=(
            "A kind of examples within a class that look alike, such as tabby cats seen from the side. A"
            " rare one can only be known from the few examples of it."
        ),
        source="Feldman 2020, section 1",
    ),
    Term(
        key="unfitted",
        name="Unfitted",
        words=("unfitted", "not fitted", "not fit"),
        text=(
            "Examples of the training set that a learner gets wrong. The paper says what each of them"
            " costs on new examples."
        ),
        source="Feldman 2020, theorem 2.3",
    ),
)
