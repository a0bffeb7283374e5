"""Zips of class folders, and every way in which one may lie about what it holds."""

import contextlib
import gzip
import io
import struct
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from backend.core.errors import InvalidError
from backend.datasets import archive, class_folders
from backend.datasets.archive import opened, read_file
from backend.datasets.door import brought
from backend.datasets.pictures import open_picture
from backend.datasets.upload import examine
from tests.unit.test_array_forms import GRAY, npy
from tests.unit.test_binary_forms import MNIST
from tests.unit.test_parquet_files import LABELS, NAMES, PICTURES, parquet
from tests.uploads import arrays, folders, look, npz, picture, refusal, tarred, written, zipped
from workers.datasets import decode

# --- class folders


def test_train_and_test_folders_are_listed_in_natural_order(tmp_path):
    files = folders(per_class=11)
    found = look(tmp_path, zipped(dict(reversed(files.items()))))
    assert found.classes == ("cat", "dog")
    assert (found.n_train, len(found.labels)) == (22, 32)
    assert found.names[:3] == ("train/cat/0.png", "train/cat/1.png", "train/cat/2.png")
    assert found.names[10:12] == ("train/cat/10.png", "train/dog/0.png")
    assert found.names[22] == "test/cat/0.png"
    assert [found.classes[label] for label in found.labels] == [name.split("/")[1] for name in found.names]
    assert found.shape == (32, 5, 6, 3)


def test_one_level_is_split_by_the_seed_and_by_class(tmp_path):
    files = {f"all/{name}/{i}.png": picture(i, mode="L") for name in "ab" for i in range(8)}
    found = look(tmp_path, zipped(files))
    assert found.n_train == 12
    assert np.bincount(found.labels[12:]).tolist() == [2, 2]
    assert found.shape == (16, 5, 6)
    assert look(tmp_path, zipped(files)).names == found.names
    assert look(tmp_path, zipped(files), seed=1).names != found.names
    assert look(tmp_path, zipped(files), fraction=0.5).n_train == 8


def test_what_operating_systems_add_is_left_out(tmp_path):
    extra = {"__MACOSX/train/cat/._0.png": b"x", "train/.DS_Store": b"x", "train/cat/Thumbs.db": b"x"}
    assert len(look(tmp_path, zipped(folders() | extra)).labels) == 8
    dotted = {f"./{name}": data for name, data in folders().items()}
    assert len(look(tmp_path, zipped(dotted)).labels) == 8


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ({"../evil.png": b"x"}, "'../evil.png' points out of the archive"),
        ({"/etc/passwd": b"x"}, "'/etc/passwd' points out"),
        ({"C:/train/9.png": b"x"}, "points out"),
        ({"train/./cat/0.png": b"x"}, "'train/./cat/0.png' is in the archive twice"),
        ({"train/cat/\n.png": b"x"}, "control characters"),
        ({"cover.png": picture()}, "'cover.png' lies in none of the parts 'train', 'test'"),
        ({"train/cat/deep/0.png": b"x"}, "'train/cat/deep/0.png' does not lie in a class folder"),
        ({"extra/cat/0.png": picture()}, "'extra/cat/0.png' lies in none of the parts"),
        (
            {"test/cow/0.png": b"x"},
            "'test/cow', which holds 1 of the pictures, is no class of the training part",
        ),
        ({"train/cow/0.png": b"x"}, "Class 'cow' needs at least 2 training images, it has 1"),
        ({f"train/{'x' * 101}/0.png": b"x"}, "1 to 100 printable characters"),
        ({"train/ /0.png": b"x"}, "cannot name a class"),
        ({"train/cat/big.png": b"\0" * 2**21}, "'train/cat/big.png' unpacks to 2,097,152 bytes"),
    ],
)
def test_a_file_that_has_no_place_there_is_named(tmp_path, extra, says):
    assert says in refusal(tmp_path, zipped(folders() | extra))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not a readable zip"),
        (b"hello", "not a readable zip"),
        (zipped(folders())[:-30], "not a readable zip"),
        (zipped({}), "holds no images"),
        (zipped({"README.md": "hello"}), "holds no images; it has 'README.md'"),
        (zipped({f"train/cat/{i}.png": picture(i) for i in range(5)}), "one class, 'cat'"),
        (zipped({f"{i}/{j}.png": b"" for i in range(1001) for j in "ab"}), "1,001 classes, at most 1,000"),
        (zipped(folders() | {"train/cat/0.png": zipped(folders())}), "'train/cat/0.png' is not an image"),
        (zipped(folders() | {"train/cat/0.heic": b"ftypheic"}), "'train/cat/0.heic' is a picture of a kind"),
    ],
)
def test_an_archive_without_classes_of_images_is_refused(tmp_path, data, says):
    assert says in refusal(tmp_path, data)


