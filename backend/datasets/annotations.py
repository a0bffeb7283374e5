"""What annotation tools write: JSON of COCO and Label Studio as rows of a table, others refused by name."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from backend.datasets.faults import Faults

_TABLE = "a csv with the columns file_name and label"
_UNREAD = {
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".ods", ".numbers"), "is a spreadsheet; save it as csv"),
    ".xml": f"is XML, as Pascal VOC and CVAT write it, which is not read; write {_TABLE}",
    **dict.fromkeys((".pkl", ".pickle", ".joblib"), f"is a pickle, which is not opened; write {_TABLE}"),
    **dict.fromkeys((".mat", ".h5", ".hdf5"), f"may have labels, but is not read; write {_TABLE}"),
    **dict.fromkeys(
        (".npy", ".npz"), f"is an array, which does not say which picture a row is of; write {_TABLE}"
    ),
    **dict.fromkeys((".db", ".sqlite", ".sqlite3"), f"is a database, which is not read; write {_TABLE}"),
}
_BOX = re.compile(r"[0-9]+( [-+.0-9e]+){4,}\s*$")

Row = dict[str, Any]


def of_coco(told: Mapping[str, Any]) -> list[Row]:
    """Return the category of each image of a COCO file that has one; ValueError if one has several."""
    names = {each["id"]: each["name"] for each in told["categories"]}
    found = defaultdict(set)
    for each in told["annotations"]:
        if "category_id" not in each:
            raise ValueError("it has COCO's form, but no categories of its images")
        found[each["image_id"]].add(names[each["category_id"]])
    return [
        {"file_name": image["file_name"], "label": _only(image["file_name"], found[image["id"]])}
        for image in told["images"]
        if image["id"] in found
    ]


def is_coco(told: object) -> bool:
    """Return whether JSON has COCO's form."""
    return isinstance(told, dict) and {"images", "annotations", "categories"} <= told.keys()


def of_label_studio(tasks: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Return the choice of each task of Label Studio's JSON; ValueError if a picture has several."""
    rows = []
    for task in tasks:
        name = next((text for text in task["data"].values() if isinstance(text, str)), "")
        choices = {
            choice
            for annotation in task["annotations"]
            if not annotation.get("was_cancelled")
            for result in annotation.get("result", ())
            for choice in result.get("value", {}).get("choices", ())
        }
        rows.append({"file_name": name, "label": _only(name, choices) if choices else ""})
    return rows


def is_label_studio(rows: Sequence[Any]) -> bool:
    """Return whether a list of JSON is of Label Studio's tasks with their annotations."""
    return bool(rows) and all(
        isinstance(row, dict)
        and isinstance(row.get("data"), dict)
        and isinstance(row.get("annotations"), list)
        for row in rows
    )


def _only(name: str, labels: Collection[str]) -> str:
    if len(labels) > 1:
        listed = ", ".join(sorted(map(str, labels))[:5])
        raise ValueError(f"it gives {name!r} several labels ({listed}), and a picture has one class here")
    return str(next(iter(labels)))


def tell_unread(files: Sequence[tuple[str, bytes]], pictures: Sequence[str], faults: Faults) -> None:
    """Add a fault for each kind of file (name, first bytes) that may have labels and is not read."""
    stems = {PurePosixPath(name).stem for name in pictures}
    told: dict[str, list[str]] = defaultdict(list)
    for name, head in files:
        path = PurePosixPath(name)
        ending = path.suffix.lower()
        if ending in _UNREAD:
            told[_UNREAD[ending]].append(name)
        elif (
            ending == ".txt" and path.stem in stems and _BOX.match(head.partition(b"\n")[0].decode("latin-1"))
        ):
            told[f"lists boxes, as YOLO does, and no class of a whole picture; write {_TABLE}"].append(name)
    for what, names in told.items():
        more = f" (and {len(names) - 1:,} more like it)" if len(names) > 1 else ""
        faults.add(f"{names[0]!r}{more} {what}.", names[0])
