"""Archives as people and their tools pack them: names, wrappers, parts, tables, stray files, tars."""

import gzip
import io
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from backend.core.errors import InvalidError
from backend.datasets import tarballs
from backend.datasets.door import brought
from backend.datasets.layouts import Role, role_of
from backend.datasets.upload import Listed
from tests.uploads import folders, look, picture, refusal, taken, tarred, written, zipped

FORMS = [zipped, tarred]


def tree(*paths: str, per_class: int = 3) -> dict[str, bytes]:
    """Return pictures in each of these folders."""
    return {f"{path}/{i}.png": picture(i + 50 * k) for k, path in enumerate(paths) for i in range(per_class)}


def parts(found: Listed) -> tuple[list[str], list[str]]:
    return list(found.names[: found.n_train]), list(found.names[found.n_train :])


def raw_zip(
    files: Mapping[bytes, bytes], *, utf8: bool = False, extra: Mapping[bytes, bytes] | None = None
) -> bytes:
    """Zip with names that are bytes, as tools of other platforms write them, without Python's zipfile."""
    body, directory = b"", b""
    flag = 0x800 if utf8 else 0
    for name, data in files.items():
        more = (extra or {}).get(name, b"")
        fields = struct.pack(
            "<HHHHHIIIHH", 20, flag, 0, 0, 33, zlib.crc32(data), len(data), len(data), len(name), len(more)
        )
        directory += (
            b"PK\x01\x02"
            + struct.pack("<H", 20)
            + fields
            + struct.pack("<HHHII", 0, 0, 0, 0, len(body))
            + name
            + more
        )
        body += b"PK\x03\x04" + fields + name + more + data
    end = struct.pack("<HHHHIIH", 0, 0, len(files), len(files), len(directory), len(body), 0)
    return body + directory + b"PK\x05\x06" + end


def raw_folders(first: bytes, second: bytes = b"dog", slash: bytes = b"/") -> dict[bytes, bytes]:
    return {
        slash.join((name, b"%d.png" % i)): picture(i + 50 * k)
        for k, name in enumerate((first, second))
        for i in range(3)
    }


# --- names


