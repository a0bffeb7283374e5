"""Readers in C++ of bytes from strangers, run in a process of their own with bounded memory.

pyarrow ends the process where a Parquet file's metadata is damaged in some ways, and reserves what a page
says it unpacks to. Neither may happen to the server: what happens here is a refusal.
"""

import errno
import importlib
import os
import pickle
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

from backend.core.errors import ChoiceError, InvalidError
from backend.datasets.archive import refused

MEMORY = 600 * 2**20  # bytes

_OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
_RESULT = 2**28  # bytes of an answer
_STARTED = "import sys; from backend.datasets.confined import serve; serve()"
_MORE = "needs more than {} MiB of memory to be read: it is damaged, or has pages that are too large"


def confined(reader: Callable[..., Any], *given: Any, files: Sequence[int] = (), what: str) -> Any:
    """Return reader(*given), a function of a module, run elsewhere; its InvalidError is raised here.

    `files` are open descriptors that it uses by their numbers. InvalidError, `what` and why, where the
    process ends otherwise or needs more than MEMORY.
    """
    asked = pickle.dumps((reader.__module__, reader.__qualname__, given, MEMORY))
    environment = {**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(  # noqa: S603 - this Python, and a line of ours
        [sys.executable, "-c", _STARTED],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=files,
        env={**environment, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as child:
        try:
            answer, _ = child.communicate(asked)
        except BaseException:
            child.kill()
            raise
    if child.returncode != 0 or not answer:
        raise refused(f"{what} cannot be read; it is damaged.")
    kind, value = pickle.loads(answer)  # noqa: S301 - of our own process
    if kind == "memory":
        raise refused(f"{what} {_MORE.format(MEMORY >> 20)}.")
    if kind == "disk":
        raise OSError(*value)
    if kind == "refusal":
        error, details = value
        raise error(*details)
    return value


def serve() -> None:
    """Answer one question: (module, function, arguments, bytes of memory) on the standard input."""
    module, name, given, memory = pickle.load(sys.stdin.buffer)  # noqa: S301 - of our own process
    reader = getattr(importlib.import_module(module), name)  # before the bound, which is for what it reads
    _bound_memory(memory)
    try:
        answer: tuple[str, Any] = ("value", reader(*given))
    except ChoiceError as error:
        answer = ("refusal", (ChoiceError, (error.detail, error.choice)))
    except InvalidError as error:
        answer = ("refusal", (InvalidError, (error.detail, error.fields)))
    except MemoryError:  # pyarrow's is one
        answer = ("memory", None)
    except OSError as error:
        if error.errno not in _OF_THE_DISK:
            raise
        answer = ("disk", (error.errno, error.strerror))
    packed = pickle.dumps(answer)
    sys.stdout.buffer.write(packed if len(packed) <= _RESULT else pickle.dumps(("memory", None)))
    sys.stdout.buffer.flush()
    os._exit(0)


def _bound_memory(most: int) -> None:
    try:
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    except (ValueError, OSError):  # macOS knows the limit and may not set it
        return
