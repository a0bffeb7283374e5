"""Words of this study, explained."""

from backend.studies.kit.terms import Term

TERMS = (
    Term(
        key="consistency_profile",
        name="Consistency profile",
        words=("consistency profiles", "consistency profile"),
        text=(
            "How often models get an example right that they have not seen, when trained on a tenth, a third,"
            " half or nearly all of the other examples. Easy examples are known early."
        ),
        source="Jiang et al. 2021, section 3",
    ),
    Term(
        key="memorized_removed",
        name="Removal",
        words=("without memorized examples", "removing memorized examples"),
        text=(
            "Training again without the examples whose scores are high, and, to compare, without as many that"
            " are drawn by lot. If the first costs more on new pictures, memorizing was of use."
        ),
        source="Feldman & Zhang 2020, figure 2",
    ),
)
