"""Files of matrices with missing entries: how each is read, what is said of it, what is refused."""

import io

import numpy as np
import pytest

from backend.core.contracts import MatrixLayout
from backend.core.errors import InvalidError
from backend.datasets import matrix_files
from backend.datasets.matrix import Matrix
from backend.datasets.matrix_files import read_matrix

GRID, ENTRIES = MatrixLayout.GRID, MatrixLayout.ENTRIES
NAN = np.nan
EXAMPLE = [[1, 2, NAN], [3, NAN, 5], [NAN, 1, 2]]
PLAIN = "1,2,\n3,,5\n,1,2\n"


def read(tmp_path, data, layout=MatrixLayout.AUTO):
    path = tmp_path / "file"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return read_matrix(path, layout)


def dense(matrix: Matrix):
    whole = np.full((matrix.rows, matrix.columns), NAN)
    rows, columns = matrix.entries[:, :2].astype(int).T
    whole[rows, columns] = matrix.entries[:, 2]
    return whole


def saved(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def array(values):
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (PLAIN, "Read as a grid."),
        ("\ufeff" + PLAIN, "Read as a grid."),
        (PLAIN.replace(",", ";"), "Read as a grid."),
        (PLAIN.replace(",", "\t"), "Read as a grid."),
        (PLAIN.replace(",", "|"), "Read as a grid."),
        (PLAIN.encode("utf-16"), "Read as a grid."),
        ("1, 2, NaN\n3,?,5\n\n-,1,2\n", "Read as a grid."),
        ("a,b,c\n" + PLAIN, "Read as a grid, without its header."),
        (",a,b,c\nx,1,2,\ny,3,,5\nz,,1,2\n", "Read as a grid, without its header and the names of its rows."),
        (
            "id,7,8,9\n4,1,2,\n5,3,,5\n6,,1,2\n",
            "Read as a grid, without its header and the names of its rows.",
        ),
        ("x,1,2,\ny,3,,5\nz,,1,2\n", "Read as a grid, without the names of its rows."),
    ],
)
def test_grids_of_text(tmp_path, text, note):
    found = read(tmp_path, text)
    assert dense(found.matrix) == pytest.approx(np.array(EXAMPLE), nan_ok=True)
    assert (found.layout, found.note) == (GRID, note)


def test_a_first_line_that_counts_the_columns_is_no_data(tmp_path):
    rows = "5,4,3,2,1\n1,,3,4,5\n"
    for header in ("0,1,2,3,4\n", "1,2,3,4,5\n"):
        found = read(tmp_path, header + rows)
        assert found.matrix.shape.rows == 2
        assert found.note == "Read as a grid, without its header."
    assert read(tmp_path, "0,1,2,4,3\n" + rows).matrix.shape.rows == 3


@pytest.mark.parametrize(
    "text",
    [
        "1,1,4\n1,3,2\n2,1,5\n7,2,1\n",
        "7\t2\t1\n1\t1\t4\n1\t3\t2\n2\t1\t5\n",
        "user,item,rating\n1,1,4\n1,3,2\n2,1,5\n7,2,1\n",
        "rating,item,user\n4,1,1\n2,3,1\n5,1,2\n1,2,7\n",
    ],
)
def test_lists_of_row_column_and_value(tmp_path, text):
    found = read(tmp_path, text)
    assert dense(found.matrix) == pytest.approx(
        np.array([[4, NAN, 2], [5, NAN, NAN], [NAN, 1, NAN]]), nan_ok=True
    )
    assert (found.layout, found.note) == (ENTRIES, "Read as lines of row, column and value.")


def test_what_a_list_has_beside_is_left_out_and_said(tmp_path):
    found = read(
        tmp_path,
        "196\t242\t3\t881250949\n186\t302\t3\t891717742\n22\t377\t1\t878887116\n5\t6\t2\t1\n9\t6\t2\t1\n",
    )
    assert found.matrix.shape.observed == 5
    assert found.note == "Read as lines of row, column and value, without column 4."


def test_names_of_rows_and_columns_are_put_in_order(tmp_path):
    found = read(tmp_path, "user,item,rating\nbob,x,1\nann,y,2\nann,x,3\ncid,y,4\n")
    assert dense(found.matrix) == pytest.approx(np.array([[3, 2], [1, NAN], [NAN, 4]]), nan_ok=True)


def test_what_could_be_both_is_not_guessed(tmp_path):
    text = "1,10,5\n1,11,3\n2,10,4\n2,10,1\n7,12,1\n"
    with pytest.raises(InvalidError, match="come twice"):
        read(tmp_path, text)
    assert read(tmp_path, text, GRID).matrix.shape.rows == 5
    with pytest.raises(InvalidError, match="Row 2 has two values in column 1"):
        read(tmp_path, text, ENTRIES)
    # Three columns and whole numbers, but no more lines than a grid of it would have rows.
    assert read(tmp_path, "1,2,3\n4,5,6\n7,8,9\n").layout is GRID
    assert read(tmp_path, "1,2,3\n4,5,6\n7,8,9\n1,5,2\n").layout is ENTRIES


