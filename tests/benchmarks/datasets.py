"""An upload of 60,000 images and the pages that show it: seconds, memory, latency.

    python tests/benchmarks/datasets.py [ARCHIVE]

Without an archive, one of 60,000 JPEGs of 32 x 32 pixels in 10 class folders is made. A server of its own is
started in a temporary folder.
"""

import io
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from tests.services import Server, eventually

CLASSES = 10
PER_CLASS = {"train": 5000, "test": 1000}
WARM = 100  # requests of each kind behind the first


def make(path: Path) -> None:
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(path, "w") as archive:
        for part, count in PER_CLASS.items():
            for label in range(CLASSES):
                for index in range(count):
                    buffer = io.BytesIO()
                    coarse = rng.integers(0, 256, (8, 8, 3), np.uint8)
                    Image.fromarray(coarse).resize((32, 32)).save(buffer, "jpeg")
                    archive.writestr(f"{part}/class {label}/{index:05d}.jpg", buffer.getvalue())


def peak(process: psutil.Process) -> float:
    """Return the highest resident memory so far, in MiB."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def upload(server: Server, archive: Path) -> str:
    started = time.perf_counter()
    with archive.open("rb") as file:
        answer = server.http.post("/api/datasets", content=file, timeout=600)
    assert answer.status_code == 202, answer.text
    print(f"| upload answered | {time.perf_counter() - started:.1f} s |")
    dataset_id: str = answer.json()["id"]

    def ended() -> bool:
        return server.get(f"/api/datasets/{dataset_id}")["state"] in {"ready", "failed"}

    eventually(ended, "it is prepared", 600)
    found = server.get(f"/api/datasets/{dataset_id}")
    assert found["state"] == "ready", found["error"]
    print(f"| ready | {time.perf_counter() - started:.1f} s |")
    return dataset_id


def measure(server: Server, name: str, url: Callable[[int], str]) -> None:
    milliseconds = []
    for i in range(WARM + 1):
        path = url(i)
        started = time.perf_counter()
        answer = server.http.get(path)
        milliseconds.append(1000 * (time.perf_counter() - started))
        assert answer.is_success, answer.text
    first, warm = milliseconds[0], milliseconds[1:]
    size = len(answer.content) / 1024
    print(f"| {name} | {first:.1f} | {np.median(warm):.1f} | {np.quantile(warm, 0.95):.1f} | {size:,.1f} |")


def latencies(server: Server, dataset_id: str) -> None:
    path = f"/api/datasets/{dataset_id}"
    rng = np.random.default_rng(0)
    started = time.perf_counter()
    counts = server.get(f"{path}/counts")
    print(f"| first look, which opens the data set | {1000 * (time.perf_counter() - started):.0f} ms |")
    count = sum(counts["train"]) + sum(counts["test"])

    def sprite(_: int) -> str:
        return f"{path}/sprite.png?" + "&".join(f"indices={i}" for i in rng.integers(count, size=200))

    print("\n| request | first, ms | p50, ms | p95, ms | KiB |\n|---|---|---|---|---|")
    measure(server, "list of data sets", lambda _: "/api/datasets")
    measure(server, "one data set", lambda _: path)
    measure(server, "class counts", lambda _: f"{path}/counts")
    measure(server, "sample, another each time", lambda i: f"{path}/sample?seed={i}")
    measure(server, "noise, another each time", lambda i: f"{path}/noise?label_noise=0.1&data_seed={i}")
    measure(server, "noise on 500 per class", lambda i: f"{path}/noise?per_class=500&data_seed={i}")
    measure(server, "usage", lambda _: f"{path}/usage")
    measure(server, "one image, another each time", lambda _: f"{path}/images/{rng.integers(count)}.png")
    measure(server, "sprite of 200 random images", sprite)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "made.zip"
        if len(sys.argv) > 1:
            archive = Path(sys.argv[1])
        else:
            make(archive)
        with Server(Path(folder), "--no-quick-start") as server:
            server.wait_until_healthy()
            eventually(lambda: server.get("/api/queue")["workers"], "the worker has reported")
            web, worker = server.process("web"), server.process("workers")
            idle = peak(web), peak(worker)
            print(f"| {archive.stat().st_size / 2**20:.1f} MiB | |\n|---|---|")
            dataset_id = upload(server, archive)
            for name, process, before in (("web", web, idle[0]), ("worker", worker, idle[1])):
                print(f"| peak memory of {name}, before and after | {before:.0f}, {peak(process):.0f} MiB |")
            latencies(server, dataset_id)


if __name__ == "__main__":
    main()
