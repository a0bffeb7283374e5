/**
 * Every term of art on the pages, explained once; studies bring further ones of their own. Texts that pass through
 * `components/term.js` find them by their words.
 */

/**
 * @typedef {object} Term
 * @property {string} key its anchor in the glossary
 * @property {string} name
 * @property {string[]} words by which texts name it, in lower case, longest first
 * @property {string} text plain words, for someone of another field
 * @property {string} [source] who says so
 */

const FELDMAN = "Feldman & Zhang, What neural networks memorize and why, 2020";
const LUKASIK = "Lukasik et al., What do larger image classifiers memorise?, 2024";
const JIANG = "Jiang, Zhang, Talwar & Mozer, Characterizing structural regularities of labeled data, 2021";
const NEWCOMBE = "Newcombe, Statistics in Medicine 17, 1998, method 10";

/** @type {readonly Term[]} */
export const TERMS = [
  {
    key: "memorization_score",
    name: "Memorization score",
    words: ["memorization scores", "memorization score", "memorization"],
    text: "How much more often models get an example right when they were trained with it. It is the share of right answers with the example, minus the share without it. Near 0, nobody needed to see it. Near 1, only those that saw it know it: it was learned by heart.",
    source: `${FELDMAN}, equation 1`,
  },
  {
    key: "subset",
    name: "Subset",
    words: ["random subsets", "subsets", "subset"],
    text: "The random part of the training set that one model is trained on, here 70 % unless told otherwise. Every model has another one. So of every example there are models that saw it and models that did not.",
    source: `${FELDMAN}, section 2`,
  },
  {
    key: "held_out",
    name: "Held out",
    words: ["held-out accuracy", "held-out answers", "held-out models", "held-out answer", "held out"],
    text: "An example is held out of a model that was trained without it. What such a model answers shows what can be known of the example from all the others.",
    source: FELDMAN,
  },
  {
    key: "accuracy",
    name: "Accuracy",
    words: ["test accuracy", "in-accuracy", "accuracy"],
    text: "The share of right answers. In-accuracy is that of models which had the example, held-out accuracy that of models which had not, and test accuracy that on pictures which no model was trained on.",
  },
  {
    key: "interval",
    name: "Interval",
    words: ["95 % intervals", "95 % interval", "intervals", "interval"],
    text: "A score from a few models is partly luck. The interval holds all values that the models asked do not rule out; in 95 of 100 such cases it holds the true one. More models make it narrower: four times as many, about half as wide.",
    source: NEWCOMBE,
  },
  {
    key: "verdict",
    name: "Verdict",
    words: ["verdicts", "verdict"],
    text: "Of an example: memorized if the whole interval lies at or above 0.25, not memorized if it lies below, else undecided. Of a claim: it holds, it differs here, it is undecided, or it was not run.",
    source: `the threshold of 0.25: ${FELDMAN}, section 3`,
  },
  {
    key: "claim",
    name: "Claim",
    words: ["claims", "claim", "findings", "finding"],
    text: "A sentence of a paper with a number that we measure. A rule that is written down says when it holds. A claim that differs stays on the page, since a smaller setting can give another answer.",
  },
  {
    key: "setting",
    name: "Paper settings, reduced settings",
    words: ["paper settings", "reduced settings", "reduced"],
    text: "Numbers at paper settings were measured as the paper says: its data, networks and training. At reduced settings something is smaller or shorter, so that it runs on the machine at hand; what differs is listed.",
  },
  {
    key: "sampling_noise",
    name: "Sampling noise",
    words: ["sampling noise", "noise alone", "by chance"],
    text: "What chance alone does to a number that comes from a limited number of models. Ask other models of the same kind, and the number is a little different. A change counts only if noise does not explain it.",
  },
  {
    key: "trajectory_type",
    name: "Trajectory type",
    words: ["trajectory types", "types of trajectories", "trajectories", "trajectory"],
    text: "How an example’s score goes as models become larger: it stays, rises, falls, rises and falls again (cap), or falls and rises again (u). Unresolved is what noise hides.",
    source: `${LUKASIK}, section 4`,
  },
  {
    key: "placebo",
    name: "Placebo",
    words: ["placebo rate", "placebo"],
    text: "The same rule where nothing is to be found: models of one size are dealt into groups, as if these were sizes. Types that it finds there are made by noise. A real share should be larger than the placebo’s.",
  },
  {
    key: "model_size",
    name: "Model size",
    words: ["model sizes", "model size", "width"],
    text: "How large a network is. Width is the number of units side by side, depth the number of layers one behind the other. Larger networks have more weights that training can set.",
    source: LUKASIK,
  },
  {
    key: "c_score",
    name: "C-score",
    words: ["c-scores", "c-score", "consistency score"],
    text: "The consistency score: the share of models that get an example right without having seen it. High means easy. At one share of the training set it is the held-out accuracy.",
    source: JIANG,
  },
  {
    key: "influence",
    name: "Influence",
    words: ["influence", "helps most", "helps whom"],
    text: "How much a training example helps another one: how often the other is right among models that had the first, minus how often among models that had not.",
    source: `${FELDMAN}, section 2`,
  },
  {
    key: "margin",
    name: "Margin",
    words: ["margins", "margin"],
    text: "How clearly a model answers: what it gives to the label, minus the most that it gives to any other class. Above 0 the answer is right. In review, it is how much more models give to another class than to the label.",
  },
  {
    key: "estimator",
    name: "Counts and margins",
    words: ["scores by margins", "estimator"],
    text: "Two ways to a score. Counts of right answers are the definition. Margins also use how clear each answer was, and need fewer models for an interval as narrow; what they assume is said where they are used.",
  },
  {
    key: "surrogate",
    name: "Surrogate",
    words: ["surrogate"],
    text: "A much cheaper model that answers somewhat like the networks. It is asked about the same subsets and about many further ones; where it was lucky, the networks probably were too, and that luck is taken off.",
  },
  {
    key: "proxy",
    name: "Proxy",
    words: ["proxies", "proxy"],
    text: "A number that takes few models and may stand in for the score, such as how early an example is learned. How well it does is measured by ranking examples both ways.",
    source: LUKASIK,
  },
  {
    key: "rank_correlation",
    name: "Rank correlation",
    words: ["rank correlation", "spearman"],
    text: "How far two numbers put examples in the same order: 1 is the same order, 0 no relation, −1 the opposite order. It asks for no common scale.",
  },
  {
    key: "label_noise",
    name: "Label noise, flipped labels",
    words: ["flipped labels", "label noise", "flipped label", "labels are flipped", "wrong labels"],
    text: "Labels that were changed on purpose before training. A network can only learn them by heart, so they show what a high score looks like. Their pictures bear a mark.",
    source: "Zhang et al., Understanding deep learning requires rethinking generalization, 2017",
  },
  {
    key: "near_duplicate",
    name: "Near-duplicate",
    words: ["near-duplicates", "near-duplicate"],
    text: "Two pictures that look nearly the same, pixel by pixel. A model that had one of them knows the other, which hides how much each would be learned by heart.",
    source: FELDMAN,
  },
  {
    key: "generalization",
    name: "Generalization",
    words: ["generalization gap", "generalization", "generalize"],
    text: "Being right about pictures that were not trained on. The gap is accuracy on the trained pictures, minus accuracy on new ones.",
  },
  {
    key: "epoch",
    name: "Epoch",
    words: ["epochs", "epoch"],
    text: "One pass of training through all examples that the model has.",
  },
  {
    key: "distillation",
    name: "Distillation",
    words: ["distillation", "distilled", "students", "student"],
    text: "Training a small network, the student, on the answers of a large one, the teacher, in place of the labels alone.",
    source: LUKASIK,
  },
  {
    key: "false_discovery_rate",
    name: "False-discovery rate",
    words: ["false-discovery rate", "false discovery rate"],
    text: "Among many thousand examples, some differ by chance. At a rate of 5 %, about one in twenty of those that are called different is not.",
    source: "Benjamini & Hochberg, Journal of the Royal Statistical Society B 57, 1995",
  },
  {
    key: "laboratory",
    name: "Laboratory",
    words: ["laboratories", "laboratory"],
    text: "A part of a study that needs no training: sliders in, figures out, from a formula. Its state is in the address.",
  },
];
