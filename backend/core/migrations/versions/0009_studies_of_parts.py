"""Experiments without a data set; claims have units, some are checks; curves are among a summary's facts."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("experiments") as table:
        table.alter_column("dataset_id", existing_type=sa.String(length=64), nullable=True)
    op.add_column("claims", sa.Column("unit", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("claims", sa.Column("arithmetic", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.drop_table("curves")


def downgrade() -> None:
    op.create_table(
        "curves",
        sa.Column("experiment_id", sa.String(length=32), nullable=False),
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("epochs", sa.JSON(), nullable=False),
        sa.Column("mean", sa.JSON(), nullable=False),
        sa.Column("sd", sa.JSON(), nullable=False),
        sa.Column("models", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_id"],
            ["experiments.id"],
            name=op.f("fk_curves_experiment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("experiment_id", "size", "name", name=op.f("pk_curves")),
    )
    op.drop_column("claims", "arithmetic")
    op.drop_column("claims", "unit")
    op.execute("DELETE FROM experiments WHERE dataset_id IS NULL")
    with op.batch_alter_table("experiments") as table:
        table.alter_column("dataset_id", existing_type=sa.String(length=64), nullable=False)
