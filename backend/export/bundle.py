"""The front end's ES modules as one inline script: pages opened from disk may not import other files.

Every module becomes a function that returns its exports, called once, after those it imports. Only the forms
that the front end uses are known: named imports at the start of a line, exported declarations.
"""

import posixpath
import re
from pathlib import Path

_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?function|const|class) (\w+|\{[\w, ]+\})", re.MULTILINE)
_LEFT = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


def script(root: Path, entry: str) -> str:
    """Return the modules that `entry`, a path within `root`, is made of, each after those it needs.

    ValueError names what cannot be bundled: another form of import or export, a circle, the end of a script.
    """
    parts: dict[str, str] = {}
    _add(root, entry, parts, ())
    return "'use strict';\n" + "".join(parts.values())


def _add(root: Path, path: str, parts: dict[str, str], above: tuple[str, ...]) -> None:
    if path in above:
        message = f"modules import each other: {' -> '.join((*above, path))}"
        raise ValueError(message)
    if path in parts:
        return
    source = (root / path).read_text()

    def required(found: re.Match[str]) -> str:
        names, target = found.groups()
        there = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        _add(root, there, parts, (*above, path))
        return f"const {{{names.replace(' as ', ': ')}}} = {_name(there)};\n"

    body = _IMPORT.sub(required, source)
    exported = [name.strip("{ }") for _, name in _EXPORT.findall(body)]
    body = _EXPORT.sub(r"\1 \2", body)
    if "</script" in body.lower() or (strange := _LEFT.search(body)):
        what = "</script" if "</script" in body.lower() else strange and strange.group()
        message = f"{path} cannot be part of an inline script: {what}"
        raise ValueError(message)
    parts[path] = f"const {_name(path)} = (() => {{\n{body}return {{ {', '.join(exported)} }};\n}})();\n"


def _name(path: str) -> str:
    return "module_" + re.sub(r"\W", "_", path)