NAMES = ["Äpfel", "Crème brûlée", "кошка", "猫", "한국", "ไทย", "हिन्दी", "\U0001f408", "Å"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("utf8", [True, False])
def test_names_are_read_composed_with_and_without_the_flag(tmp_path, name, form, utf8):
    raw = unicodedata.normalize(form, name).encode()
    dataset, found = taken(tmp_path, raw_zip(raw_folders(raw), utf8=utf8))
    assert unicodedata.normalize("NFC", name) in found.classes
    assert all(unicodedata.is_normalized("NFC", each) for each in found.names)
    assert len(dataset.images) == 6
    assert found.notes == ()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_names_in_tars_are_read_composed(tmp_path, name, mode, form):
    files = tree(unicodedata.normalize("NFD", name), "dog")
    dataset, found = taken(tmp_path, tarred(files, mode, form))
    assert unicodedata.normalize("NFC", name) in found.classes
    assert len(dataset.images) == 6


def test_a_name_in_a_code_page_is_read_as_western_and_that_is_said(tmp_path):
    found = look(tmp_path, raw_zip(raw_folders("Äpfel".encode("cp850"))))
    assert "Äpfel" in found.classes
    (note,) = found.notes
    assert "does not say in which alphabet 3 names are written" in note
    assert "'Äpfel/0.png'" in note


def unicode_path(name: str, raw: bytes, crc: int | None = None) -> bytes:
    """Return the extra field in which Info-ZIP and WinRAR put a name."""
    data = b"\x01" + struct.pack("<I", zlib.crc32(raw) if crc is None else crc) + name.encode()
    return struct.pack("<HH", 0x5455, 2) + b"xx" + struct.pack("<HH", 0x7075, len(data)) + data


def test_a_name_in_an_extra_field_is_the_name(tmp_path):
    files = raw_folders("кошка".encode("cp866"))
    extra = {raw: unicode_path(raw.decode("cp866"), raw) for raw in files}
    assert "кошка" in look(tmp_path, raw_zip(files, extra=extra)).classes
    stale = {raw: unicode_path("other/x.png", raw, 1) for raw in files}
    assert "other" not in look(tmp_path, raw_zip(files, extra=stale)).classes


def test_backslashes_separate_folders_too(tmp_path):
    files = raw_folders(b"cat", slash=b"\\") | {b"empty\\": b""}
    dataset, found = taken(tmp_path, raw_zip(files))
    assert found.classes == ("cat", "dog")
    assert len(dataset.images) == 6
    assert found.skipped == ()


@pytest.mark.parametrize(
    "name",
    [
        "..\\evil.png",
        "a/..\\..\\evil.png",
        "\\\\server\\evil.png",
        "/etc/evil",
        "C:\\evil.png",
        "a/../../evil.png",
    ],
)
@pytest.mark.parametrize("pack", FORMS)
def test_nothing_leads_out_of_an_archive_by_either_slash(tmp_path, name, pack):
    assert "points out of the archive" in refusal(tmp_path, pack(folders() | {name: picture()}))


def test_two_spellings_of_one_name_are_one_file_twice(tmp_path):
    files = folders() | {
        f"train/cat/{unicodedata.normalize(form, 'é')}.png": picture() for form in ("NFC", "NFD")
    }
    assert "'train/cat/é.png' is in the archive twice" in refusal(tmp_path, zipped(files))


def test_all_that_do_harm_are_named(tmp_path):
    said = refusal(tmp_path, zipped(folders() | {"../a.png": b"", "/b.png": b""}))
    assert "'../a.png'" in said
    assert "'/b.png'" in said


# --- stray files


STRAY = {
    "README.md": b"hello",
    "data/LICENSE": b"text",
    "data/train/classes.txt": b"cat",
    "data/train/cat/0.json": b"{}",
    "data/train/cat/0.xml": b"<annotation/>",
    "data/train/cat/notes": b"",
    "data/checksums.md5": b"x",
}
HIDDEN = {
    "__MACOSX/data/train/cat/._0.png": b"x",
    "data/.DS_Store": b"x",
    "data/train/._cat": b"x",
    "data/train/cat/Thumbs.db": b"x",
    "data/train/dog/THUMBS.DB": b"x",
    "data/test/desktop.ini": b"x",
    "data/train/cat/Icon\r": b"",
    "data/train/cat/@eaDir/0.png/SYNOPHOTO_THUMB_S.png": b"x",
    "data/.git/config": b"x",
    "data/.ipynb_checkpoints/0.png": b"x",
}


@pytest.mark.parametrize("pack", FORMS)
def test_stray_files_are_skipped_and_listed_and_hidden_ones_skipped(tmp_path, pack):
    files = {f"data/{name}": data for name, data in folders().items()}
    found = look(tmp_path, pack(STRAY | HIDDEN | files))
    assert isinstance(found, Listed)
    assert (found.n_train, len(found.labels)) == (6, 8)
    assert sorted(found.skipped[:7]) == sorted(STRAY), "those a person has put there come first"
    assert sorted(found.skipped[7:]) == sorted(HIDDEN)
    assert "17 files that are no pictures were skipped: README.md, data/LICENSE," in found.notes[0]


@pytest.mark.parametrize("form", ["zip", "tar"])
def test_folders_without_pictures_are_told(tmp_path, form):
    buffer = io.BytesIO()
    if form == "zip":
        with zipfile.ZipFile(buffer, "w") as archive:
            for folder in ("a", "b", "lost", "lost/deeper", ".hidden"):
                archive.mkdir(folder)
            for name, data in tree("a", "b").items():
                archive.writestr(name, data)
    else:
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            for name, data in (
                {"./": b"", "./a": b"", "./lost": b"", "./lost/deeper": b""} | tree("a", "b")
            ).items():
                info = tarfile.TarInfo(name)
                info.type = tarfile.REGTYPE if data else tarfile.DIRTYPE
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    found = look(tmp_path, buffer.getvalue())
    assert found.classes == ("a", "b")
    assert found.notes == ("2 folders hold no pictures: lost, lost/deeper.",)


def test_pictures_without_a_telling_name_are_pictures(tmp_path):
    files = {name.removesuffix(".png"): data for name, data in folders().items()}
    found = look(tmp_path, zipped(files | {"train/cat/9": b"no picture"}))
    assert len(found.labels) == 8
    assert found.skipped == ("train/cat/9",)


# --- wrappers and odd places


@pytest.mark.parametrize("wrapper", ["data", "a/b/c/d", "archive (1)/データ", "train", "images/train"])
@pytest.mark.parametrize("pack", FORMS)
def test_folders_around_everything_are_left_out(tmp_path, wrapper, pack):
    found = look(tmp_path, pack(tree(f"{wrapper}/cat", f"{wrapper}/dog")))
    assert found.classes == ("cat", "dog")
    assert "cat/0.png" in found.names


def test_each_part_may_have_folders_of_its_own_around_classes(tmp_path):
    found = look(
        tmp_path,
        zipped(tree("seg_train/seg_train/a", "seg_train/seg_train/b", "seg_test/x/y/a", "seg_test/x/y/b")),
    )
    assert found.classes == ("a", "b")
    assert parts(found)[1] == [f"seg_test/{name}/{i}.png" for name in "ab" for i in range(3)]


def test_each_class_may_hold_one_folder_of_the_same_name(tmp_path):
    found = look(tmp_path, zipped(tree("train/a/images", "train/b/images", "val/a/images", "val/b/images")))
    assert found.classes == ("a", "b")


def test_classes_may_hold_the_parts(tmp_path):
    found = look(tmp_path, zipped(tree("a/train", "b/train", "a/test", "b/test")))
    assert found.classes == ("a", "b")
    train, test = parts(found)
    assert {name.split("/")[1] for name in train} == {"train"}
    assert {name.split("/")[1] for name in test} == {"test"}


@pytest.mark.parametrize(
    ("files", "odd"),
    [
        (
            tree("data/train/a", "data/train/b", "data/test/a", "data/test/b") | {"cover.png": picture()},
            "cover.png",
        ),
        (tree("data/a", "data/b") | {"cover.jpg": picture(kind="JPEG")}, "cover.jpg"),
        (tree("data/a", "data/b") | {"data/cover.png": picture()}, "data/cover.png"),
        (tree("a", "b") | tree("b/old", per_class=9), "b/old/0.png"),
        (tree("train/a", "train/b", "test/a", "test/b") | {"test/x.png": picture()}, "test/x.png"),
        (tree("train/a", "train/b", "test"), "test/0.png"),
        (tree("train/a", "train/b", "test/a", "test/b", "unlabeled/a"), "unlabeled/a/0.png"),
        (tree("train/a", "train/b", "test/a", "test/c"), "test/c"),
        # The pictures to validate with lie in no folders of classes, in one called as what they are.
        (tree("s/train/a", "s/train/b", "s/val/images"), "val/images"),
    ],
)
@pytest.mark.parametrize("pack", FORMS)
def test_the_odd_one_is_named_and_no_good_one(tmp_path, files, odd, pack):
    with pytest.raises(InvalidError) as caught:
        look(tmp_path, pack(files))
    (fault,) = caught.value.fields
    assert f"'{odd}'" in fault.detail
    named = [name for name in files if f"'{name}'" in fault.detail]
    assert named == ([odd] if odd in files else [])


def test_tables_that_contradict_class_folders_are_refused(tmp_path):
    """Either may be what is meant; to take one without a word would be wrong half of the time."""
    files = tree("cat", "dog", per_class=4)
    rows = [f"{name},{'dog' if name == 'cat/0.png' else name.split('/')[0]}" for name in files]
    said = refusal(tmp_path, zipped(files | {"labels.csv": "\n".join(["file_name,label", *rows])}))
    assert f"1 of {len(files)} pictures" in said
    assert "'cat/0.png', which is 'dog' there" in said
    agreeing = [f"{name},{name.split('/')[0]}" for name in files]
    look(tmp_path, zipped(files | {"labels.csv": "\n".join(["file_name,label", *agreeing])}))
    # Folders that are no classes contradict nothing.
    other = [f"{name},{i % 2}" for i, name in enumerate(files)]
    look(tmp_path, zipped(files | {"labels.csv": "\n".join(["file_name,label", *other])}))


def test_classes_that_differ_in_capitals_or_spaces_are_told(tmp_path):
    (note,) = look(tmp_path, zipped(tree("Cat", "cat", "dog"))).notes
    assert "'Cat' and 'cat'" in note
    assert look(tmp_path, zipped(tree("cat", "dog"))).notes == ()


def test_a_file_called_as_a_part_is_none(tmp_path):
    files = {"train": picture(), "test": picture()} | folders()
    assert "'train' (and 1 more in its folder) lies in none of the parts" in refusal(tmp_path, zipped(files))


def test_arrays_beside_pictures_are_stray_files(tmp_path):
    assert look(tmp_path, zipped(folders() | {"features.npy": b"x"})).skipped == ("features.npy",)


def test_an_archive_of_unread_pictures_names_them(tmp_path):
    said = refusal(tmp_path, zipped({"a/0.heic": b"x", "b/1.AVIF": b"x"}))
    assert "'a/0.heic'" in said
    assert "'b/1.AVIF'" in said


def test_train_and_test_without_class_folders_are_no_classes(tmp_path):
    said = refusal(tmp_path, zipped(tree("train", "test")))
    assert "'train/0.png' (and 2 more in its folder) does not lie in a class folder" in said


def test_a_class_may_be_called_train(tmp_path):
    found = look(tmp_path, zipped(tree("train", "plane", "car")))
    assert found.classes == ("car", "plane", "train")


# --- parts


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("train", "test"),
        ("Train", "Test"),
        ("TRAIN", "TEST"),
        ("training", "testing"),
        ("Training_Set", "Test_Set"),
        ("training-images", "test-images"),
        ("train_data", "eval"),
        ("train", "val"),
        ("train", "valid"),
        ("Training", "Validation"),
        ("trainset", "testset"),
        ("images_train", "images_test"),
        ("entrenamiento", "prueba"),
        ("训练集", "测试集"),
        ("訓練", "テスト"),
    ],
)
def test_parts_are_known_by_their_usual_names(tmp_path, train, test):
    found = look(tmp_path, zipped(tree(f"{train}/a", f"{train}/b", f"{test}/a", f"{test}/b", per_class=4)))
    assert found.classes == ("a", "b")
    first, second = parts(found)
    assert {name.split("/")[0] for name in first} == {train}
    assert {name.split("/")[0] for name in second} == {test}


