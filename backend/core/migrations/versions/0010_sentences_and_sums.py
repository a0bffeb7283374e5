"""Claims are sentences, and those that failed differ; units add up, and may wait for a look."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ADDED = ("question", "answer", "rule")


def upgrade() -> None:
    for name in ADDED:
        op.add_column("claims", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.execute("UPDATE claims SET verdict = 'differs' WHERE verdict = 'fails'")
    op.create_table(
        "kept_sums",
        sa.Column("experiment_id", sa.String(length=32), nullable=False),
        sa.Column("part", sa.String(length=100), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_id"],
            ["experiments.id"],
            name=op.f("fk_kept_sums_experiment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("experiment_id", "part", name=op.f("pk_kept_sums")),
    )
    op.add_column("units", sa.Column("look", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("summaries", sa.Column("summed", sa.JSON(), nullable=True))
    op.add_column(
        "summaries", sa.Column("summed_by", sa.String(length=16), nullable=False, server_default="")
    )


def downgrade() -> None:
    op.execute("DELETE FROM units WHERE status = 'held'")
    op.drop_column("units", "look")
    op.drop_column("summaries", "summed_by")
    op.drop_column("summaries", "summed")
    op.drop_table("kept_sums")
    op.execute("UPDATE claims SET verdict = 'fails' WHERE verdict = 'differs'")
    for name in ADDED:
        op.drop_column("claims", name)
