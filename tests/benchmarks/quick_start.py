"""How long a newcomer waits: from `memoscope up` to the page, to the first histogram, to the end."""

import sys
import tempfile
import time
from pathlib import Path

from tests.services import Server, eventually


def main() -> None:
    started = time.monotonic()

    def report(what: str) -> None:
        print(f"{what:<16} {time.monotonic() - started:6.1f} s")

    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:
        server.wait_until_healthy()
        report("page answers")
        items = eventually(lambda: server.get("/api/experiments")["items"], "the quick start is queued")
        path = f"/api/experiments/{items[0]['id']}"
        eventually(lambda: server.get(path)["version"], "a first histogram", 60)
        report("first histogram")

        def over() -> bool:
            time.sleep(0.5)  # asking takes a core from what is measured
            return server.get(path)["status"] == "done"

        eventually(over, "the quick start is done", 300)
        report("all done")


if __name__ == "__main__":
    sys.exit(main())