@pytest.mark.parametrize(
    "name", ["trained", "contest", "testament", "rain", "value", "validator", "a_train_b", ""]
)
def test_other_words_are_no_parts(name):
    assert role_of(name) is None


def test_pictures_for_validation_test_where_nothing_else_does(tmp_path):
    found = look(tmp_path, zipped(tree("train/a", "train/b", "val/a", "val/b")))
    assert len(parts(found)[1]) == 6
    assert found.notes == ("The 6 pictures for validation are the test part: there is no other.",)


def test_of_three_parts_validation_joins_training(tmp_path):
    found = look(
        tmp_path, zipped(tree(*(f"{part}/{name}" for part in ("train", "val", "test") for name in "ab")))
    )
    train, test = parts(found)
    assert [name.split("/")[0] for name in train] == ["train"] * 6 + ["val"] * 6
    assert {name.split("/")[0] for name in test} == {"test"}
    assert found.notes == (
        "The 6 pictures for validation joined the training part; the test part is as it was.",
    )


def test_without_training_pictures_there_is_nothing_to_train_on(tmp_path):
    assert "holds no training pictures; its parts are 'test', 'val'" in refusal(
        tmp_path, zipped(tree("val/a", "val/b", "test/a", "test/b"))
    )


# --- tables


def labeled(table: str, name: str = "labels.csv", folder: str = "images", **more: bytes) -> dict[str, bytes]:
    return {f"{folder}/{i}.png": picture(i) for i in range(6)} | {name: table.encode()} | more


