"""Words of this study, explained."""

from backend.studies.kit.terms import Term

TERMS = (
    Term(
        key="information_bits",
        name="Information",
        words=("bits of information", "mutual information", "information"),
        text=(
            "How much one thing tells about another, in bits. One bit halves the possibilities: a layer"
            " with 3 bits about its input tells eight groups of inputs apart."
        ),
        source="Shannon, A mathematical theory of communication, 1948",
    ),
    Term(
        key="information_plane",
        name="Information plane",
        words=("information plane",),
        text=(
            "A map with a point for each layer at each epoch: to the right how much it tells about the"
            " input, upward how much about the label. The claim was that layers first move up, then to the"
            " left."
        ),
        source="Shwartz-Ziv & Tishby 2017",
    ),
    Term(
        key="compression",
        name="Compression",
        words=("compression phase", "compression", "compress", "compresses"),
        text=(
            "A layer compresses when it tells less and less about its input while training goes on, as if"
            " it forgot what the label does not need."
        ),
        source="Shwartz-Ziv & Tishby 2017; questioned by Saxe et al. 2018",
    ),
    Term(
        key="bins",
        name="Bins",
        words=("bins", "binning", "bin"),
        text=(
            "Activations are numbers without end; to count them, their range is cut into pieces, the"
            " bins. How much information is measured depends on how many there are."
        ),
        source="Saxe et al. 2018",
    ),
)
