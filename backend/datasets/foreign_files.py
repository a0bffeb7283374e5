"""Files of other programs that are not opened: told by their names and first bytes, each with a way out.

Pickles, and what is made of them, can run any code when they are opened. The others need libraries that read
nothing else here. Each is refused with the line of Python that makes an npz of it.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from backend.core.errors import InvalidError
from backend.datasets.archive import refused
from backend.datasets.faults import Faults

HEAD = 16  # bytes that tell a file

_CIFAR_PART = re.compile(r"data_batch_[0-9]+$|test_batch$")
_PICKLE = re.compile(rb"\x80[\x01-\x05]|\(dp|\(lp|c[a-z_.]+\n")
_TOLD = 5
_ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz")


@dataclass(frozen=True)
class _Kind:
    """What a file is, how it is known, and the line that makes an npz of it, given its name and stem."""

    what: str
    magics: tuple[bytes, ...]
    endings: tuple[str, ...]
    line: Callable[[str, str], str] | None
    instead: str = ""


def _pickle(name: str, stem: str) -> str:
    opened = f"gzip.open({name!r})" if name.endswith(".gz") else f"open({name!r}, 'rb')"
    return (
        f"import gzip, pickle, numpy as np; d = pickle.load({opened}, encoding='latin1');"
        f" np.savez({stem + '.npz'!r}, **d) if isinstance(d, dict) else np.savez({stem + '.npz'!r}, *d)"
    )


def _torch(name: str, stem: str) -> str:
    return (
        f"import torch, numpy as np; d = torch.load({name!r}); np.savez({stem + '.npz'!r},"
        " **{k: np.asarray(v) for k, v in d.items()}) if isinstance(d, dict) else"
        f" np.savez({stem + '.npz'!r}, *[np.asarray(v) for v in d])"
    )


def _matlab(name: str, stem: str) -> str:
    if re.match(r"(train|test|extra)_32x32", stem):  # SVHN's own
        return (
            f"import numpy as np; from scipy.io import loadmat; d = loadmat({name!r});"
            f" np.savez({stem + '.npz'!r},"
            " images=np.moveaxis(d['X'], -1, 0), labels=d['y'])"
        )
    return (
        f"import numpy as np; from scipy.io import loadmat; d = loadmat({name!r});"
        f" np.savez({stem + '.npz'!r},"
        " **{k: v for k, v in d.items() if k[0] != '_'})"
    )


def _hdf5(name: str, stem: str) -> str:
    return (
        f"import h5py, numpy as np; d = h5py.File({name!r}); np.savez({stem + '.npz'!r},"
        " **{k: v[()] for k, v in d.items()})"
    )


def _tfrecord(name: str, stem: str) -> str:
    return (
        "import numpy as np, tensorflow as tf; e = [tf.train.Example.FromString(r.numpy()).features.feature"
        " for r in"
        f" tf.data.TFRecordDataset({name!r})]; np.savez({stem + '.npz'!r},"
        " images=[tf.io.decode_image(f['image'].bytes_list.value[0]).numpy() for f in e],"
        " labels=[f['label'].int64_list.value[0] for f in e])"
    )


def _arrow(name: str, stem: str) -> str:
    return (
        f"import pyarrow as pa, pyarrow.parquet as pq; f = lambda: pa.memory_map({name!r});"
        " t = (pa.ipc.open_file if f().read(6) == b'ARROW1' else pa.ipc.open_stream)(f());"
        f" pq.write_table(t.read_all(), {stem + '.parquet'!r})"
    )


def _safetensors(name: str, stem: str) -> str:
    return (
        f"import numpy as np; from safetensors.numpy import load_file; np.savez({stem + '.npz'!r},"
        f" **load_file({name!r}))"
    )


def _pixel_table(name: str, stem: str) -> str:
    return (
        f"import numpy as np; h = open({name!r}).readline().strip().split(',');"
        f" t = np.loadtxt({name!r}, delimiter=',', skiprows=1); i = h.index('label');"
        f" np.savez({stem + '.npz'!r}, images=np.delete(t, i, 1).astype(np.uint8), labels=t[:, i])"
    )


_KINDS = (
    _Kind("a file of PyTorch, which is a pickle", (), (".pt", ".pth"), _torch),
    _Kind("a MATLAB file of version 7.3, which is HDF5", (b"MATLAB 7.3 MAT-f",), (), _hdf5),
    _Kind("a MATLAB file", (b"MATLAB 5.0 MAT-f",), (".mat",), _matlab),
    _Kind("an HDF5 file", (b"\x89HDF",), (".h5", ".hdf5", ".hdf"), _hdf5),
    _Kind("a file of TensorFlow (TFRecord)", (), (".tfrecord", ".tfrecords"), _tfrecord),
    _Kind("an Arrow file", (b"ARROW1", b"FEA1"), (".arrow", ".feather"), _arrow),
    _Kind("a file of safetensors", (), (".safetensors",), _safetensors),
    _Kind("a pickle", (), (".pkl", ".pickle", ".p", ".joblib", ".pkl.gz", ".pickle.gz"), _pickle),
    _Kind(
        "a table of text",
        (),
        (".csv", ".tsv"),
        _pixel_table,
        "put it into one zip with the pictures that it names, or if it holds pixels (label, pixel0, …), turn"
        " it",
    ),
    _Kind("a RAR archive", (b"Rar!",), (), None, "make a zip or a tar.gz of what is in it"),
    _Kind("a 7z archive", (b"7z\xbc\xaf\x27\x1c",), (), None, "make a zip or a tar.gz of what is in it"),
    _Kind("packed with bzip2", (b"BZh",), (), None, "make a zip or a tar.gz of what is in it"),
    _Kind("packed with xz", (b"\xfd7zXZ",), (), None, "make a zip or a tar.gz of what is in it"),
    _Kind("packed with zstd", (b"\x28\xb5\x2f\xfd",), (), None, "make a zip or a tar.gz of what is in it"),
    _Kind(
        "one picture", (b"\x89PNG", b"\xff\xd8\xff", b"GIF8"), (), None, "make a zip of folders of pictures"
    ),
    _Kind("a PDF document", (b"%PDF",), (), None, "make a zip of folders of pictures"),
    _Kind(
        "a database of SQLite", (b"SQLite format 3\0",), (), None, "make an npz of its pictures and labels"
    ),
)
_BY_NAME = {"a file of PyTorch, which is a pickle", "a pickle"}


def _kind(name: str, head: bytes) -> _Kind | None:
    """Return what kind of foreign file this is; first bytes count more than a name."""
    for kind in _KINDS:
        if any(head.startswith(magic) for magic in kind.magics):
            return kind
    lower = name.lower()
    for kind in _KINDS:
        if kind.endings and lower.endswith(kind.endings):
            return kind
    if _PICKLE.match(head):
        return next(kind for kind in _KINDS if kind.what == "a pickle")
    return None


def check_one(filename: str, head: bytes) -> None:
    """Refuse an upload that is a file of another program."""
    kind = _kind(filename, head)
    if kind is None:
        return
    if head.startswith((b"PK", b"\x1f\x8b")) and kind.line not in (_torch, _pickle):
        return  # an archive, whatever its name
    name = filename or f"FILE{kind.endings[0] if kind.endings else ''}"
    raise refused(_sentence(filename or "The file", name, kind))


def pytorch() -> InvalidError:
    """Return the error that refuses a file of PyTorch whose name is not known."""
    return refused(_sentence("The file", "FILE.pt", _KINDS[0]))


def _sentence(shown: str, name: str, kind: _Kind) -> str:
    subject = "The file" if shown == "The file" else repr(shown)
    if kind.line is None:
        return f"{subject} is {kind.what}; {kind.instead}."
    path = PurePosixPath(name)
    stem = path.name.split(".")[0] or "data"
    if kind.what in _BY_NAME:
        way = ", which is not opened, because that can run any code. Where you trust it, turn it"
    else:
        way = f"; {kind.instead}" if kind.instead else ", which is not read here. Turn it"
    made = "Parquet" if kind.line is _arrow else "an npz"
    line = kind.line(path.name, stem)
    return f"{subject} is {kind.what}{way} into {made} with this line of Python: `{line}`"


def tell_foreign(files: Sequence[tuple[str, bytes]], faults: Faults) -> None:
    """Add a fault for each file, given by name and first bytes, that another program has made."""
    parts = [name for name, head in files if _CIFAR_PART.search(name) and _PICKLE.match(head)]
    if parts:
        faults.add(_cifar10(parts), parts[0])
        return
    names = {PurePosixPath(name).name: name for name, head in files if _PICKLE.match(head)}
    if {"train", "test"} <= names.keys():
        faults.add(_cifar100(), names["train"])
        return
    if any(name.endswith("/data.pkl") for name, _ in files):
        faults.take(pytorch())
        return
    told = 0
    nested = next((name for name, _ in files if name.lower().endswith(_ARCHIVES)), None)
    if nested is not None:
        faults.add(f"{nested!r} is an archive inside the archive; unpack it, and pack what is in it.", nested)
        return
    for name, head in files:
        kind = _kind(name, head)
        if kind is not None and told < _TOLD:
            faults.add(_sentence(name, name, kind), name)
            told += 1


def _cifar10(names: Sequence[str]) -> str:
    return (
        f"{', '.join(map(repr, names[:2]))}{' and more' if len(names) > 2 else ''}: these are pickles, the"
        " form of"
        " CIFAR-10 for Python, which are not opened, because that can run any code. Take CIFAR-10's binary"
        " version, or"
        " where you trust them, turn them into an npz with this line of Python, in their folder: `import"
        " glob, pickle,"
        " numpy as np; r = lambda p: [pickle.load(open(f, 'rb'), encoding='latin1') for f in"
        " sorted(glob.glob(p))];"
        " a, b = r('data_batch_*'), r('test_batch'); np.savez('cifar10.npz',"
        " **{k + s: np.concatenate([d[v] for d in"
        " g]).reshape(-1, *z) for s, g in (('_train', a), ('_test', b)) if g for k, v, z in (('x', 'data',"
        " (3, 32, 32)),"
        " ('y', 'labels', ()))})`"
    )


def _cifar100() -> str:
    return (
        "'train' and 'test' are pickles, the form of CIFAR-100 for Python, which are not opened, because"
        " that can run"
        " any code. Take CIFAR-100's binary version, or where you trust them, turn them into an npz with"
        " this line of"
        " Python, in their folder: `import pickle, numpy as np; r = lambda f: pickle.load(open(f, 'rb'),"
        " encoding='latin1'); a, b = r('train'), r('test'); np.savez('cifar100.npz',"
        " **{k + s: np.reshape(d[v],"
        " (-1, *z)) for s, d in (('_train', a), ('_test', b)) for k, v, z in (('x', 'data', (3, 32, 32)),"
        " ('y',"
        " 'fine_labels', ()))})`"
    )
