"""What must be so whatever networks do: the patterns, the estimators, and the bound."""

import numpy as np

from backend.core.contracts import ClaimVerdict
from backend.statistics.information import about_chances, entropy_of_labels, exactly, of_codes
from backend.studies.information_plane.claims.compression import TISHBY, needs, of, tanh
from backend.studies.information_plane.found import Planes
from backend.studies.kit.findings import Finding, Measurement, finding, not_run
from backend.theory.bottleneck import bottleneck
from backend.theory.layer_information import Measure, states
from backend.theory.small_networks import activities
from backend.theory.sphere_patterns import icosahedron_labels, patterns, softened

PROFILE = (0, 0, 0, 0, 0, 60, 532, 732, 495, 220, 66, 12, 1)  # patterns of label 1 by lit points
SHARPNESS = 8.0  # of the stochastic rule, with which I(X;Y) is 0.989 bits
EXACT = 1e-6


@finding(
    "The generated labels are those of the published data set.",
    f"{TISHBY}: var_u.mat",
    "2,118 of 4,096 have label 1",
    unit="patterns of label 1",
    needs=lambda found: "" if found.facts.blocks else "needs a first unit",
    arithmetic=True,
    question="Are these the published patterns?",
    rule="Holds if as many patterns have label 1 at every number of lit points as in the published file,"
    " differs if not.",
)
def published_patterns(_found: Planes) -> Measurement:
    """Count labels by lit points."""
    labels = icosahedron_labels()
    lit = patterns().sum(axis=1).astype(int)
    same = tuple(np.bincount(lit, labels).astype(int).tolist()) == PROFILE
    count = float(labels.sum())
    note = f"H(Y) = {entropy_of_labels(labels):.5f} bits; by lit points 0 to 12 as in the file: {same}."
    verdict = ClaimVerdict.HOLDS if same else ClaimVerdict.DIFFERS
    return Measurement(verdict, count, count, count, note, f"{count:,.0f} have label 1")


@finding(
    "An estimator tells the inputs themselves apart, and nothing from a constant.",
    f"{TISHBY}: section 3",
    "12 bits and 0",
    unit="bits off, at most",
    needs=needs(tanh),
    arithmetic=True,
    question="Is the estimator right where the answer is known?",
    rule="Holds if the inputs have 12 bits about themselves and H(Y) about the label, a constant has none,"
    " and no layer of any network has more about the label than about its input, differs if not.",
)
def known_answers(found: Planes) -> Measurement:
    """Measure the inputs, a constant, and the order of both kinds of bits in all networks."""
    labels = icosahedron_labels()
    whole, none = (of_codes(exactly(layer), labels) for layer in (patterns(), 0 * patterns()))
    bits = of(found, tanh(found)).information
    most = max(float((bits[..., 1] - bits[..., 0]).max()), float(bits[..., 0].max()) - 12, 0.0)
    off = max(
        abs(float(whole.of_input) - 12),
        abs(float(whole.of_label) - entropy_of_labels(labels)),
        float(none.of_input),
        float(none.of_label),
        most,
    )
    verdict = ClaimVerdict.HOLDS if off < 1e-4 else ClaimVerdict.DIFFERS
    return Measurement(
        verdict, off, off, off, "Arrays are kept in float32.", f"off by {off:.1g} bits at most"
    )


@finding(
    "No layer lies above the bound of the stochastic rule, which is concave.",
    f"{TISHBY}: Fig. 6",
    "on or below",
    unit="bits above the bound, at most",
    needs=needs(tanh),
    arithmetic=True,
    question="Do all layers lie on or below the bound?",
    rule=f"Holds if no converged layer has more bits about a label of sharpness {SHARPNESS:g} than the bound"
    " of Blahut and Arimoto allows, and its slope only falls, differs if not.",
)
def under_bound(found: Planes) -> Measurement:
    """Measure the first networks' layers about the stochastic label."""
    known = of(found, tanh(found))
    chances = softened(SHARPNESS)
    bound = bottleneck(chances)
    widths, over = found.params.layers(known.arm), []
    for own in known.weights[:3, -1]:
        layers = activities(own, widths, known.arm.activation, patterns())
        for number, layer in enumerate(layers, 1):
            codes = states(layer, known.arm.activation, Measure(), (-1.0, 1.0), output=number == len(layers))
            bits = float(of_codes(codes, icosahedron_labels()).of_input)
            over.append(float(about_chances(codes, chances)) - float(bound.bound(bits)))
    slopes = np.diff(bound.of_label) / np.diff(bound.of_input)
    if len(slopes) == 0:
        return not_run("the rule is constant")
    highest = max(over)
    concave = bool((np.diff(slopes) <= EXACT).all())
    verdict = ClaimVerdict.HOLDS if highest <= 1e-3 and concave else ClaimVerdict.DIFFERS
    answer = f"one is {highest:.3f} bits above it" if highest > 1e-3 else "none is above it"
    note = f"The bound has {len(bound.of_input)} points up to {bound.of_label[-1]:.3f} bits."
    return Measurement(verdict, highest, highest, highest, note, answer)


FINDINGS: tuple[Finding, ...] = (published_patterns, known_answers, under_bound)