ROWS = [("0", "cat"), ("1", "dog"), ("2", "cat"), ("3", "dog"), ("4", "cat"), ("5", "dog")]


@pytest.mark.parametrize("name", ["labels.csv", "metadata.csv", "images/metadata.csv", "annotations.tsv"])
@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("file_name,label", "images/{}.png,{}"),
        ("file_name,label", "{}.png,{}"),
        ("id,breed", "{},{}"),
        ("\ufeffFileName;Class", "{}.png;{}"),
        ("filename\tlabel", "{}.png\t{}"),
        ("label,extra,image", "{1},x,./images\\{0}.png"),
        (",path,category", "7,{}.png,{}"),
    ],
)
def test_a_table_gives_labels_instead_of_folders(tmp_path, name, header, row):
    table = "\r\n".join([header, *(row.format(*each) for each in reversed(ROWS))])
    found = look(tmp_path, zipped(labeled(table, name)))
    assert found.classes == ("cat", "dog")
    label = {Path(each).stem: found.classes[i] for each, i in zip(found.names, found.labels, strict=True)}
    assert label == dict(ROWS)
    assert found.notes[0] == f"Labels come from {name}."
    assert found.skipped == ()


def test_tables_lie_in_each_part_as_hubs_have_them(tmp_path):
    files = {f"{part}/{i}.png": picture(i + 9 * len(part)) for part in ("train", "test") for i in range(6)}
    table = "file_name,label\n" + "\n".join(f"{name}.png,{label}" for name, label in ROWS)
    flipped = table.replace("cat", "x").replace("dog", "cat").replace("x", "dog")
    files |= {"train/metadata.csv": table.encode(), "test/metadata.csv": flipped.encode()}
    found = look(tmp_path, zipped(files))
    train, test = parts(found)
    assert (len(train), len(test)) == (6, 6)
    by_name = dict(zip(found.names, found.labels.tolist(), strict=True))
    assert (by_name["train/0.png"], by_name["test/0.png"]) == (0, 1)


