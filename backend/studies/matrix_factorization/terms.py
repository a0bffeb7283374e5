"""Words of this study, explained."""

from backend.studies.kit.terms import Term

TERMS = (
    Term(
        key="rank",
        name="Rank",
        words=("effective rank", "low rank", "rank"),
        text=(
            "How many patterns a table of numbers is a mixture of. A table of rank 1 is one row of"
            " factors times one column. Effective rank counts weak patterns only in part."
        ),
        source="effective rank: Roy & Vetterli 2007",
    ),
    Term(
        key="nuclear_norm",
        name="Nuclear norm",
        words=("minimal nuclear norm", "nuclear norm", "nuclear norms"),
        text=(
            "The sum of how strong the patterns of a table are. Making it small is a known way to fill in"
            " missing numbers with few patterns."
        ),
        source="Candès & Recht 2009",
    ),
    Term(
        key="factorization_depth",
        name="Depth of a factorization",
        words=("deeper products", "deep products", "depth"),
        text=(
            "A table written as a product of several others, all of which are trained. Depth is how many"
            " there are. The product can be any table at any depth; only the way of training to it"
            " differs."
        ),
        source="Arora et al. 2019",
    ),
    Term(
        key="singular_value",
        name="Singular value",
        words=("singular values", "singular value"),
        text=("How strong one of the patterns is that a table is a mixture of."),
    ),
)
