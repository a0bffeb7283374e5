"""How long every laboratory takes to answer over HTTP, at its defaults and at its largest allowed values."""

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from tests.services import Server

CALLS = 60


def largest(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the largest value of every slider."""
    return {name: field["maximum"] for name, field in schema["properties"].items() if "maximum" in field}


def moved(schema: dict[str, Any], values: dict[str, Any], step: int) -> dict[str, Any]:
    """Return values that no answer is kept for: one slider, or a point, a little further down."""
    fields = schema["properties"]
    name = next((name for name, field in fields.items() if field.get("type") == "integer"), "points")
    if name == "points":
        return values | {name: f"{fields[name]['default']}*a4_{4 - step / 100}"}
    return values | {name: values.get(name, fields[name]["default"]) - step}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder), "--no-quick-start") as server:
        server.wait_until_healthy()
        for study in server.get("/api/studies")["items"]:
            for lab in study["labs"]:
                url, schema = f"/api/studies/{study['name']}/labs/{lab['name']}", lab["params_schema"]
                server.http.get(url).raise_for_status()
                for words, values in (("defaults", {}), ("largest values", largest(schema))):
                    took = []
                    for step in range(CALLS):
                        begun = time.perf_counter()
                        server.http.get(url, params=moved(schema, values, step)).raise_for_status()
                        took.append(1000 * (time.perf_counter() - begun))
                    middle, high = np.percentile(took, (50, 95))
                    name = f"{study['name']}, {lab['name']}, {words}"
                    print(f"{name:45} p50 {middle:6.1f} ms  p95 {high:6.1f} ms")


if __name__ == "__main__":
    sys.exit(main())