@pytest.mark.parametrize("how", ["column", "names"])
def test_a_table_may_tell_the_parts(tmp_path, how):
    rows = [(name, label, "test" if name in "45" else "train") for name, label in ROWS]
    if how == "column":
        tables = {"all.csv": "file,label,split\n" + "\n".join(",".join(row) for row in rows)}
    else:
        tables = {
            f"{part}.csv": "file,label\n" + "\n".join(f"{a},{b}" for a, b, p in rows if p == part)
            for part in ("train", "test")
        }
    files = {f"images/{i}.png": picture(i) for i in range(6)} | {k: v.encode() for k, v in tables.items()}
    assert parts(look(tmp_path, zipped(files)))[1] == ["images/4.png", "images/5.png"]


def test_labels_are_composed_as_names_are(tmp_path):
    table = "file,label\n" + "\n".join(
        f"{i}.png,{unicodedata.normalize('NFD' if i % 3 else 'NFC', 'é' if i % 2 else 'à')}" for i in range(6)
    )
    assert look(tmp_path, zipped(labeled(table))).classes == ("à", "é")


@pytest.mark.parametrize(
    ("rows", "file", "says"),
    [
        ([*ROWS[:-1], ("5", "")], "images/5.png", "labels.csv gives no label to 'images/5.png'"),
        (ROWS[:-1], "images/5.png", "labels.csv gives no label to 'images/5.png'"),
        ([*ROWS, ("9", "cat")], "9.png", "names files that are not pictures of the archive: '9.png'"),
        ([*ROWS, ("0", "dog")], "images/0.png", "'images/0.png' has two labels, 'cat' and 'dog'"),
    ],
)
def test_tables_that_do_not_fit_are_refused_by_what_is_odd(tmp_path, rows, file, says):
    table = "file_name,label\n" + "\n".join(f"{name}.png,{label}" for name, label in rows)
    with pytest.raises(InvalidError) as caught:
        look(tmp_path, zipped(labeled(table)))
    (fault,) = caught.value.fields
    assert fault.file == file
    assert says in fault.detail


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_of_spreadsheets_are_read(tmp_path, encoding):
    table = "file;label\r\n" + "\r\n".join(
        f"{name}.png;{'größer' if label == 'cat' else 'klein'}" for name, label in ROWS
    )
    files = labeled("") | {"labels.csv": table.encode(encoding)}
    assert look(tmp_path, zipped(files)).classes == ("größer", "klein")


