"""How long the randomization study's quick preset takes, from its submission to its last claim."""

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.services import Server, eventually


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:
        server.wait_until_healthy()

        def over(path: str) -> bool:
            time.sleep(0.5)  # asking takes a core from what is measured
            return server.get(path)["status"] == "done"

        first = eventually(lambda: server.get("/api/experiments")["items"], "the quick start is queued")
        eventually(lambda: over(f"/api/experiments/{first[0]['id']}"), "the quick start is done", 300)
        started = time.monotonic()
        body = {"study": "randomization", "params": {}}
        answer = server.http.post("/api/experiments", json=body).raise_for_status().json()
        path = f"/api/experiments/{answer['id']}"
        eventually(lambda: over(path), "the quick preset is done", 600)
        print(f"quick preset of {answer['progress']['models']} models: {time.monotonic() - started:.1f} s")
        verdicts = Counter(claim["verdict"] for claim in server.get(f"{path}/claims")["items"])
        print(", ".join(f"{count} {verdict}" for verdict, count in verdicts.items()))


if __name__ == "__main__":
    sys.exit(main())