def test_odd_digits_and_endless_numbers_are_names_like_others(tmp_path):
    odd = ("²", "٣", "9" * 90, "0")
    files = {f"{name}/{i}.png": picture() for name in odd for i in ("1", "²", "8" * 5000)}
    assert set(look(tmp_path, zipped(files)).classes) == set(odd)


def test_a_link_is_refused(tmp_path):
    info = zipfile.ZipInfo("train/cat/link.png")
    info.external_attr = 0o120777 << 16
    buffer = io.BytesIO(zipped(folders()))
    with zipfile.ZipFile(buffer, "a") as opened_zip:
        opened_zip.writestr(info, "/etc/passwd")
    assert "'train/cat/link.png' is a link" in refusal(tmp_path, buffer.getvalue())


def test_an_encrypted_file_is_refused(tmp_path):
    data = bytearray(zipped(folders()))
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    assert "is encrypted" in refusal(tmp_path, bytes(data))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_unpack_without_a_bound_are_refused(tmp_path, method):
    assert "unusual method" in refusal(tmp_path, zipped(folders(), method))


def lying(size: int, announced: int) -> bytes:
    """A zip whose file `bomb` unpacks to `size` zeros, but is said to have another size."""
    data = bytearray(zipped({"bomb": b"\0" * size}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.index(signature) + offset, announced)
    return bytes(data)


def test_a_file_never_unpacks_to_more_than_it_announces(tmp_path):
    path = written(tmp_path, lying(2**27, 1000))
    tracemalloc.start()
    with opened(path) as found, pytest.raises(InvalidError, match="'bomb' cannot be unpacked: Bad CRC"):
        read_file(found, "bomb")
    assert tracemalloc.get_traced_memory()[1] < 2**23
    tracemalloc.stop()


def test_a_file_that_is_shorter_than_it_announces_is_no_fault(tmp_path):
    with opened(written(tmp_path, lying(1000, 5000))) as found:
        assert len(read_file(found, "bomb")) == 1000  # and no image


def test_a_file_that_is_not_where_the_archive_says_is_a_refusal(tmp_path):
    data = bytearray(zipped({"a": b"abc" * 99}))
    data[30] = ord("b")  # its name where it lies
    with opened(written(tmp_path, bytes(data))) as found, pytest.raises(InvalidError, match="'a' cannot be"):
        read_file(found, "a")


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(
        [
            zipped(folders()),
            npz(**arrays()),
            tarred(folders()),
            tarred(folders(), "w"),
            zipped(MNIST),
            tarred({f"{name}.gz": gzip.compress(data) for name, data in MNIST.items()}, "w"),
            zipped({f"{'ab'[i % 2]}/{i}.npy": npy(image) for i, image in enumerate(GRAY)}),
        ]
    ),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=3)), max_size=4),
    st.floats(0.5, 1),
)
def test_whatever_is_changed_an_upload_is_taken_or_refused(tmp_path_factory, good, changes, kept):
    data = bytearray(good)
    for place, new in changes:
        at = int(place * len(data))
        data[at : at + len(new)] = new
    take_or_refuse(tmp_path_factory, bytes(data[: round(kept * len(data))]))


