"""Words of this study, explained."""

from backend.studies.kit.terms import Term

TERMS = (
    Term(
        key="random_labels",
        name="Random labels",
        words=("random labels", "random label"),
        text=(
            "Labels drawn by lot, so that nothing about a picture tells them. A network that fits them"
            " has learned each picture by heart."
        ),
        source="Zhang et al. 2017, section 2.1",
    ),
    Term(
        key="regularizer",
        name="Regularizer",
        words=(
            "explicit regularizers",
            "explicit regularization",
            "regularizers",
            "regularizer",
            "regularization",
        ),
        text=(
            "A change to training that is meant to help on new pictures: a penalty on large weights,"
            " altered copies of pictures, units left out at random."
        ),
        source="Zhang et al. 2017, section 3",
    ),
    Term(
        key="corruption",
        name="Corruption",
        words=("corruption", "corrupted labels", "corrupted"),
        text=("The share of labels that are redrawn by lot. At 0 all are true, at 1 none says anything."),
        source="Zhang et al. 2017, section 2.2",
    ),
)
