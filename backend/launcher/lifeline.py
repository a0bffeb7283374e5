"""Run one command, and end it when the launcher is gone.

Started as `python -I -S lifeline.py FD COMMAND...` in its own session. FD is the read end of a pipe whose
only writer is the launcher: the kernel closes it however the launcher dies, `kill -9` included, on Linux and
macOS alike. Imports only the standard library, because one such process stands beside every child.
"""

import os
import signal
import subprocess
import sys
import threading
import time

GRACE_S = 1.5


def main(lifeline: int, command: list[str]) -> int:
    """Run `command` until it ends and return its exit code, shell style (128 + n after signal n)."""
    abandoned = threading.Event()
    child: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def forward(signum: int, _frame: object) -> None:
        if child is None:
            early.append(signum)
        else:
            os.kill(child.pid, signum)

    signal.signal(signal.SIGTERM, forward)  # before there is anybody who could be told
    child = subprocess.Popen(command)
    for signum in early:
        os.kill(child.pid, signum)

    def watch() -> None:
        os.read(lifeline, 1)  # nobody ever writes: this returns at end of file
        abandoned.set()
        os.kill(child.pid, signal.SIGTERM)
        time.sleep(GRACE_S)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()
    code = child.wait()
    if abandoned.is_set():
        os.killpg(0, signal.SIGKILL)  # whatever the command itself has left running
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