@pytest.mark.parametrize(
    ("data", "layout"),
    [
        (saved(matrix=EXAMPLE), GRID),
        (saved(anything=np.array(EXAMPLE, np.float32)), GRID),
        (saved(x=np.nan_to_num(EXAMPLE).astype(int), observed=~np.isnan(EXAMPLE)), GRID),
        (array(np.asfortranarray(EXAMPLE)), GRID),
        (array(np.array(EXAMPLE)), GRID),
        (saved(row=[2, 0, 0, 1, 1, 2], col=[1, 0, 1, 0, 2, 2], data=[1, 1, 2, 3, 5, 2]), ENTRIES),
        (
            saved(
                row=[2, 0, 0, 1, 1, 2], column=[1, 0, 1, 0, 2, 2], value=[1, 1, 2, 3, 5, 2.0], shape=[3, 3]
            ),
            ENTRIES,
        ),
    ],
)
def test_numpy_files(tmp_path, data, layout):
    found = read(tmp_path, data)
    assert dense(found.matrix) == pytest.approx(np.array(EXAMPLE), nan_ok=True)
    assert found.layout is layout


def test_equal_matrices_are_one_whatever_file_they_came_in(tmp_path):
    prints = {
        read(tmp_path, data).matrix.fingerprint for data in (PLAIN, saved(matrix=EXAMPLE), array(EXAMPLE))
    }
    assert len(prints) == 1
    assert read(tmp_path, PLAIN.replace("5", "4")).matrix.fingerprint not in prints
    # The same entries of a larger matrix are another one.
    wide = saved(row=[0, 0, 1, 1, 2, 2], col=[0, 1, 0, 2, 1, 2], value=[1, 2, 3, 5, 1, 2], shape=[3, 4])
    found = read(tmp_path, wide)
    assert found.matrix.fingerprint not in prints
    assert found.note.endswith("1 of the columns have no known entry.")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ("1,2,foo\n3,,4\n3,4,5\n", "Line 1, column 3: 'foo' is no number"),
        ("1;2,5;\n3;;5\n;1;2\n", "write decimals with a point"),
        ("1,2\n3\n", "Line 2: has 1 cells, others have 2"),
        ("1,2,3\n", "at least 2 rows"),
        ("5,5\n5,5\n", "All known entries are 5"),
        ("1,,\n,2,\n,,3\n", "Only 3 entries are known"),
        ("1,inf\n2,3\n4,5\n", "Row 1, column 2: is infinite"),
        ("user,item,rating\n1,1,\n1,2,3\n2,1,4\n", "Line 2: has no value"),
        ("user,item,rating\n1,1\n1,2,3\n2,1,4\n", "Line 2: has 2 cells"),
        (b"\xfe\x00\xffgarbage", "no csv that can be read"),
        (saved(a=np.zeros((3, 3)), b=np.zeros((3, 3))), "matrix: is missing"),
        (saved(matrix=np.zeros(9)), "rows and columns"),
        (saved(matrix=np.array([["a", "b"]] * 2)), "must be numbers"),
        (saved(matrix=EXAMPLE, observed=np.full((3, 3), 2)), "observed: must be"),
        (saved(row=[0, 1], value=[1, 2]), "column: is missing"),
        (saved(row=[0, 1], col=[0], value=[1, 2]), "same length"),
        (saved(row=[0.5, 1], col=[0, 1], value=[1, 2]), "row: must be whole numbers"),
        (saved(row=[-1, 1], col=[0, 1], value=[1, 2]), "row: must be whole numbers"),
        (saved(row=[0, 1, 2, 2], col=[0, 1, 1, 0], value=[1, 2, 3, 4], shape=[2, 2]), "shape: must be"),
        (saved(row=[0, 1, 1, 0], col=[0, 1, 0, 0], value=[1, 2, 3, 4]), "two values in column 1"),
        (saved(row=[0, 1, 1, 0], col=[0, 1, 0, 1], value=[1, 2, 3, NAN]), "finite"),
        (array(np.zeros((2, 20_001))), "20,000 a side"),
        (b"PK\x03\x04nonsense", "not a readable zip"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_place(tmp_path, data, words):
    with pytest.raises(InvalidError) as caught:
        read(tmp_path, data)
    assert words in str(caught.value)
    assert [error.pointer for error in caught.value.fields] == ["/file"]


def test_large_files_are_refused_before_they_fill_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(matrix_files, "MAX_TEXTS", 20)
    read(tmp_path, "1,2,3,4,5\n" * 3 + "5,4,3,2,\n")
    with pytest.raises(InvalidError, match="more than 20 cells"):
        read(tmp_path, "1,2,3,4,5\n" * 5)
    monkeypatch.setattr(matrix_files, "MAX_CELLS", 8)
    with pytest.raises(InvalidError, match="at most 8 can be taken"):
        read(tmp_path, array(np.arange(9.0).reshape(3, 3)))
    with pytest.raises(InvalidError, match="at most 8 entries, known or not"):
        read(tmp_path, saved(row=[0, 1, 2, 2], col=[0, 1, 1, 0], value=[1, 2, 3, 4], shape=[3, 3]))
