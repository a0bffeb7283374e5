"""Model families: a size is no longer the width of a perceptron; units remember how they were computed."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

experiments = sa.table("experiments", sa.column("id"), sa.column("params", sa.JSON))
units = sa.table("units", sa.column("experiment_id"), sa.column("index"), sa.column("payload", sa.JSON))


def upgrade() -> None:
    op.add_column("units", sa.Column("engine", sa.JSON(), nullable=True))
    _rename(("widths", "sizes"), ("width", "size"))
    connection = op.get_bind()
    for row in connection.execute(sa.select(experiments)).all():
        # Flipped labels were drawn from the one seed there was.
        params = {**row.params, "data_seed": row.params["seed"], "precision": "float32"}
        _write(experiments, {"id": row.id}, params=params)


def downgrade() -> None:
    _rename(("sizes", "widths"), ("size", "width"))
    op.drop_column("units", "engine")


def _rename(in_params: tuple[str, str], in_payload: tuple[str, str]) -> None:
    connection = op.get_bind()
    for row in connection.execute(sa.select(experiments)).all():
        _write(experiments, {"id": row.id}, params=_renamed(row.params, *in_params))
    for row in connection.execute(sa.select(units)).all():
        key = {"experiment_id": row.experiment_id, "index": row.index}
        _write(units, key, payload=_renamed(row.payload, *in_payload))


def _renamed(values: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    return {new if name == old else name: value for name, value in values.items()}


def _write(table: sa.TableClause, key: dict[str, Any], **values: dict[str, Any]) -> None:
    conditions = [table.c[name] == value for name, value in key.items()]
    op.get_bind().execute(sa.update(table).where(*conditions).values(**values))
