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


LISTED = [f"pets/{i}.png" for i in range(12)]


def check(dataset, classes=("cat", "cow", "dog")):
    assert dataset.classes == classes
    for own, label in zip(dataset.names, dataset.labels, strict=True):
        assert dataset.classes[label] == KINDS[int(own.rpartition("/")[2].removesuffix(".png"))]


@pytest.mark.parametrize("between", [",", ";", "\t", "|", " ", "   "])
@pytest.mark.parametrize("name", ["labels.csv", "list.txt", "pets/labels.tsv"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_list_without_a_header_gives_labels(tmp_path, between, name, end):
    pairs = [f"{own}{between}{kind}" for own, kind in zip(LISTED, KINDS, strict=True)]
    dataset, notes = taken(tmp_path, zipped(PICTURES | {name: end.join(["", *pairs, pairs[0], "", ""])}))
    check(dataset)
    assert f"Labels come from {name}." in notes


@pytest.mark.parametrize(
    "line",
    [
        "{path},{kind},",  # a separator at the end
        '"{path}","{kind}"',
        "{path}\t{kind}\t{i}\t{i}\t62\t62",  # as Tiny ImageNet's, with a box
        "{i},{path},{kind}",
        "{stem} {kind}",
        "/home/me/pets/{path} {kind}",
        "C:\\my data\\{stem}.png;{kind}",
        "./{path} {kind}",
        "{path},\u00a0{kind}\u00a0",
    ],
)
def test_a_list_names_pictures_in_any_way(tmp_path, line):
    text = "\n".join(
        line.format(path=path, kind=kind, i=i, stem=path.rpartition("/")[2].removesuffix(".png") + "a")
        for i, (path, kind) in enumerate(zip(LISTED, KINDS, strict=True))
    )
    files = {name.replace(".png", "a.png"): data for name, data in PICTURES.items()}
    dataset, _ = taken(
        tmp_path, zipped(files | {"labels.txt": text.replace(".png", "a.png").replace("aa", "a")})
    )
    assert dataset.classes == ("cat", "cow", "dog")
    for own, label in zip(dataset.names, dataset.labels, strict=True):
        assert dataset.classes[label] == KINDS[int(own.rpartition("/")[2].removesuffix("a.png"))]


def test_lists_for_each_part_with_numbers(tmp_path):
    files = {f"{part}.txt": "".join(f"{own} {KINDS.index(kind)}\n" for own, kind in pairs)
             for part, pairs in (("train", list(zip(LISTED, KINDS, strict=True))[:9]),
                                 ("val", list(zip(LISTED, KINDS, strict=True))[9:]))}  # fmt: skip
    dataset, _ = taken(tmp_path, zipped(PICTURES | files))
    assert (dataset.n_train, dataset.n_test, dataset.classes) == (9, 3, ("0", "1", "2"))


def test_a_part_in_class_folders_and_another_in_a_table(tmp_path):
    files = {f"tiny/train/{kind}/images/{kind}_{i}.JPEG": picture(i) for i, kind in enumerate(KINDS)}
    for kind in set(KINDS):
        own = [f"{kind}_{i}.JPEG\t0\t10\t63\t58\n" for i in range(12) if KINDS[i] == kind]
        files[f"tiny/train/{kind}/{kind}_boxes.txt"] = "".join(own)
    files |= {f"tiny/val/images/val_{i}.JPEG": picture(20 + i) for i in range(3)}
    table = "".join(f"val_{i}.JPEG\t{KINDS[i]}\t0\t32\t44\t62\n" for i in range(3))
    dataset, notes = taken(
        tmp_path, zipped(files | {"tiny/val/val_annotations.txt": table, "tiny/words.txt": b"cat pet"})
    )
    assert (dataset.n_train, dataset.n_test) == (12, 3)
    assert [dataset.classes[label] for label in dataset.labels[12:]] == ["cat", "dog", "cow"]
    assert "12 pictures that no table names have the names of their folders." in notes


@pytest.mark.parametrize("one", ["1", "1.0", "True", "1,0"])
def test_a_column_for_each_class(tmp_path, one):
    zero = {"1": "0", "1.0": "0.0", "True": "False", "1,0": "0,0"}[one]
    for prefix in ("", "breed_"):
        sets = [
            {f"{prefix}{kind}": one if kind == own else zero for kind in ("cat", "dog", "cow")}
            for own in KINDS
        ]
        table = [{"image": f"{i}", **columns} for i, columns in enumerate(sets)]
        dataset, notes = taken(tmp_path, zipped(PICTURES | {"truth.csv": csv(table, ";")}))
        check(dataset)
        assert "truth.csv has a column for each class" in " ".join(notes)
    for wrong, says in (
        (
            {"breed_cat": one, "breed_dog": one},
            "'truth.csv': '3' is of 2 of its 3 classes (breed_cat, breed_dog)",
        ),
        ({"breed_cat": zero}, "'truth.csv': '3' is of none of its classes"),
    ):
        changed = [row | (wrong if at == 3 else {}) for at, row in enumerate(table)]
        assert says in refusal(tmp_path, zipped(PICTURES | {"truth.csv": csv(changed, ";")}))


@pytest.mark.parametrize("root", ["/home/me/", "C:\\Users\\me\\", "\\\\server\\share\\", "../data/"])
def test_paths_of_another_machine_name_pictures(tmp_path, root):
    files = {f"{part}/{i}.png": picture(10 * at + i) for at, part in enumerate("ab") for i in range(6)}
    kinds = dict(zip(files, KINDS, strict=True))
    table = [{"path": root + name.replace("/", "\\" if "\\" in root else "/"), "label": kind}
             for name, kind in kinds.items()]  # fmt: skip
    dataset, _ = taken(tmp_path, zipped(files | {"metadata.csv": csv(table)}))
    assert dataset.classes == ("cat", "cow", "dog")
    assert all(
        dataset.classes[label] == kinds[name]
        for name, label in zip(dataset.names, dataset.labels, strict=True)
    )


@pytest.mark.parametrize(
    ("name", "table", "says"),
    [
        ("labels.csv", "a,b\n1,2\n", "'labels.csv' has the columns a, b: none names pictures"),
        (
            "labels.csv",
            "file,label\nx.png,cat\n",
            "none names pictures of the archive, such as 'x.png' in file",
        ),
        ("labels.csv", "file\n0.png\n", "'labels.csv' has the column file: none says what pictures show"),
        ("labels.json", "{", "'labels.json' cannot be read as a table"),
        ("labels.csv", "", "'labels.csv' is empty"),
        ("labels.csv", "file,label,label\n0.png,a,b\n", "the column 'label' twice"),
        ("labels.csv", "file,label\n0.png,a,b\n", "a row has 3 cells, the header 2"),
    ],
)
def test_a_table_without_use_is_named(tmp_path, name, table, says):
    assert says in refusal(tmp_path, zipped(PICTURES | {name: table}))


def test_a_list_that_only_numbers_class_folders_is_passed_by(tmp_path):
    files = folders()
    table = "".join(f"{name} {int('dog' in name)}\n" for name in files)
    assert taken(tmp_path, zipped(files | {"all.txt": table}))[0].classes == ("cat", "dog")
    ids = "".join(f"{i} {name}\n" for i, name in enumerate(files))
    assert taken(tmp_path, zipped(files | {"images.txt": ids}))[0].classes == ("cat", "dog")


def test_a_header_in_another_language(tmp_path):
    table = [{"Bild": path, "Tierart": kind} for path, kind in zip(LISTED, KINDS, strict=True)]
    dataset, notes = taken(tmp_path, zipped(PICTURES | {"liste.csv": csv(table, ";")}))
    check(dataset)
    assert "Labels are those of 'Tierart' in liste.csv." in notes


def test_what_only_arrays_need_is_refused_for_pictures(tmp_path):
    said = refusal(tmp_path, zipped(folders()), channels="first", scale="unit")
    assert "channels: is for arrays" in said
    assert "scale: is for arrays" in said


def test_a_path_is_not_cut_where_it_tells_pictures_apart(tmp_path):
    files = {f"train/{i}.png": picture(i) for i in range(12)}
    pairs = [(f"{part}/{i}.png", KINDS[i]) for part in ("train", "test") for i in range(12)]
    table = [{"path": path, "label": kind} for path, kind in pairs]
    assert "'test/0.png'" in refusal(tmp_path, zipped(files | {"metadata.csv": csv(table)}))


def pictures(*names: str) -> dict[str, bytes]:
    return {name: picture(seed) for seed, name in enumerate(names)}


def labels_of(dataset) -> dict[str, str]:
    return {name: dataset.classes[label] for name, label in zip(dataset.names, dataset.labels, strict=True)}


def test_a_part_s_table_is_about_that_part_where_both_number_their_pictures(tmp_path):
    """Competitions pack train/0.png, test/0.png, train.csv by number and a sample of an answer, made up."""
    files = pictures(*(f"train/{i}.png" for i in range(12)), *(f"test/{i}.png" for i in range(4)))
    files["train.csv"] = csv([{"id": i, "label": "ab"[i % 2]} for i in range(12)])
    files["sample_submission.csv"] = csv([{"id": i, "label": "a"} for i in range(4)])
    dataset, notes = taken(tmp_path, zipped(files))
    assert labels_of(dataset) == {f"train/{i}.png": "ab"[i % 2] for i in range(12)}
    assert any("4 pictures for the test were left out, such as 'test/0.png'" in note for note in notes)
    unlike = {name.replace("test/", "test/2"): data for name, data in files.items()}
    unlike["sample_submission.csv"] = csv([{"id": 20 + i, "label": "a"} for i in range(4)])
    assert len(labels_of(taken(tmp_path, zipped(unlike))[0])) == 12
    files["test.csv"] = csv([{"id": i, "label": "b"} for i in range(4)])
    dataset, _ = taken(tmp_path, zipped(files))
    assert (dataset.n_train, dataset.n_test) == (12, 4)
    assert {labels_of(dataset)[f"test/{i}.png"] for i in range(4)} == {"b"}


def test_tiny_imagenet_s_table_is_for_the_part_that_has_no_class_folders(tmp_path):
    def boxes(names):
        return "".join(f"{name}\t0\t0\t62\t62\n" for name in names)

    kinds = ("n01", "n02")
    inside = {kind: [f"{kind}_{i}.JPEG" for i in range(6)] for kind in kinds}
    names = [f"t/train/{kind}/images/{name}" for kind in kinds for name in inside[kind]]
    files = pictures(*names, *(f"t/val/images/val_{i}.JPEG" for i in range(6)))
    files |= pictures(*(f"t/test/images/test_{i}.JPEG" for i in range(4)))
    files |= {f"t/train/{kind}/{kind}_boxes.txt": boxes(inside[kind]) for kind in kinds}
    told = "".join(f"val_{i}.JPEG\t{kinds[i % 2]}\t0\t0\t62\t62\n" for i in range(6))
    dataset, notes = taken(tmp_path, zipped(files | {"t/val/val_annotations.txt": told}))
    assert (dataset.n_train, dataset.n_test) == (12, 6)
    for name, label in labels_of(dataset).items():
        stem = name.rpartition("/")[2]
        assert label == (stem[:3] if stem[0] == "n" else kinds[int(stem[4]) % 2])
    assert any("'t/test/images/test_0.JPEG'" in note for note in notes)


def test_a_class_id_is_a_label(tmp_path):
    columns = {"Width": range(12), "Roi.X1": range(12), "ClassId": [i % 3 for i in range(12)]}
    table = [
        {name: values[i] for name, values in columns.items()} | {"Path": f"pets/{i}.png"} for i in range(12)
    ]
    dataset, _ = taken(tmp_path, zipped(PICTURES | {"Train.csv": csv(table)}))
    assert labels_of(dataset) == {f"pets/{i}.png": str(i % 3) for i in range(12)}


NUMBERED = [f"train/{kind}.{i}.jpg" for kind in ("cat", "dog") for i in range(6)]


@pytest.mark.parametrize(
    "names",
    [
        NUMBERED,
        [*NUMBERED, *(f"test1/{i}.jpg" for i in range(4))],  # no class is called `test1`
        [name.replace(".", "_", 1) for name in NUMBERED],
        [f"{kind}{i:03d}.png" for kind in ("cat", "dog") for i in range(6)],
        [f"imgs/{kind} ({i}).png" for kind in ("cat", "dog") for i in range(6)],
    ],
)
def test_classes_in_the_names_of_files_are_taken_when_chosen(tmp_path, names):
    data = zipped(pictures(*names))
    choice = asked(tmp_path, data)
    assert (choice.parameter, [option.value for option in choice.options]) == ("column", ["file names"])
    assert "cat (6), dog (6)" in choice.options[0].label
    dataset, _ = taken(tmp_path, data, column="file names")
    assert dataset.classes == ("cat", "dog")
    found = labels_of(dataset)
    assert len(found) == 12
    assert all(label in name for name, label in found.items())


@pytest.mark.parametrize(
    "names",
    [
        [f"shots/IMG_{i}.jpg" for i in range(12)],  # a camera's
        [f"shots/{i}.jpg" for i in range(12)],
        [f"shots/{'abcdefghijkl'[i]}{i}.jpg" for i in range(12)],  # a class for each picture
    ],
)
def test_other_names_of_files_are_not_asked_about(tmp_path, names):
    assert "There is one class, 'shots', only" in refusal(tmp_path, zipped(pictures(*names)))
    assert "is not called after a class" in refusal(
        tmp_path, zipped(pictures(*names, "shots/cat.jpg")), column="file names"
    )
