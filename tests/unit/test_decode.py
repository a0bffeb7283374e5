"""From checked uploads to pixels."""

import io

import numpy as np
import pytest
from PIL import Image

from backend.core.errors import Cancelled, InvalidError
from backend.datasets import npy as npy_files
from backend.datasets.upload import examine
from tests.uploads import arrays, folders, npz, picture, written, zipped
from workers.datasets import decode


def decoded(tmp_path, data, report=lambda fraction: None):
    path = written(tmp_path, data)
    folder = tmp_path / "scratch"
    folder.mkdir(exist_ok=True)
    return decode.decode(path, examine(path, 0.25, 0), "pets", folder, report)


def pixels(data: bytes, mode: str = "RGB"):
    return np.asarray(Image.open(io.BytesIO(data)).convert(mode))


def test_every_image_is_in_its_place_whatever_the_number_of_threads(tmp_path):
    files = folders(per_class=40)
    found = decoded(tmp_path, zipped(files))
    assert found.images.shape == (120, 5, 6, 3)
    assert all(
        (image == pixels(files[name])).all() for name, image in zip(found.names, found.images, strict=True)
    )
    assert found.n_train == 80
    assert isinstance(found.images, np.memmap)


def test_gray_images_stay_gray_and_one_in_color_makes_all_of_them_color(tmp_path):
    gray = folders(mode="L")
    assert decoded(tmp_path, zipped(gray)).images.shape == (8, 5, 6)
    mixed = gray | {"train/dog/2.png": picture(7)}
    found = decoded(tmp_path, zipped(mixed))
    assert found.images.shape == (8, 5, 6, 3)
    assert (found.images[found.names.index("train/dog/2.png")] == pixels(mixed["train/dog/2.png"])).all()
    assert (found.images[0] == pixels(gray["train/cat/0.png"])).all()


@pytest.mark.parametrize(
    ("mode", "kind", "gray"),
    [("1", "PNG", True), ("LA", "PNG", True), ("P", "PNG", False), ("RGBA", "PNG", False)],
)
def test_bilevel_palette_and_alpha_become_plain_pixels(tmp_path, mode, kind, gray):
    found = decoded(tmp_path, zipped(folders(mode=mode, kind=kind)))
    assert found.images.shape == ((8, 5, 6) if gray else (8, 5, 6, 3))


def test_print_colors_become_screen_colors(tmp_path):
    red = io.BytesIO()
    Image.new("CMYK", (6, 5), (0, 255, 255, 0)).save(red, "JPEG")
    found = decoded(tmp_path, zipped(folders() | {"train/cat/0.png": red.getvalue()}))
    assert np.abs(found.images[0].astype(int) - (255, 0, 0)).max() < 8


def test_a_camera_mark_does_not_turn_pixels(tmp_path):
    turned = io.BytesIO()
    image = Image.open(io.BytesIO(picture()))
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(turned, "PNG", exif=exif)
    found = decoded(tmp_path, zipped(folders() | {"train/cat/0.png": turned.getvalue()}))
    assert (found.images[0] == pixels(picture())).all()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (picture(size=(7, 5)), "with 7 x 5. Choose one size, such as size=6x5&fit=crop"),
        (picture(size=(64, 64), kind="JPEG")[:-200], "is cut off before its end"),
        (picture()[:-30], "is broken"),
        (b"a text", "is not an image"),
        (b"", "is empty"),
    ],
)
def test_the_image_at_fault_is_named(tmp_path, data, says):
    with pytest.raises(InvalidError, match=r"'train/dog/1\.png'") as caught:
        decoded(tmp_path, zipped(folders() | {"train/dog/1.png": data}))
    assert says in caught.value.detail


def test_a_truncated_jpeg_is_broken(tmp_path):
    files = folders(size=(64, 64), kind="JPEG")
    files["train/dog/1.png"] = files["train/dog/1.png"][:-400]
    with pytest.raises(InvalidError, match=r"'train/dog/1.png' is broken: it is cut off"):
        decoded(tmp_path, zipped(files))


def test_arrays_are_copied_train_first_and_named_by_their_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(npy_files, "PART_BYTES", 200)  # two images at a time
    given, test = arrays(), arrays(6)
    both = npz(**given, test_images=test["images"][::-1], test_labels=test["labels"])
    found = decoded(tmp_path, both)
    assert (found.images == np.concatenate([given["images"], test["images"][::-1]])).all()
    assert (found.names[0], found.names[12]) == ("images/0", "test_images/0")
    split = decoded(tmp_path, npz(**given))
    rows = [int(name.removeprefix("images/")) for name in split.names]
    assert sorted(rows) == list(range(12))
    assert (split.images == given["images"][rows]).all()
    assert (split.labels == given["labels"][rows]).all()
    assert split.n_train == 9


def test_progress_is_reported_and_stops_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr(decode, "CHUNK", 3)
    seen: list[float] = []

    def report(fraction: float) -> None:
        seen.append(fraction)
        if fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        decoded(tmp_path, zipped(folders()), report)
    assert seen == [3 / 8, 6 / 8]


def test_a_disk_without_room_is_an_error_before_any_work(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    with pytest.raises(OSError, match="No space left"):
        decoded(tmp_path, zipped(folders()))