@pytest.mark.parametrize("form", [zipped, lambda files: files["train.parquet"]])
@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_changed_a_parquet_file_is_taken_or_refused(tmp_path_factory, form, seed):
    data = bytearray(
        form({"train.parquet": parquet({"image": PICTURES, "label": LABELS}, NAMES, compression="none")})
    )
    random = np.random.default_rng(seed)
    for at in random.integers(len(data) * 3 // 4, len(data), seed):
        data[at] = random.integers(256)
    take_or_refuse(tmp_path_factory, bytes(data))


def take_or_refuse(tmp_path_factory, data: bytes) -> None:
    path = written(tmp_path_factory.getbasetemp(), data)
    with contextlib.suppress(InvalidError), brought(path) as found:
        contents = examine(found.path, 0.25, 0)
        folder = tmp_path_factory.mktemp("decoded", numbered=True)
        decode.decode(found.path, contents, "pets", folder, lambda fraction: None)
    assert not list(path.parent.glob("*.partial"))


def test_broken_compression_is_a_refusal(tmp_path):
    data = bytearray(zipped({"a": b"abc" * 99}))
    at = data.index(b"PK\x03\x04") + 31
    data[at : at + 4] = b"\xff\xff\xff\xff"
    with opened(written(tmp_path, bytes(data))) as found, pytest.raises(InvalidError, match="'a' cannot be"):
        read_file(found, "a")


@pytest.mark.parametrize("pack", [zipped, lambda files: tarred(files, "w")])
@pytest.mark.parametrize("at", [20, 40, -6, -2])  # in what is packed, its checksum and its length
def test_a_damaged_gzip_of_idx_is_named(tmp_path, pack, at):
    files = {f"{name}.gz": bytearray(gzip.compress(data)) for name, data in MNIST.items()}
    files["train-images-idx3-ubyte.gz"][at] ^= 0x55
    said = refusal(tmp_path, pack({name: bytes(data) for name, data in files.items()}))
    assert "train-images-idx3-ubyte" in said
    cut = {**MNIST, "t10k-labels-idx1-ubyte.gz": gzip.compress(MNIST["t10k-labels-idx1-ubyte"])[:-9]}
    cut.pop("t10k-labels-idx1-ubyte")
    assert "t10k-labels-idx1-ubyte" in refusal(tmp_path, pack(cut))


def test_a_file_without_a_name_is_refused(tmp_path):
    data = bytearray(zipped({"a": b"abc", "b": b"abc"}))
    at = data.index(b"PK\x01\x02")
    data[at + 28] = 0  # the length of its name in the directory, which then is that of its extra field
    data[at + 30] = 1
    assert "points out" in refusal(tmp_path, bytes(data))


def test_files_that_share_bytes_are_refused(tmp_path):
    data = bytearray(zipped(folders(), zipfile.ZIP_STORED))
    entries = [i for i in range(len(data)) if data[i : i + 4] == b"PK\x01\x02"]
    first = struct.unpack_from("<I", data, entries[0] + 42)
    struct.pack_into("<I", data, entries[1] + 42, *first)
    assert "overlaps" in refusal(tmp_path, bytes(data))


def test_numbers_are_bounded(tmp_path, monkeypatch):
    data = zipped(folders())
    monkeypatch.setattr(archive, "MAX_FILES", 7)
    assert "holds 8 files; at most 7" in refusal(tmp_path, data)
    monkeypatch.setattr(archive, "MAX_DIRECTORY", 100)
    assert "lists too many files" in refusal(tmp_path, data)
    monkeypatch.undo()
    monkeypatch.setattr(archive, "MAX_UNPACKED", 100)
    assert "unpacks to" in refusal(tmp_path, data)
    monkeypatch.undo()
    monkeypatch.setattr(class_folders, "MAX_UNPACKED", 8 * 90 - 1)
    assert "8 images of 6 x 5 pixels" in refusal(tmp_path, data)
    monkeypatch.setattr(class_folders, "MAX_UNPACKED", 8 * 90)
    look(tmp_path, data)


def test_zip64_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 2)
    assert len(look(tmp_path, zipped(folders())).labels) == 8


# --- images


def opened_image(tmp_path, data):
    with opened(written(tmp_path, zipped({"it.png": data}))) as found:
        return open_picture(found, "it.png", "it.png")[0]


def png_header(width: int, height: int) -> bytes:
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    end = struct.pack(">I", zlib.crc32(chunk)) + struct.pack(">I", 0) + b"IDAT" + b"\0" * 8
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + end


def animated(kind: str) -> bytes:
    frames = [Image.new("RGB", (4, 4), color) for color in ("red", "blue")]
    buffer = io.BytesIO()
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def deep(mode: str, kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (4, 4)).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"<svg/>", "is not an image"),
        (b"%PDF-1.4", "is not an image"),
        (png_header(5000, 5000), "is 5000 x 5000 pixels, at most 24,000,000"),
        (png_header(60_000, 60_000), "cannot be read: Image size"),
        (picture()[:20], "it.png"),
    ],
)
def test_what_is_no_plain_image_is_refused(tmp_path, data, says):
    with pytest.raises(InvalidError, match=r"it\.png") as caught:
        opened_image(tmp_path, data)
    assert says in caught.value.detail


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM"])
def test_all_formats_are_read(tmp_path, kind):
    assert opened_image(tmp_path, picture(kind=kind)).size == (6, 5)
