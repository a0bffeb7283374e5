"""Trains the finished experiments that come with Memoscope anew, and writes them into backend/samples.

Each is the quick preset of its study. Of the information plane, whose kept weights do not shrink, four
networks of each setting are trained instead of ten: all files together stay below five megabytes.
"""

import tempfile
import time
from pathlib import Path
from typing import Any

from backend.client import Client, is_terminal
from backend.portable.manifest import SUFFIX
from backend.portable.samples import FOLDER
from backend.studies import STUDIES
from tests.services import Server

MOST_BYTES = 5_000_000
SMALLER: dict[str, dict[str, Any]] = {"information_plane": {"networks": 4}}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder), "--no-quick-start") as server:
        server.wait_until_healthy()
        FOLDER.mkdir(exist_ok=True)
        with Client(server.url) as client:
            for study in STUDIES:
                began = time.monotonic()
                file = FOLDER / f"{study}{SUFFIX}"
                make(client, study, file)
                print(
                    f"{study}: {file.stat().st_size:,} bytes in {time.monotonic() - began:.0f} s", flush=True
                )
    total = sum(file.stat().st_size for file in FOLDER.glob(f"*{SUFFIX}"))
    print(f"all: {total:,} bytes")
    assert total < MOST_BYTES, f"more than {MOST_BYTES:,}: make one of them smaller"


def make(client: Client, study: str, file: Path) -> None:
    experiment = client.post("/api/experiments", {"study": study, "params": SMALLER.get(study, {})})
    while not is_terminal(experiment):
        time.sleep(1)
        experiment = client.get(f"/api/experiments/{experiment['id']}")
    assert experiment["status"] == "done", experiment["error"]
    client.download(f"/api/experiments/{experiment['id']}/export.memoscope", file)


if __name__ == "__main__":
    main()
