"""What annotation tools, spreadsheets and people of other languages put beside pictures."""

import json

import numpy as np
import pytest

from tests.unit.test_array_forms import refusal, taken
from tests.unit.test_label_files import npy
from tests.unit.test_label_tables import KINDS, PICTURES, check, csv, rows
from tests.uploads import folders, picture, tarred, zipped

COCO = {
    "images": [{"id": 7 + i, "file_name": f"{i}.png"} for i in range(12)],
    "categories": [{"id": 3 * place, "name": name} for place, name in enumerate(("cat", "dog", "cow"))],
    "annotations": [
        {"id": i, "image_id": 7 + i % 12, "category_id": 3 * (i % 3), "bbox": [0, 0, 2, 2]} for i in range(24)
    ],
}
TASKS = [
    {"id": 40 - i, "data": {"image": f"/data/upload/1/{i}.png"}, "annotations": [{"result": [choice]}]}
    for i in range(12)
    for choice in [{"type": "choices", "value": {"choices": [KINDS[i]]}}]
]


@pytest.mark.parametrize(
    "told",
    [
        {"annotations/all.json": json.dumps(COCO)},
        {"tasks.json": json.dumps(TASKS)},
        {"few.csv": csv(rows(id=range(50, 62), annotator=[1] * 12, lead_time=[1.5] * 12, choice=KINDS))},
        {"labels.csv": "sep=;\r\n" + csv(rows(label=KINDS), ";")},
        {
            "labels.csv": csv(
                [{"Datei": f"{i}.png", "Alter": 3 + i, "Klasse": KINDS[i]} for i in range(12)], ";"
            )
        },
        {"labels.csv": csv([{"fichier": f"{i}.jpeg", "Étiquette": KINDS[i]} for i in range(12)])},
    ],
)
def test_what_tools_write_gives_labels(tmp_path, told):
    dataset, notes = taken(tmp_path, zipped(PICTURES | told))
    check(dataset)
    assert f"Labels come from {next(iter(told))}." in notes


def test_numbers_find_pictures_that_have_zeros_before_them(tmp_path):
    files = {f"{i:05d}.png": picture(i) for i in range(12)}
    table = csv([{"id": i, "label": KINDS[i]} for i in range(11, -1, -1)])
    check(taken(tmp_path, zipped(files | {"labels.csv": table}))[0])


def labeled(*labels: str) -> bytes:
    return zipped(PICTURES | {"labels.csv": csv(rows(label=labels))})


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (labeled(*KINDS[:9], "nan", "NULL", "N/A"), "labels.csv gives no label to 'pets/9.png'"),
        (labeled(*KINDS[:10], *["cat|wolf"] * 2), "'pets/10.png' has several labels, 'cat|wolf'"),
        (labeled(*KINDS[:10], *["dog cow"] * 2), "'pets/10.png' has several labels, 'dog cow'"),
        (
            zipped(PICTURES | {"a.json": json.dumps(COCO | {"annotations": [
                *COCO["annotations"], {"image_id": 7, "category_id": 3}]})}),
            "'a.json' cannot be read as a table: it gives '0.png' several labels (cat, dog)",
        ),
        (
            zipped(PICTURES | {"a.json": json.dumps(COCO | {"annotations": [{"image_id": 7}]})}),
            "'a.json' cannot be read as a table: it has COCO's form, but no categories",
        ),
        (zipped(PICTURES | {"labels.xlsx": b"PK"}), "'labels.xlsx' is a spreadsheet; save it as csv"),
        (zipped(PICTURES | {f"a/{i}.xml": "<a/>" for i in range(3)}), "'a/0.xml' (and 2 more like it)"),
        (zipped(PICTURES | {"a/3.txt": "1 .5 .5 .25 .25\n"}), "'a/3.txt' lists boxes, as YOLO does"),
        (zipped({"all.csv": "id,label\n1,cat\n", "train.zip": zipped(PICTURES)}), "'train.zip' is an"),
        (zipped({"all.tar.gz": tarred(folders())}), "'all.tar.gz' is an archive inside"),
    ],
)  # fmt: skip
def test_what_is_no_single_label_is_refused_by_its_name(tmp_path, data, says):
    assert refusal(tmp_path, data).startswith(says)


def test_masks_beside_their_pictures_are_left_out_and_others_stay(tmp_path):
    files = {f"{kind}/{kind} ({i}).png": picture(i) for kind in ("benign", "normal") for i in range(4)}
    marks = {name.replace(").png", ")_mask.png"): picture(90) for name in files}
    dataset, notes = taken(tmp_path, zipped(files | marks | {"normal/face_mask.png": picture(91)}))
    assert set(dataset.names) == files.keys() | {"normal/face_mask.png"}
    assert any(
        note.startswith("8 pictures were left out, such as 'benign/benign (0)_mask.png'") for note in notes
    )


def test_a_class_of_two_words_is_one_class(tmp_path):
    kinds = ["guinea pig" if kind == "cow" else kind for kind in KINDS]
    data = zipped(PICTURES | {"labels.csv": csv(rows(label=kinds))})
    assert taken(tmp_path, data)[0].classes == ("cat", "dog", "guinea pig")


def test_a_table_beside_arrays_is_named_with_a_way(tmp_path):
    said = refusal(tmp_path, zipped({"x.npy": npy(np.zeros((12, 6, 5), np.uint8)), "a/y.csv": "label\n"}))
    assert "'a/y.csv' is a table, which is not read beside arrays" in said
    assert "pd.read_csv('y.csv')" in said
