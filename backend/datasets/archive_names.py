"""Names in archives as the tools of many platforms write them, read as one form.

A zip says that a name is UTF-8 by a flag (APPNOTE 4.4.4, bit 11) or in an extra field (4.6.9, 0x7075). macOS
writes UTF-8 without either, and decomposed; Windows writes a code page that it does not name, some of its
libraries with backslashes. Names come out composed (NFC), with slashes.
"""

import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import PurePosixPath

_UTF8_FLAG = 0x800
_UNICODE_PATH = 0x7075
_HIDDEN = re.compile(
    r"(^|/)(\.(?!/)|(__MACOSX|@eaDir|\$RECYCLE\.BIN|System Volume Information|lost\+found|__pycache__)/"
    r"|(Thumbs\.db|ehthumbs\.db|desktop\.ini|Icon\r)$)",
    re.IGNORECASE,
)


def readable(info: zipfile.ZipInfo) -> str:
    """Return the path of a zip's file as its author read it, as far as the zip tells."""
    name = info.orig_filename
    if not info.flag_bits & _UTF8_FLAG and not name.isascii():
        raw = name.encode("cp437")  # which Python has read it as
        name = _unicode_path(info.extra, raw) or _decoded(raw)
    return unicodedata.normalize("NFC", name)


def unnamed_code_page(info: zipfile.ZipInfo) -> bool:
    """Return whether a name was written in a code page that nothing tells: it may read wrong."""
    name = info.orig_filename
    if info.flag_bits & _UTF8_FLAG or name.isascii():
        return False
    raw = name.encode("cp437")
    return _unicode_path(info.extra, raw) is None and not _is_utf8(raw)


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8" if _is_utf8(raw) else "cp437")


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    """Return the name in the extra field, if it is about this one."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind == _UNICODE_PATH and field[:1] == b"\x01":
            if field[1:5] != struct.pack("<I", zlib.crc32(raw)) or not _is_utf8(field[5:]):
                return None
            return field[5:].decode()
    return None


def slashed(name: str) -> str:
    """Return a path with slashes only, and nothing that leads nowhere."""
    return "/".join(part for part in re.split(r"[/\\]", name) if part not in {"", "."})


def is_folder(info: zipfile.ZipInfo) -> bool:
    """Return whether an entry is a folder, also where its name ends in a backslash."""
    name = info.orig_filename
    return name.endswith("/") or (info.file_size == 0 and name.endswith("\\"))


def empty_folders(archive: zipfile.ZipFile, names: Iterable[str]) -> list[str]:
    """Return the folders that an archive lists and that hold none of these files, hidden ones aside."""
    held = {
        str(folder)
        for parent in {PurePosixPath(name).parent for name in names}
        for folder in (parent, *parent.parents)
    }
    folders = [slashed(readable(info)) for info in archive.infolist() if is_folder(info)]
    return [folder for folder in folders if folder and folder not in held and not is_hidden(f"{folder}/")]


def is_hidden(name: str) -> bool:
    """Return whether an operating system has put a file there for itself."""
    return _HIDDEN.search(name) is not None
