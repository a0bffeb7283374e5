"""`python -m backend.report`: what `make report` does."""

import sys

from backend.client import ServerError
from backend.core.provenance import ROOT
from backend.launcher.progress import Console
from backend.report.run import ReportError, make

if __name__ == "__main__":
    try:
        make(ROOT, ROOT / ".make" / "report", Console(sys.stdout))
    except (ReportError, ServerError) as error:
        sys.exit(str(error))
