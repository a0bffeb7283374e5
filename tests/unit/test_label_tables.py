"""Tables of labels beside pictures: csv, JSON lines and Parquet, and which of their columns is meant."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.unit.test_array_forms import asked, refusal, taken
from tests.uploads import folders, picture, zipped

PICTURES = {f"pets/{i}.png": picture(i) for i in range(12)}
KINDS = [("cat", "dog", "cow")[i % 3] for i in range(12)]


def rows(**more):
    columns = {"file_name": [f"{i}.png" for i in range(12)], **more}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def lines(table) -> str:
    return "\n".join(json.dumps(row) for row in table) + "\n"


def csv(table, between: str = ",") -> str:
    return "\n".join(
        between.join(map(str, row)) for row in [table[0].keys(), *(row.values() for row in table)]
    )


def parquet(table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(table), buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("metadata.jsonl", lines(rows(label=KINDS))),
        ("metadata.jsonl", lines(rows(label=KINDS, box=[[1, 2]] * 12)) + "\n"),
        ("labels.json", json.dumps(rows(label=KINDS))),
        ("labels.csv", "\ufeff" + csv(rows(Label=KINDS), ";")),
        ("labels.tsv", csv(rows(label=KINDS), "\t")),
        ("labels.parquet", parquet(rows(label=KINDS))),
    ],
)
def test_a_table_of_any_form_gives_labels(tmp_path, name, data):
    dataset, notes = taken(tmp_path, zipped(PICTURES | {f"pets/{name}": data}))
    assert dataset.classes == ("cat", "cow", "dog")
    for own, label in zip(dataset.names, dataset.labels, strict=True):
        assert dataset.classes[label] == KINDS[int(own.rpartition("/")[2].removesuffix(".png"))]
    assert f"Labels come from pets/{name}." in notes


def test_hugging_face_s_folders_with_a_table_for_each_part(tmp_path):
    files = {f"{part}/{i}.png": picture(i) for part in ("train", "test") for i in range(12)}
    files |= {f"{part}/metadata.jsonl": lines(rows(label=KINDS)) for part in ("train", "test")}
    dataset, _ = taken(tmp_path, zipped(files))
    assert (dataset.n_train, dataset.n_test) == (12, 12)


def test_columns_that_tell_the_same_are_one_and_others_are_asked_about(tmp_path):
    numbers = [KINDS.index(kind) for kind in KINDS]
    same = zipped(PICTURES | {"pets/labels.csv": csv(rows(label=numbers, class_name=KINDS))})
    assert taken(tmp_path, same)[0].classes == ("cat", "cow", "dog")
    coarse = ["pet" if kind != "cow" else "farm" for kind in KINDS]
    several = zipped(PICTURES | {"pets/labels.csv": csv(rows(fine_label=KINDS, coarse_label=coarse))})
    choice = asked(tmp_path, several)
    assert (choice.parameter, [option.value for option in choice.options]) == (
        "column",
        ["fine_label", "coarse_label"],
    )
    assert taken(tmp_path, several, column="coarse_label")[0].classes == ("farm", "pet")
    odd = zipped(PICTURES | {"pets/labels.csv": csv(rows(age=range(12), diagnosis=KINDS))})
    assert [option.value for option in asked(tmp_path, odd).options] == ["age", "diagnosis"]
    assert taken(tmp_path, odd, column="diagnosis")[0].classes == ("cat", "cow", "dog")
    assert "'pets/labels.csv' has no column 'kind'" in refusal(tmp_path, odd, column="kind")


def test_a_table_without_labels_beside_class_folders_says_nothing(tmp_path):
    files = folders()
    table = "file_name,photographer\n" + "\n".join(f"{name},me" for name in files)
    assert taken(tmp_path, zipped(files | {"metadata.csv": table}))[0].classes == ("cat", "dog")


def test_a_table_that_is_none_is_passed_by(tmp_path):
    for data in (b"{", b"[1, 2]", b"PAR1PAR1", b"\xff\xfe"):
        files = folders() | {"metadata.jsonl": data, "metadata.parquet": data}
        assert taken(tmp_path, zipped(files))[0].classes == ("cat", "dog")
