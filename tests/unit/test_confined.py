"""Readers in a process of their own: what they answer, and what they may not do to ours."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from backend.core.errors import Choice, ChoiceError, InvalidError, Option
from backend.datasets.archive import refused
from backend.datasets.confined import MEMORY, confined
from tests.unit.test_array_forms import taken
from tests.unit.test_parquet_files import PICTURES, parquet
from tests.uploads import picture, zipped

ROOT = Path(__file__).parents[2]
# In a process of its own: the largest child of this one may be another test's.
LOOKED_AT = """
import json, resource, sys
from pathlib import Path
from backend.core.errors import InvalidError
from backend.datasets.door import brought
from backend.datasets.upload import examine

path = Path(sys.argv[1])
try:
    with brought(path, path.name) as found:
        examine(found.path, 0.25, 0)
except InvalidError as error:
    # Not getrusage's: a new program begins with the peak of the one that started it.
    own = [line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line]
    print(json.dumps([error.detail, int(own[0]), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))
"""
CHOICE = Choice("column", "Which?", (Option("a", "A"),))


def answer(kind: str):
    if kind == "room":
        return len(np.zeros(2 * MEMORY, np.uint8))
    if kind == "ends":
        os.kill(os.getpid(), signal.SIGABRT)
    if kind == "asks":
        raise ChoiceError("a or b", CHOICE)
    if kind == "refuses":
        raise refused("row 3 is none")
    return {"value": kind}


def test_what_a_reader_answers_comes_back():
    assert confined(answer, "plain", what="x") == {"value": "plain"}


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("room", "'a.parquet' needs more than 600 MiB"),
        ("ends", "'a.parquet' cannot be read; it is damaged"),
        ("refuses", "row 3 is none"),
    ],
)
def test_what_it_cannot_answer_is_a_refusal(kind, says):
    with pytest.raises(InvalidError, match=says) as caught:
        confined(answer, kind, what="'a.parquet'")
    assert {field.pointer for field in caught.value.fields} == {"/file"}


def test_what_it_asks_is_asked():
    with pytest.raises(ChoiceError) as caught:
        confined(answer, "asks", what="x")
    assert caught.value.choice == CHOICE


def long_texts(rows: int) -> pa.Array:
    """A column that takes a MiB in a file, and one for each row in memory."""
    return pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), ["x" * 2**20])


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peaks are read in /proc")
def test_columns_that_unpack_to_much_do_not_take_it(tmp_path):
    data = parquet({"image": [picture()] * 2000, "label": long_texts(2000)})
    assert len(data) < 2**20
    pictures = {f"{i}.png": data for i, data in enumerate(PICTURES)}
    table = parquet({"file_name": list(pictures) * 200, "label": long_texts(2400)})
    for name, upload in (
        ("train.parquet", data),
        ("labels.parquet", zipped({**pictures, "labels.parquet": table})),
    ):
        (tmp_path / name).write_bytes(upload)
        asked = [sys.executable, "-c", LOOKED_AT, str(tmp_path / name)]
        printed = subprocess.run(asked, cwd=ROOT, capture_output=True, check=True).stdout
        said, own, childs = json.loads(printed)
        assert f"'{name}' needs more than 600 MiB" in said
        assert own < 400 * 1024
        assert childs < 900 * 1024


def test_a_page_that_lies_about_its_size_does_not_take_it(tmp_path):
    data = parquet({"image": PICTURES, "label": [i % 3 for i in range(12)]}, compression="snappy")
    at = data.index(b"\x15", 4)  # the first page's kind, then its size unpacked as a varint of three bytes
    size = data[at + 3 : at + 6]
    lying = data.replace(data[at : at + 6], data[at : at + 3] + b"\xfe\xff\xff", 1)
    assert len(size) == 3
    assert lying != data
    with pytest.raises(InvalidError, match=r"train\.parquet"):
        taken(tmp_path, lying, "train.parquet")
