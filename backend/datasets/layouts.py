"""Which folder of an archive says which class, and which part, whoever has packed it."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from backend.datasets.faults import Faults


class Role(IntEnum):
    """What pictures are for."""

    TRAIN = 0
    VALIDATION = 1
    TEST = 2


_WORDS = {
    Role.TRAIN: "train training trn tr entrenamiento treino entrainement entraînement addestramento "
    "обучение 训练 訓練 学習 训练集",
    Role.VALIDATION: "val valid validation validate dev validierung validación validacion validação "
    "валидация 验证 検証 验证集",
    Role.TEST: "test testing tst eval evaluation prueba teste тест 测试 テスト 测试集",
}
_ROLES = {word: role for role, words in _WORDS.items() for word in words.split()}
_COUNTED = re.compile(r"(?<=\w{3})[-_ ]?[0-9]+$")  # `test1`
_AROUND = re.compile(r"^(seg|dataset|data|images?|imgs?)[-_ ]+|[-_ ]*(set|split|data|images?|imgs?|folder)$")
_AMONG = ("train/<class>/ and test/<class>/", "<class>/ alone")


def role_of(name: str) -> Role | None:
    """Return what a folder or table of that name is for: `train`, `Training_Set`, `valid`, `test-images`."""
    word = _COUNTED.sub("", name.casefold())
    return _ROLES.get(word, _ROLES.get(_AROUND.sub("", word)))


def merged(roles: Sequence[Role], notes: list[str]) -> list[Role]:
    """Return the part of each picture: validation pictures test where nothing else does, else they train."""
    counts = Counter(roles)
    held = counts[Role.VALIDATION]
    if not held:
        return list(roles)
    if counts[Role.TEST]:
        notes.append(
            f"The {held:,} pictures for validation joined the training part; the test part is as it was."
        )
        return [Role.TEST if role is Role.TEST else Role.TRAIN for role in roles]
    notes.append(f"The {held:,} pictures for validation are the test part: there is no other.")
    return [Role.TRAIN if role is Role.TRAIN else Role.TEST for role in roles]


@dataclass(frozen=True)
class Placed:
    """Where each picture belongs: its name in the data set, its class, and its part where parts are told.

    `left` are the places of pictures whose class nobody tells: they stay out of the data set.
    """

    names: tuple[str, ...]
    classes: tuple[str, ...]
    roles: tuple[Role, ...] | None
    left: frozenset[int] = frozenset()

    def kept(self) -> "Placed":
        """Return the others; without a test part of theirs they have no parts."""
        at = [i for i in range(len(self.names)) if i not in self.left]
        roles = None if self.roles is None else tuple(self.roles[i] for i in at)
        return Placed(
            names=tuple(self.names[i] for i in at),
            classes=tuple(self.classes[i] for i in at),
            roles=roles if roles is not None and set(roles) != {Role.TRAIN} else None,
        )


Parts = tuple[str, ...]
_CLASS_AND_NAME = 2
_PART_AS_WELL = 3


def without_wrappers(paths: Sequence[Parts]) -> list[Parts]:
    """Return paths without the folders around everything; a file beside such a folder gets an empty one."""
    paths = list(paths)
    while True:
        outer = {path[0] for path in paths if len(path) > 1 and path[0]}
        deep = sum(len(path) > _CLASS_AND_NAME for path in paths)
        if len(outer) != 1 or 2 * deep <= len(paths):
            return paths
        paths = [path[1:] if len(path) > 1 and path[0] else ("", path[-1]) for path in paths]


def part_folders(paths: Iterable[Parts]) -> dict[str, Role] | None:
    """Return the folders that hold parts, None if none or only one does."""
    found = {path[0]: role_of(path[0]) for path in paths if len(path) > 1}
    roles = {name: role for name, role in found.items() if role is not None}
    return roles if len(set(roles.values())) > 1 else None


def unlabeled(paths: Sequence[Parts], named: Collection[int] = ()) -> frozenset[int]:
    """Return the pictures of parts for testing in which nobody tells any class.

    They lie in no folders, or in one that is no class, and none of them is among those `named` by a table.
    """
    roles = part_folders(paths) or {}
    classes = {path[1] for path in paths if len(path) > 1 and roles.get(path[0]) is Role.TRAIN}
    found: set[int] = set()
    for folder, role in roles.items():
        places = [i for i, path in enumerate(paths) if path[0] == folder]
        inner = {paths[i][1:-1] for i in places}
        flat = len(inner) == 1 and all(len(within) <= 1 for within in inner)
        strange = flat and not classes & {*next(iter(inner))}
        if role is not Role.TRAIN and strange and not any(i in named for i in places):
            found.update(places)
    return frozenset(found)


def place(names: Sequence[str], faults: Faults) -> Placed:
    """Return where pictures belong by their folders; those that have no place are faults."""
    paths = without_wrappers([tuple(name.split("/")) for name in names])
    roles = part_folders(paths)
    if roles is not None:
        return _in_parts(names, paths, roles, faults)
    inner = part_folders(path[1:] for path in paths if len(path) == _PART_AS_WELL)
    if inner is not None and all(len(path) == _PART_AS_WELL and path[1] in inner for path in paths):
        return Placed(
            names=tuple("/".join(path) for path in paths),
            classes=tuple(path[0] for path in paths),
            roles=tuple(inner[path[1]] for path in paths),
        )
    paths = _without_inner(paths)
    _check_depth(names, paths, _CLASS_AND_NAME, faults)
    return Placed(
        names=tuple("/".join(path) for path in paths),
        classes=tuple(path[0] if len(path) == _CLASS_AND_NAME else "" for path in paths),
        roles=None,
    )


def _in_parts(names: Sequence[str], paths: list[Parts], roles: dict[str, Role], faults: Faults) -> Placed:
    """Place pictures in train/<class>/ and the like; each part may have folders of its own around classes."""
    paths = [path if len(path) > 1 else ("", *path) for path in paths]
    beside = Counter(path[0] for path in paths if path[0] not in roles)
    told: set[str] = set()
    for name, path in zip(names, paths, strict=True):
        if path[0] in roles or path[0] in told:
            continue
        told.add(path[0])
        listed = ", ".join(repr(folder) for folder in roles)
        faults.add(f"{name!r}{_and_more(beside[path[0]])} lies in none of the parts {listed}.", name)
    within: dict[int, Parts] = {}
    for folder in roles:
        places = [i for i, path in enumerate(paths) if path[0] == folder]
        inner = _without_inner(without_wrappers([paths[i][1:] for i in places]))
        within.update({i: (folder, *path) for i, path in zip(places, inner, strict=True)})
    kept = sorted(within)
    _check_depth([names[i] for i in kept], [within[i] for i in kept], _PART_AS_WELL, faults)
    strange = _strange_folders([names[i] for i in kept], [within[i] for i in kept], roles, faults)
    found = [within.get(i, ("", "", "")) for i in range(len(paths))]
    return Placed(
        names=tuple("/".join(path) for path in found),
        classes=tuple(
            path[1] if len(path) == _PART_AS_WELL and path[:2] not in strange else "" for path in found
        ),
        roles=tuple(roles.get(path[0], Role.TRAIN) for path in found),
    )


def _without_inner(paths: list[Parts]) -> list[Parts]:
    """Return <class>/<name> where every class holds one folder of the same name and pictures in it only."""
    if paths and all(len(path) == _PART_AS_WELL for path in paths) and len({path[1] for path in paths}) == 1:
        return [(path[0], path[2]) for path in paths]
    return paths


def _check_depth(names: Sequence[str], paths: Sequence[Parts], depth: int, faults: Faults) -> None:
    odd: dict[Parts, list[str]] = defaultdict(list)
    for name, path in zip(names, paths, strict=True):
        if len(path) != depth or "" in path:
            odd[path[:-1]].append(name)
    for files in odd.values():
        faults.add(
            f"{files[0]!r}{_and_more(len(files))} does not lie in a class folder; folders are"
            f" {_AMONG[0]}, or {_AMONG[1]}.",
            files[0],
        )


def _strange_folders(
    names: Sequence[str], paths: Sequence[Parts], roles: dict[str, Role], faults: Faults
) -> set[Parts]:
    """Return, as faults, the (part, folder) where no pictures train: what lies there has no known class."""
    placed = [(name, path) for name, path in zip(names, paths, strict=True) if len(path) == _PART_AS_WELL]
    known = {path[1] for _, path in placed if roles[path[0]] is Role.TRAIN}
    strange: dict[Parts, list[str]] = defaultdict(list)
    for name, path in placed:
        if known and path[1] not in known:
            strange[path[:2]].append(name)
    for (part, folder), files in strange.items():
        faults.add(
            f"{f'{part}/{folder}'!r}, which holds {len(files):,} of the pictures, is no class of the training"
            " part. Put them into the folders of their classes, or leave them out.",
            files[0],
        )
    return set(strange)


def _and_more(count: int) -> str:
    return f" (and {count - 1:,} more in its folder)" if count > 1 else ""