def test_a_table_in_a_code_page_is_refused_by_name(tmp_path):
    table = "file;label\n" + "\n".join(
        f"{name}.png;{'größer' if label == 'cat' else 'klein'}" for name, label in ROWS
    )
    said = refusal(tmp_path, zipped(labeled("") | {"labels.csv": table.encode("cp1252")}))
    assert said == "'labels.csv' is not written in UTF-8; save it as CSV UTF-8."


def test_a_name_that_several_pictures_have_names_none(tmp_path):
    files = tree("x/1", "x/2")
    table = "file,label\n1/0.png,a\n2/0.png,a\n2/1.png,a\n1/1.png,b\n1/2.png,b\n2.png,b\n"
    said = refusal(tmp_path, zipped(files | {"x/labels.csv": table.encode()}))
    assert "names files that are not pictures of the archive: '2.png'" in said
    whole = table.replace("\n2.png", "\n2/2.png")
    assert look(tmp_path, zipped(files | {"x/labels.csv": whole.encode()})).classes == ("a", "b")


def test_tables_of_something_else_are_stray_files(tmp_path):
    other = {
        "log.csv": b"epoch,loss\n1,2\n",
        "names.csv": b"id,label\n100,cat\n",
        "x.csv": b"\xff\xfe\x00",
        "empty.csv": b"",
        "huge.csv": b"file,label\n" + b'"' + b"x" * 200_000,
    }
    found = look(tmp_path, zipped(folders() | other))
    assert set(found.skipped) == other.keys()
    assert found.n_train == 6


# --- tars


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_tar_holds_what_a_zip_does(tmp_path, mode, form):
    files = {f"./{name}": data for name, data in folders(per_class=11).items()}
    dataset, found = taken(tmp_path, tarred(files, mode, form))
    (tmp_path / "zip").mkdir()
    same, zip_found = taken(tmp_path / "zip", zipped(folders(per_class=11)))
    assert dataset.fingerprint == same.fingerprint
    assert found.names == zip_found.names
    assert {path.name for path in tmp_path.iterdir()} == {"upload", "images.npy", "zip"}


def test_an_old_tar_is_read(tmp_path):
    data = bytearray(tarred(folders(), "w", tarfile.USTAR_FORMAT))
    for at in range(0, len(data), 512):
        if data[at + 257 : at + 262] == b"ustar":
            data[at + 257 : at + 265] = bytes(8)
            data[at + 148 : at + 156] = b" " * 8
            data[at + 148 : at + 156] = b"%06o\0 " % sum(data[at : at + 512])
    assert len(look(tmp_path, bytes(data)).labels) == 8


