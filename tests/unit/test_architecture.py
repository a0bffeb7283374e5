"""The walls between the rooms."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FORBIDDEN = ("torch", "torchvision", "workers", "celery.worker", "sklearn")


def test_web_process_loads_no_torch_and_no_worker() -> None:
    program = (
        "import sys, backend.api.main; "
        f"print([name for name in {FORBIDDEN} if name in sys.modules], 'fastapi' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[] True"


def test_imports_point_one_way() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
    assert " 0 broken" in run.stdout
