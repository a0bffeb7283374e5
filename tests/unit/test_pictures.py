"""Pictures of every kind: what their pixels become, what is said of it, and what is left to choose."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from backend.core.errors import FieldError, InvalidError
from backend.datasets.base import Dataset
from backend.datasets.identical import find_identical
from tests.uploads import broken, folders, look, picture, taken, zipped


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def upload(make: Callable[[int], bytes], n: int = 8, suffix: str = "png") -> bytes:
    """Zip class folders of pictures that `make` draws from a number."""
    return zipped({f"{'ab'[i % 2]}/{i}.{suffix}": make(i) for i in range(n)})


def by_number(dataset: Dataset) -> list[np.ndarray]:
    """Return the pictures in the order of their file names."""
    order = sorted(range(len(dataset.names)), key=lambda i: int(Path(dataset.names[i]).stem))
    return [dataset.images[i] for i in order]


def faults(folder: Path, data: bytes, **choices: Any) -> tuple[FieldError, ...]:
    with pytest.raises(InvalidError) as caught:
        taken(folder, data, **choices)
    return caught.value.fields


def drawing(i: int, shade: int = 0) -> np.ndarray:
    """Return (8, 8) opacities of a stroke that differs from drawing to drawing."""
    opacity = np.zeros((8, 8), np.uint8)
    opacity[i % 8, : 2 + i // 8] = 255
    return opacity


def rgba(i: int, shade: int) -> Image.Image:
    pixels = np.full((8, 8, 4), shade, np.uint8)
    pixels[..., 3] = drawing(i)
    return Image.fromarray(pixels)


def gray_alpha(i: int, shade: int) -> Image.Image:
    return rgba(i, shade).convert("LA")


def palette(i: int, shade: int) -> Image.Image:
    """A palette in which color 0 is transparent, and has the drawing's own color: it is in alpha alone."""
    image = Image.fromarray((drawing(i) > 0).astype(np.uint8), "P")
    image.putpalette([shade] * 6)
    image.info["transparency"] = 0
    return image


def keyed(i: int, shade: int) -> Image.Image:
    """True color in which one color counts as transparent."""
    key = 255 - shade
    pixels = np.where(drawing(i)[..., None] > 0, shade, key).astype(np.uint8)
    return Image.fromarray(np.repeat(pixels, 3, axis=2))


# --- transparent parts


@pytest.mark.parametrize(("shade", "ground"), [(0, 255), (40, 255), (255, 0), (200, 0)])
@pytest.mark.parametrize("draw", [rgba, gray_alpha, palette])
def test_what_only_alpha_shows_is_seen_on_the_opposite_color(tmp_path, draw, shade, ground):
    dataset, found = taken(tmp_path, upload(lambda i: saved(draw(i, shade))))
    for i, image in enumerate(by_number(dataset)):
        gray = image if image.ndim == 2 else image[..., 0]
        assert np.array_equal(gray, np.where(drawing(i) > 0, shade, ground))
    color = "white" if ground else "black"
    (note,) = found.notes
    assert note.startswith(f"Transparent parts of pictures lie on {color}, because what they show is")
    assert f"{shade} of 255" in note
    assert find_identical(dataset).groups == ()


@pytest.mark.parametrize(("kind", "suffix"), [("WEBP", "webp"), ("GIF", "gif"), ("TIFF", "tif")])
def test_transparent_parts_are_seen_in_every_format(tmp_path, kind, suffix):
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    draw = palette if kind == "GIF" else rgba
    data = upload(
        lambda i: saved(draw(i, 0), kind, **options, **({"transparency": 0} if kind == "GIF" else {}))
    )
    dataset, _ = taken(tmp_path, data, frames="first")
    assert len({image.tobytes() for image in dataset.images}) == 8
    assert all(image.max() == 255 for image in dataset.images)


def test_a_color_that_counts_as_transparent_is_replaced(tmp_path):
    make = lambda i: saved(keyed(i, 250), transparency=(5, 5, 5))  # noqa: E731
    dataset, _ = taken(tmp_path, upload(make))
    assert np.array_equal(by_number(dataset)[3][..., 0], np.where(drawing(3) > 0, 250, 0))


def test_half_transparent_pixels_are_mixed(tmp_path):
    image = Image.new("RGBA", (4, 4), (100, 0, 0, 128))
    dataset, _ = taken(tmp_path, upload(lambda i: saved(image)), background="white")
    assert abs(int(dataset.images[0, 0, 0, 0]) - 177) <= 1
    assert abs(int(dataset.images[0, 0, 0, 1]) - 127) <= 1


