"""How much room rows take: of each experiment, and of the database as a whole."""

from collections import Counter
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from backend.core.models import KeptSums, Summary, UnitResult


def bytes_by_experiment(session: Session) -> Counter[str]:
    """Return the bytes of unit results, sums and summaries by experiment, deleted ones among them."""
    found: Counter[str] = Counter()
    for table in (UnitResult, KeptSums, Summary):
        sizes = select(table.experiment_id, func.sum(func.length(table.data))).group_by(table.experiment_id)
        for experiment_id, size in session.execute(sizes):
            found[experiment_id] += int(size)
    return found


def database_bytes(session: Session, url: str) -> int:
    """Return the size of the database: of its files, or as PostgreSQL tells it."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        files = (Path(f"{parsed.database}{ending}") for ending in ("", "-wal", "-shm"))
        return sum(file.stat().st_size for file in files if file.exists())
    return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)
