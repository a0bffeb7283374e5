"""Words of this study, explained."""

from backend.studies.kit.terms import Term

TERMS = (
    Term(
        key="lipschitz",
        name="Lipschitz constant",
        words=("lipschitz constants", "lipschitz constant", "lipschitz"),
        text=(
            "How much the answer can change at most when the input changes a little. A small one means a"
            " smooth, robust answer."
        ),
        source="Bubeck & Sellke 2021",
    ),
    Term(
        key="weights",
        name="Weights",
        words=("parameters", "weights"),
        text=(
            "The numbers of a network that training sets. The law says that to fit noise smoothly takes"
            " about as many as examples times dimensions."
        ),
        source="Bubeck & Sellke 2021, theorem 1",
    ),
    Term(
        key="smooth_fit",
        name="Smooth",
        words=("smoothly", "smooth", "robust", "robustness"),
        text=(
            "A fit is smooth if inputs that are nearly alike get answers that are nearly alike. It is"
            " what attacks with tiny changes of a picture make use of where it is missing."
        ),
        source="Bubeck & Sellke 2021",
    ),
)
