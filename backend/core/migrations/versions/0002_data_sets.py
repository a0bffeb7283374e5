"""Data sets that are downloaded or uploaded, and label files."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _added() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("source", sa.String(length=32), nullable=False, server_default="builtin"),
        sa.Column("state", sa.String(length=32), nullable=False, server_default="ready"),
        sa.Column("progress", sa.Double(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("channels", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("download_bytes", sa.BigInteger(), nullable=True),
        sa.Column("upload", sa.JSON(), nullable=True),
        sa.Column("claim", sa.String(length=32), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
    )


def upgrade() -> None:
    with op.batch_alter_table("datasets") as batch:
        for column in _added():
            batch.add_column(column)
        batch.alter_column("fingerprint", existing_type=sa.String(length=64), nullable=True)
    op.create_table(
        "label_sets",
        sa.Column("dataset_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("differ", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_label_sets_dataset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dataset_id", "name", name=op.f("pk_label_sets")),
    )


def downgrade() -> None:
    op.drop_table("label_sets")
    op.execute("DELETE FROM datasets WHERE fingerprint IS NULL")
    with op.batch_alter_table("datasets") as batch:
        batch.alter_column("fingerprint", existing_type=sa.String(length=64), nullable=False)
        for column in _added():
            batch.drop_column(column.name)
