"""The exported page: what it holds within its size, how it is packed, and that its numbers agree."""

import base64
import io
import json
import re
import subprocess
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from backend.datasets.base import Dataset
from backend.datasets.examples import Examples
from backend.datasets.options import DataOptions
from backend.export import bundle, page
from backend.export.gallery import Ends, largest
from backend.export.packing import pack, pack_texts
from backend.scores.answers import Answers
from backend.scores.binning import Bins
from backend.scores.scores import Scores
from backend.statistics.intervals import newcombe, normal_quantile, proportion
from backend.studies.kit.results import Results
from backend.studies.kit.scores import Accuracies

ROOT = Path(__file__).parents[2]
N, SIZES, CLASSES, MODELS = 3000, (4, 16), 5, 40
EXPERIMENT = {"title": "Wide </script><script>alert(1)</script> nets", "params": {"sizes": list(SIZES)}}
RECORD = page.Record(
    experiment=EXPERIMENT,
    study={"title": "A study"},
    dataset={"id": "noise"},
    claims=[{"note": "<b>"}],
    accuracies=Accuracies([], [], []),
    learning_curves=[],
    exported_at=datetime.now(UTC),
)


def drawn(n: int = N) -> tuple[Scores, Examples]:
    """Scores of examples whose pictures are noise, which no compression makes smaller."""
    rng = np.random.default_rng(5)
    labels = rng.integers(0, CLASSES, n)
    flipped = rng.random(n) < 0.1
    n_out = np.full((len(SIZES), n), 12, np.int32)
    n_in = np.int32(MODELS) - n_out
    k_in, k_out = (rng.binomial(of, rng.random(of.shape)).astype(np.int32) for of in (n_in, n_out))
    n_out[:, 7] = k_out[:, 7] = 0  # one example without a score
    counts = rng.multinomial(12, np.full(CLASSES, 1 / CLASSES), (len(SIZES), n))
    counts[:, 7] = 0
    answers = Answers.of_counts(list(counts))
    scores = Scores.of_counts(SIZES, labels, flipped, (n_in, k_in, n_out, k_out), answers)
    scores = replace(scores, trajectories=rng.integers(0, 6, n).astype(np.int8))
    images = rng.integers(0, 256, (n, 12, 10, 3), dtype=np.uint8)
    classes = tuple("abcde")
    dataset = Dataset("noise", images, labels, classes, tuple(f"image {i}" for i in range(n)), n)
    true = np.where(flipped, (labels + 1) % CLASSES, labels)
    return scores, Examples(dataset, DataOptions(), np.arange(n), true, labels, classes)


def made(scores: Scores, examples: Examples, budget: int) -> tuple[bytes, dict[str, Any], dict[str, Any]]:
    """Return the file, its facts and its data."""
    file = page.make(Results(scores=scores), scores, examples, RECORD, budget)
    parts = re.findall(r'<script type="application/json" id="\w+">(.*?)</script>', file.decode(), re.DOTALL)
    facts, data = map(json.loads, parts)
    return file, facts, data


def inflated(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text), -zlib.MAX_WBITS)


def unpacked(packed: dict[str, Any]) -> np.ndarray[Any, Any]:
    planes = np.frombuffer(inflated(packed["data"]), np.uint8).reshape(packed["planes"], -1)
    return sum(plane.astype(np.int64) << (8 * at) for at, plane in enumerate(planes))