@pytest.mark.parametrize(("background", "ground"), [("white", 255), ("black", 0)])
def test_the_color_behind_can_be_chosen(tmp_path, background, ground):
    dataset, found = taken(tmp_path, upload(lambda i: saved(rgba(i, 90))), background=background)
    assert dataset.images[0].reshape(-1, 3)[-1].tolist() == [ground] * 3
    assert found.notes == (f"Transparent parts of pictures lie on {background}, as chosen.",)


def test_one_color_lies_behind_all_pictures(tmp_path):
    """Dark and light drawings in one data set: most decide."""
    dataset, _ = taken(tmp_path, upload(lambda i: saved(rgba(i, 255 if i == 3 else 20))))
    assert all(image[7, 7].tolist() == [255] * 3 for i, image in enumerate(by_number(dataset)) if i < 7)


def test_pictures_of_nothing_are_refused(tmp_path):
    (fault,) = faults(tmp_path, upload(lambda i: saved(Image.new("RGBA", (4, 4), (i, i, i, 0)))))
    assert "wholly transparent" in fault.detail
    one = upload(lambda i: saved(Image.new("RGBA", (8, 8))) if i == 2 else saved(rgba(i, 0)))
    taken(tmp_path, one)


def test_opaque_pictures_with_an_alpha_channel_are_as_they_were(tmp_path):
    dataset, found = taken(tmp_path, upload(lambda i: picture(i, mode="RGBA")))
    expected = np.asarray(Image.open(io.BytesIO(picture(3))))
    assert np.array_equal(by_number(dataset)[3], expected)
    assert found.notes == ()


# --- kinds of pixels


def test_one_bit_is_black_and_white(tmp_path):
    pixels = np.eye(6, dtype=bool)
    dataset, found = taken(tmp_path, upload(lambda i: saved(Image.fromarray(pixels))))
    assert np.array_equal(dataset.images[0], np.eye(6) * 255)
    assert found.notes == ("8 pictures of 1 bit were read as black and white.",)


@pytest.mark.parametrize(
    ("top", "white"), [(200, 255), (1000, 1023), (4000, 4095), (16_000, 16_383), (60_000, 65_535)]
)
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_by_what_the_camera_had(tmp_path, top, white, kind):
    def make(i: int) -> bytes:
        pixels = np.linspace(0, top, 16).reshape(4, 4).astype(np.uint16) // (1 + i)
        return saved(Image.fromarray(pixels), kind)

    dataset, found = taken(tmp_path, upload(make, suffix=kind.lower()))
    shown = by_number(dataset)
    assert shown[0].max() == round(255 * top / white)
    assert shown[3].max() == pytest.approx(255 * top / 4 / white, abs=1), "one scale for all"
    assert f"0 became black, {white:,} white" in found.notes[0]


@pytest.mark.parametrize(
    ("low", "high", "seen"), [(0.0, 1.0, (0, 255)), (-1.0, 1.0, (0, 255)), (0, 255, (0, 255))]
)
def test_floating_point_pictures_are_scaled(tmp_path, low, high, seen):
    pixels = np.linspace(low, high, 16).reshape(4, 4).astype(np.float32)
    dataset, found = taken(tmp_path, upload(lambda i: saved(Image.fromarray(pixels), "TIFF"), suffix="tif"))
    assert (dataset.images.min(), dataset.images.max()) == seen
    assert "of more than 8 bits" in found.notes[0]


def test_numbers_that_are_not_finite_are_refused(tmp_path):
    pixels = np.full((4, 4), np.nan, np.float32)
    finite = np.zeros((4, 4), np.float32)
    found = faults(
        tmp_path, upload(lambda i: saved(Image.fromarray(pixels if i == 2 else finite), "TIFF"), suffix="tif")
    )
    assert {fault.file.rpartition("/")[2] for fault in found} == {"2.tif"}, "wherever in the order it comes"
    assert "without a number" in found[0].detail


def test_print_colors_become_rgb(tmp_path):
    dataset, found = taken(tmp_path, upload(lambda i: picture(i, mode="CMYK", kind="JPEG"), suffix="jpg"))
    assert dataset.images.shape == (8, 5, 6, 3)
    assert "(CMYK) were turned into RGB" in found.notes[0]


def test_one_colored_picture_makes_all_colored(tmp_path):
    dataset, _ = taken(tmp_path, upload(lambda i: picture(i, mode="RGB" if i == 7 else "L")))
    assert dataset.images.shape == (8, 5, 6, 3)


# --- several pictures in a file


