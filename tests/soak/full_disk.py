"""A disk that fills up while an experiment trains: what is said and how soon, and when work goes on.

As root, on a small file system in memory. With a reserve, the service sees the end coming; without one,
SQLite and the logs meet a disk without a byte left.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.services import Server, eventually

DISK_MB = 96
FULL_S = 40  # longer than a unit may be silent
EXPERIMENT = {"study": "memorization", "params": {"sizes": [8], "models": 600, "epochs": 12}}


@contextmanager
def small_disk() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", folder]
        subprocess.run(mount, check=True)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path) -> Path:
    """Take all room there is, to the last byte."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (2**20, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return ballast


def timed(server: Server, method: str, path: str, **kwargs: Any) -> str:
    began = time.monotonic()
    answer = server.http.request(method, path, **kwargs)
    told = answer.json()
    words = told.get("detail") or told.get("checks") or told.get("status")
    return f"{answer.status_code} after {time.monotonic() - began:.2f} s: {words}"


def story(server: Server) -> None:
    experiment = server.http.post("/api/experiments", json=EXPERIMENT).json()["id"]
    path = f"/api/experiments/{experiment}"
    eventually(lambda: server.get(path)["progress"]["done"], "a unit is done", 120)
    ballast = fill(server.data_dir.parent)
    time.sleep(2)
    print("submit:", timed(server, "POST", "/api/experiments", json=EXPERIMENT | {"force": True}))
    print("upload:", timed(server, "POST", "/api/datasets?title=t&filename=t.zip", content=bytes(2**20)))
    print("page:  ", timed(server, "GET", path))
    print("readyz:", timed(server, "GET", "/readyz"))
    time.sleep(FULL_S)
    before = server.get(path)
    print(f"after {FULL_S} s: {before['status']}, {before['progress']['done']} done")
    ballast.unlink()
    began = time.monotonic()
    eventually(lambda: server.answers("/readyz"), "it is ready again", 30)
    print(f"ready again after {time.monotonic() - began:.1f} s")
    goal = before["progress"]["done"] + 1
    eventually(lambda: server.get(path)["progress"]["done"] >= goal, server.logs(), 90)
    print(f"a further unit done after {time.monotonic() - began:.1f} s")
    eventually(lambda: server.get(path)["status"] == "done", "all is done", 300)
    after = server.get(path)["progress"]
    print(f"done: {after['done']} of {after['units']} units, {after['failed']} failed")
    print("logs, bytes:", {log.name: log.stat().st_size for log in (server.data_dir / "logs").glob("*.log*")})


def main() -> None:
    if os.geteuid() != 0:
        sys.exit("This needs root: it mounts a small file system.")
    for reserve in (16 * 2**20, 0):
        print(f"\n{reserve:,} bytes are kept free", flush=True)
        setting = {"MEMOSCOPE_RESERVE_BYTES": str(reserve)}
        with small_disk() as disk, Server(disk, "--no-quick-start", **setting) as server:
            story(server.wait_until_healthy(60))


if __name__ == "__main__":
    main()