def pictures(gallery: dict[str, Any]) -> list[np.ndarray[Any, Any]]:
    """Return the pixels of every picture in the order of the sprites."""
    tiles = []
    for uri in gallery["sprites"]:
        strip = np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))))
        tiles += np.split(strip, strip.shape[1] // gallery["width"], axis=1)
    return tiles


def node(program: str, given: Any) -> Any:
    """Run a module of the front end's language on JSON."""
    head = (
        "let text = ''; for await (const part of process.stdin) text += part; const given = JSON.parse(text);"
    )
    command = ["node", "--input-type=module", "--eval", f"{head}\n{program}"]
    run = subprocess.run(
        command, input=json.dumps(given), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.mark.parametrize("budget", [220_000, 400_000])
def test_a_file_holds_as_many_pictures_as_fit_and_no_more(budget: int) -> None:
    scores, examples = drawn()
    file, _, data = made(scores, examples, budget)
    gallery = data["gallery"]
    assert gallery["per_end"] > 0
    most_of_one_step = 2 * len(SIZES) * (12 * 10 * 3 + 60) * 4 / 3
    assert budget - most_of_one_step < len(file) <= budget
    chosen = unpacked(gallery["examples"])
    expected = set()
    for values in scores.memorization:
        order = np.argsort(values, kind="stable")[: N - 1]  # all but the one without a score
        expected |= {*order[: gallery["per_end"]].tolist(), *order[-gallery["per_end"] :].tolist()}
    assert set(chosen.tolist()) == expected
    np.testing.assert_array_equal(pictures(gallery), examples.images[chosen])


def test_all_counts_are_in_the_file_and_the_most_frequent_answers_of_the_pictured() -> None:
    scores, examples = drawn()
    _, facts, data = made(scores, examples, 400_000)
    assert facts["summary"] is None
    columns = {name: unpacked(column) for name, column in data["table"]["columns"].items()}
    for name in ("n_in", "k_in", "n_out", "k_out"):
        np.testing.assert_array_equal(columns[name].reshape(len(SIZES), N), getattr(scores, name))
    np.testing.assert_array_equal(columns["verdict"].reshape(len(SIZES), N), scores.verdicts)
    np.testing.assert_array_equal(columns["trajectory"], scores.trajectories)
    np.testing.assert_array_equal(columns["label"], scores.labels)
    np.testing.assert_array_equal(columns["original"], examples.labels)
    np.testing.assert_array_equal(columns["flipped"], scores.flipped)
    assert json.loads(inflated(data["table"]["names"])) == list(examples.dataset.names)
    chosen = unpacked(data["gallery"]["examples"])
    answer = unpacked(data["gallery"]["answer"]).reshape(len(SIZES), -1)
    answered = unpacked(data["gallery"]["answered"]).reshape(len(SIZES), -1)
    for row in range(len(SIZES)):
        for place, example in enumerate(chosen):
            labels, counts = scores.answers.of(row * N + int(example))
            assert (answer[row, place], answered[row, place]) == (labels[0], counts[0])


def test_pictures_of_everything_when_there_is_room() -> None:
    scores, examples = drawn(300)
    file, _, data = made(scores, examples, 1_000_000)
    assert len(file) < 400_000
    chosen = unpacked(data["gallery"]["examples"])
    assert sorted(chosen) == sorted({*range(300)} - {7})


def test_a_file_too_small_for_all_counts_says_what_it_leaves_out() -> None:
    scores, examples = drawn()
    whole, facts, data = made(scores, examples, 400_000)
    base = len(whole) - sum(map(len, data["gallery"]["sprites"])) - facts["table_bytes"]
    budget = base + facts["table_bytes"] // 2
    file, facts, data = made(scores, examples, budget)
    assert len(file) <= budget < base + facts["table_bytes"]
    assert data["gallery"]["per_end"] > 0
    index = unpacked(data["table"]["columns"]["index"])
    np.testing.assert_array_equal(index, unpacked(data["gallery"]["examples"]))
    kept = unpacked(data["table"]["columns"]["k_out"]).reshape(len(SIZES), -1)
    np.testing.assert_array_equal(kept, scores.k_out[:, index])
    for counts, values in zip(facts["summary"]["histograms"], scores.memorization, strict=True):
        assert sum(counts["clean"]) + sum(counts["flipped"]) == counts["n"] == N - 1
        assert counts["missing"] == 1
        assert counts["below_01"] == pytest.approx(np.mean(np.delete(values, 7) < 0.1))
    assert sum(facts["summary"]["trajectories"]) == N


def test_nothing_in_the_data_ends_its_element() -> None:
    scores, examples = drawn(40)
    file, facts, _ = made(scores, examples, 1_000_000)
    text = file.decode()
    assert text.count("<script") == text.count("</script>") == 3
    assert "alert(1)&lt;/script&gt; nets" in text
    assert facts["experiment"]["title"] == EXPERIMENT["title"]
    assert facts["claims"] == [{"note": "<b>"}]


def test_ends_grow_from_both_sides_at_every_size() -> None:
    ends = Ends.of(np.array([[0.1, 0.5, 0.9, np.nan, 0.5], [0.2, np.nan, 0.3, np.nan, 0.1]]))
    assert [sorted(ends.up_to(per_end)) for per_end in range(4)] == [
        [],
        [0, 2, 4],
        [0, 1, 2, 4],
        [0, 1, 2, 4],
    ]
    assert ends.most == 2
    assert Ends.of(np.full((2, 3), np.nan)).most == 0


@pytest.mark.parametrize("limit", range(12))
def test_largest_finds_the_limit(limit: int) -> None:
    assert largest(9, lambda number: number <= limit) == min(limit, 9)
    assert largest(0, lambda _: True) == 0


def test_scores_histograms_and_packed_numbers_agree_in_both_languages() -> None:
    program = """
    import { histogram } from "./frontend/export/crossfilter.js";
    import { numbers } from "./frontend/export/data.js";
    import { memorization, newcombe } from "./frontend/export/scores.js";
    const scores = given.counts.map(([kIn, nIn, kOut, nOut]) => memorization(kIn, nIn, kOut, nOut));
    const kept = new Uint8Array(scores.length).fill(1);
    console.log(JSON.stringify({
      scores,
      intervals: given.counts.map(([kIn, nIn, kOut, nOut]) => newcombe(kIn, nIn, kOut, nOut, given.z)),
      counts: histogram(Float64Array.from(scores), kept, kept, given.edges).flipped,
      packed: await Promise.all(given.packed.map(async (one) => [...await numbers(one)])),
    }));
    """
    grid = [
        (k, n, j, m) for n in (0, 1, 7, 280) for k in {0, n // 3, n} for m in (0, 1, 19) for j in range(m + 1)
    ]
    k_in, n_in, k_out, n_out = np.array(grid).T
    expected = np.round(proportion(k_in, n_in) - proportion(k_out, n_out), 12)
    edges = (np.arange(-19, 21) / 19 - 0.5 / 19).tolist()
    numbers = [[0, 255], [256, 65535, 1], [2**32 - 1, 65536]]
    found = node(
        program,
        {
            "counts": [list(map(int, row)) for row in grid],
            "z": normal_quantile(0.95),
            "edges": edges,
            "packed": [pack(np.array(values)) for values in numbers],
        },
    )
    np.testing.assert_array_equal(np.array(found["scores"], float), expected)
    intervals = np.array(found["intervals"], float)
    np.testing.assert_allclose(intervals, np.stack(newcombe(k_in, n_in, k_out, n_out), 1), rtol=0, atol=1e-9)
    bins = Bins(np.array(edges), None)
    assert found["counts"] == np.bincount(bins.codes(expected), minlength=bins.kinds)[:-1].tolist()
    assert found["packed"] == numbers


def test_texts_are_packed_as_they_are() -> None:
    texts = ['a "b"', "Größe\n", ""]
    assert json.loads(inflated(pack_texts(texts))) == texts


def test_modules_become_one_script_in_the_order_in_which_they_need_each_other(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "main.js").write_text(
        'import { twice as double } from "./deep/math.js";\nimport {\n  base,\n} from "./base.js";\n'
        "console.log(JSON.stringify(double(base)));\n"
    )
    (tmp_path / "deep" / "math.js").write_text(
        'import { base } from "../base.js";\nconst hidden = base;\nexport function twice(value) {\n'
        "  return value * 2 + hidden - base;\n}\n"
    )
    (tmp_path / "base.js").write_text(
        "export const { base, other } = { base: 21, other: 0 };\nexport const hidden = 1;\n"
    )
    script = bundle.script(tmp_path, "main.js")
    assert node(script, None) == 42
    assert script.count("base: 21") == 1


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ('import all from "./other.js";\n', "cannot be part"),
        ('import * as all from "./other.js";\n', "cannot be part"),
        ("export default 1;\n", "cannot be part"),
        ("export let changing = 1;\n", "cannot be part"),
        ('const tag = "</SCRIPT>";\n', "cannot be part"),
        ('import { a } from "./other.js";\n', "import each other: main.js -> other.js -> main.js"),
    ],
)
def test_what_no_inline_script_can_hold_is_refused(tmp_path: Path, source: str, complaint: str) -> None:
    (tmp_path / "main.js").write_text(source)
    (tmp_path / "other.js").write_text('import { b } from "./main.js";\nexport const a = b;\n')
    with pytest.raises(ValueError, match=complaint):
        bundle.script(tmp_path, "main.js")