def test_a_scene_taken_several_times_is_one_picture(tmp_path):
    def make(i: int) -> bytes:
        main, preview = (Image.open(io.BytesIO(picture(seed, size=(16, 16)))) for seed in (i, i + 100))
        return saved(main, "MPO", save_all=True, append_images=[preview], quality=95)

    dataset, found = taken(tmp_path, upload(make, suffix="JPG"))
    expected = np.asarray(Image.open(io.BytesIO(make(2))).convert("RGB"))
    assert np.array_equal(by_number(dataset)[2], expected)
    assert "MPO" in found.notes[0]


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_animations_are_taken_by_their_first_frame_if_asked(tmp_path, kind):
    frames = [Image.new("RGB", (4, 4), color) for color in ("red", "blue")]
    options = {"lossless": True} if kind == "WEBP" else {}
    moving = saved(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    still = saved(frames[0], kind, **options)
    data = upload(lambda i: moving if i in {2, 5} else still, suffix=kind.lower())
    (fault,) = faults(tmp_path, data)
    assert fault.pointer == "/query/frames"
    assert fault.offer == {"frames": "first"}
    for i in (2, 5):
        assert f"{i}.{kind.lower()}'" in fault.detail
    dataset, found = taken(tmp_path, data, frames="first")
    assert (dataset.images == np.array([255, 0, 0])).all() or kind == "GIF"
    assert len({image.tobytes() for image in dataset.images}) == 1
    assert found.notes == ("2 pictures with several frames were reduced to the first frame.",)


# --- sizes


def test_mixed_sizes_are_refused_with_an_offer_that_passes(tmp_path):
    data = upload(lambda i: picture(i, size=(40, 30) if i == 3 else (32, 32)))
    (fault,) = faults(tmp_path, data)
    assert fault.pointer == "/query/size"
    assert fault.file == "b/3.png"
    assert "7 are 32 x 32, 1 is not, such as 'b/3.png' with 40 x 30" in fault.detail
    assert fault.offer == {"size": "32", "fit": "crop"}
    dataset, found = taken(tmp_path, data, **fault.offer)
    assert dataset.images.shape[1:] == (32, 32, 3)
    assert found.notes == ("1 picture of another size was center-cropped and resized to 32 x 32.",)
    assert np.array_equal(
        by_number(dataset)[0], np.asarray(Image.open(io.BytesIO(picture(0, size=(32, 32)))))
    )


@pytest.mark.parametrize(
    ("sizes", "offer"),
    [
        ([(100, 100), (50, 50), (70, 70), (64, 64)], {"size": "64", "fit": "resize"}),
        ([(100, 60), (50, 80), (70, 60), (64, 90)], {"size": "48", "fit": "crop"}),
        ([(9, 9), (7, 7), (5, 5), (8, 8)], {"size": "7", "fit": "resize"}),
        ([(900, 600), (800, 640), (640, 480), (500, 500)], {"size": "128", "fit": "crop"}),
        ([(32, 24)] * 3 + [(16, 12)], {"size": "32x24", "fit": "resize"}),
        ([(1200, 1100)] * 4, {"size": "128", "fit": "resize"}),
    ],
)
def test_the_offer_follows_from_the_data(tmp_path, sizes, offer):
    (fault,) = faults(tmp_path, upload(lambda i: picture(i, size=sizes[i % 4])))
    assert fault.offer == offer


def test_cropping_keeps_proportions_and_resizing_keeps_everything(tmp_path):
    image = Image.new("RGB", (40, 20))
    image.paste("red", (0, 0, 10, 20))
    data = upload(lambda i: saved(image))
    cropped, _ = taken(tmp_path, data, size="20", fit="crop")
    assert cropped.images.max() == 0
    resized, _ = taken(tmp_path, data, size="20", fit="resize")
    assert resized.images[0, :, 0, 0].min() == 255
    wide, _ = taken(tmp_path, data, size="20x10")
    assert wide.images.shape[1:3] == (10, 20)


def test_a_size_has_a_bound(tmp_path):
    (fault,) = faults(tmp_path, upload(picture), size="1025")
    assert fault.pointer == "/query/size"
    assert "1,024" in fault.detail


# --- orientation


def marked(i: int, mark: int, kind: str = "JPEG") -> bytes:
    image = Image.new("RGB", (16, 8))
    image.paste("white", (0, 0, 8, 8))
    exif = Image.Exif()
    exif[274] = mark
    return saved(image, kind, exif=exif)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_cameras_mark_is_obeyed_if_asked_and_told_in_any_case(tmp_path, kind):
    data = upload(lambda i: marked(i, 6, kind), suffix=kind.lower())
    stored, found = taken(tmp_path, data)
    assert stored.images.shape[1:3] == (8, 16)
    assert found.notes[0].startswith("8 pictures with a camera's orientation mark were left as stored")
    turned, found = taken(tmp_path, data, orientation="turned")
    assert turned.images.shape[1:3] == (16, 8)
    assert turned.images[0, 2, 4, 0] > 200
    assert turned.images[0, 13, 4, 0] < 50
    assert found.notes == ("8 pictures with a camera's orientation mark were turned by it.",)


@pytest.mark.parametrize("orientation", ["stored", "turned"])
def test_a_tiff_is_always_turned_and_that_is_said(tmp_path, orientation):
    image = Image.open(io.BytesIO(marked(0, 1, "PNG")))
    data = upload(lambda i: saved(image, "TIFF", tiffinfo={274: 6}), suffix="tif")
    dataset, found = taken(tmp_path, data, orientation=orientation)
    assert dataset.images.shape[1:3] == (16, 8)
    assert found.notes == ("8 pictures with an orientation mark (TIFF) were turned by it.",)


def test_turning_may_make_sizes_equal_or_different(tmp_path):
    data = upload(lambda i: marked(i, 6 if i == 2 else 1), suffix="jpg")
    taken(tmp_path, data)
    (fault,) = faults(tmp_path, data, orientation="turned")
    assert fault.file == "a/2.jpg"


@pytest.mark.parametrize("mark", [0, 9, 200])
def test_marks_that_mean_nothing_are_passed_by(tmp_path, mark):
    _, found = taken(tmp_path, upload(lambda i: marked(i, mark), suffix="jpg"), orientation="turned")
    assert found.notes == ()


# --- everything at once


def test_all_faults_are_told_at_once_each_with_its_file(tmp_path):
    moving = saved(Image.new("L", (6, 5)), "GIF", save_all=True, append_images=[Image.new("L", (6, 5), 9)])
    bad = {
        "train/cat/empty.png": b"",
        "train/cat/text.jpg": b"hello",
        "train/cat/short.png": picture()[:-12],
        "train/cat/short.jpg": picture(size=(32, 32), kind="JPEG")[:-40],
        "train/cat/moving.gif": moving,
        "train/cat/large.png": picture(size=(7, 5)),
    }
    found = faults(tmp_path, zipped(folders() | bad))
    assert {fault.file for fault in found} == bad.keys()
    assert {fault.pointer for fault in found} == {"/file", "/query/frames", "/query/size"}


def test_many_faults_are_counted(tmp_path):
    found = faults(tmp_path, zipped(folders() | {f"train/cat/x{i}.png": b"" for i in range(120)}))
    assert len(found) == 51
    assert found[-1].detail == "And 70 more."


def test_broken_pixels_are_named_together_when_they_are_unpacked(tmp_path):
    files = folders()
    names = [name for name in files if name.startswith("train/dog")]
    found = faults(tmp_path, zipped(files | {name: broken(files[name]) for name in names}))
    assert [fault.file for fault in found] == names


def test_text_in_a_picture_is_no_matter(tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_text("comment", "x" * 100)
    assert look(tmp_path, upload(lambda i: saved(Image.new("L", (4, 4), i), pnginfo=info))).n_train == 6


# --- identical pictures


def made(images: list[int], labels: list[int], n_train: int) -> Dataset:
    pixels = np.stack([np.full((2, 2), shade, np.uint8) for shade in images])
    names = tuple(map(str, range(len(images))))
    return Dataset("x", pixels, np.array(labels), ("a", "b"), names, n_train)


def test_identical_pictures_are_found_with_their_contradictions():
    found = find_identical(made([1, 2, 3, 1, 4, 2, 2, 3, 9], [0, 0, 1, 1, 0, 0, 0, 1, 1], 7))
    assert [group.indices.tolist() for group in found.groups] == [[0, 3], [2, 7], [1, 5, 6]]
    assert [(group.classes, group.parts) for group in found.groups] == [
        (True, False),
        (False, True),
        (False, False),
    ]
    assert found.pictures == 7


@pytest.mark.parametrize(("same", "warns"), [(2, False), (3, True)])
def test_many_identical_pictures_are_a_warning(same, warns):
    found = find_identical(made([0] * same + list(range(1, 21 - same)), [0] * 20, 20))
    assert (found.warning() is not None) == warns


def test_no_pictures_are_identical():
    found = find_identical(made([1, 2], [0, 1], 2))
    assert (found.groups, found.pictures, found.warning()) == ((), 0, None)