def special(kind: bytes, name: str = "train/cat/odd.png", data: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for path, content in folders().items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.size = kind, "/etc/passwd", len(data)
        archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (tarfile.SYMTYPE, "is a link"),
        (tarfile.LNKTYPE, "is a link"),
        (tarfile.FIFOTYPE, "is no plain file"),
        (tarfile.CHRTYPE, "is no plain file"),
        (tarfile.BLKTYPE, "is no plain file"),
    ],
)
def test_a_tar_holds_plain_files_only(tmp_path, kind, says):
    assert f"'train/cat/odd.png' {says}" in refusal(tmp_path, special(kind))
    assert [path.name for path in tmp_path.iterdir()] == ["upload"]


def test_a_file_twice_in_a_tar_is_refused(tmp_path):
    assert "'train/cat/0.png' is in the archive twice" in refusal(
        tmp_path, special(tarfile.REGTYPE, "train/cat/0.png")
    )


def test_a_name_that_is_not_utf8_in_a_tar_is_refused(tmp_path):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT, encoding="latin-1") as archive:
        info = tarfile.TarInfo("Äpfel/0.png")
        archive.addfile(info)
    assert "is not named in UTF-8" in refusal(tmp_path, buffer.getvalue())


def test_a_tar_that_unpacks_to_too_much_is_refused_before_it_does(tmp_path, monkeypatch):
    monkeypatch.setattr(tarballs, "SMALL", 2**20)
    bomb = tarred(folders() | {"train/cat/zeros": bytes(2**24)})
    assert "unpacks to more than" in refusal(tmp_path, bomb)
    assert "unpacks to more than" in refusal(tmp_path, special(b"Z", data=bytes(2**24))), "what is passed by"
    assert [path.name for path in tmp_path.iterdir()] == ["upload"]


def test_what_is_passed_by_is_not_unpacked_beyond_the_bound():
    data = gzip.compress(bytes(2**24))
    source = gzip.GzipFile(fileobj=io.BytesIO(data))
    pieces = tarballs._Pieces(source, 2**20)
    with pytest.raises(InvalidError, match="unpacks to more than"):
        pieces.seek(2**23)
    assert source.tell() < 2**22


def test_a_header_of_any_size_is_not_read(tmp_path):
    info = tarfile.TarInfo("long")
    info.type, info.size = tarfile.XHDTYPE, 2**40
    data = gzip.compress(info.tobuf(tarfile.GNU_FORMAT) + bytes(2**20))
    assert "header that no honest one needs" in refusal(tmp_path, data)


def test_numbers_of_files_in_a_tar_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(tarballs, "MAX_FILES", 7)
    assert "more than 7 files" in refusal(tmp_path, tarred(folders()))


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.9, 0.999])
def test_a_tar_that_is_cut_off_is_refused(tmp_path, cut):
    data = tarred(folders())
    assert "not a readable tar" in refusal(tmp_path, data[: int(cut * len(data))])


@pytest.mark.parametrize(
    ("head", "says"),
    [
        (b"Rar!\x1a\x07\x01\x00", "a RAR archive"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (b"BZh91AY&SY", "packed with bzip2"),
        (b"\xfd7zXZ\x00", "packed with xz"),
        (picture(), "one picture"),
        (gzip.compress(b"no tar at all" * 99, mtime=0), "holds no tar archive"),
    ],
)
def test_other_forms_are_refused_by_name(tmp_path, head, says):
    assert says in refusal(tmp_path, head + bytes(600) if not head.startswith(b"\x1f") else head)


def test_a_zip_is_taken_as_it_is(tmp_path):
    path = written(tmp_path, zipped(folders()))
    with brought(path) as same:
        assert same.path == path
    assert path.exists()


def test_roles_are_told_apart():
    assert [role_of(name) for name in ("train", "Val", "TEST")] == [Role.TRAIN, Role.VALIDATION, Role.TEST]


def test_zip_and_tar_differ_in_nothing_that_python_writes(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.mkdir("猫")
        for name, data in tree("猫", "dog").items():
            archive.writestr(name, data)
    assert set(look(tmp_path, buffer.getvalue()).classes) == {"猫", "dog"}
