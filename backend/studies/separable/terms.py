"""Words of this study, explained."""

from backend.studies.kit.terms import Term

TERMS = (
    Term(
        key="separable",
        name="Separable",
        words=("linearly separable", "separable"),
        text=(
            "Examples of two classes are separable when a straight line, or a plane in more dimensions,"
            " has all of one class on one side and all of the other on the other side."
        ),
        source="Soudry et al. 2018",
    ),
    Term(
        key="max_margin",
        name="Maximum margin",
        words=("maximum-margin", "maximum margin", "max-margin", "l2 max-margin"),
        text=(
            "Among all lines that separate the classes, the one that stays as far as possible from the"
            " nearest examples."
        ),
        source="Soudry et al. 2018, theorem 3",
    ),
    Term(
        key="support_vector",
        name="Support vector",
        words=("support vectors", "support vector"),
        text=(
            "An example that lies nearest to the dividing line of the maximum margin. The others could be"
            " taken away without moving it."
        ),
        source="Cortes & Vapnik, Support-vector networks, 1995",
    ),
)
