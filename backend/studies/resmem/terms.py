"""Words of this study, explained."""

from backend.studies.kit.terms import Term

TERMS = (
    Term(
        key="residual",
        name="Residual",
        words=("residuals", "residual"),
        text=(
            "What a network left to be learned of an example: the label, minus the shares that it gives"
            " to the classes."
        ),
        source="Yang et al. 2023, section 3",
    ),
    Term(
        key="nearest_neighbor",
        name="Nearest neighbors",
        words=("nearest neighbors", "nearest neighbor", "neighbors", "neighbor"),
        text=(
            "The training pictures that a network sees as most like a given one. What is known of them is"
            " looked up, not learned."
        ),
        source="Yang et al. 2023",
    ),
    Term(
        key="rescue",
        name="Rescued",
        words=("rescued", "rescues", "rescue"),
        text=(
            "A test picture is rescued if the network is wrong and what is looked up makes the answer"
            " right. Broken is the other way round."
        ),
    ),
)
