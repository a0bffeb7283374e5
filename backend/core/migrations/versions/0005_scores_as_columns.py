"""Scores are browsed in the columns of the summary; rows of their own took most of a summary's time.

The time of a summary, which nobody read, stood behind its long content and made every look at it slow.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("scores")
    with op.batch_alter_table("summaries") as batch:
        batch.drop_column("updated_at")


def downgrade() -> None:
    """Make the table again; the next summary of an experiment would fill it."""
    with op.batch_alter_table("summaries") as batch:
        batch.add_column(
            sa.Column(
                "updated_at",
                sa.DateTime(timezone=True),
                nullable=False,
                server_default=sa.text("CURRENT_TIMESTAMP"),
            )
        )
    op.create_table(
        "scores",
        sa.Column("experiment_id", sa.String(32), nullable=False),
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("example", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("label", sa.Integer(), nullable=False),
        sa.Column("flipped", sa.Boolean(), nullable=False),
        sa.Column("n_in", sa.Integer(), nullable=False),
        sa.Column("k_in", sa.Integer(), nullable=False),
        sa.Column("n_out", sa.Integer(), nullable=False),
        sa.Column("k_out", sa.Integer(), nullable=False),
        sa.Column("in_accuracy", sa.Double()),
        sa.Column("heldout_accuracy", sa.Double()),
        sa.Column("memorization", sa.Double()),
        sa.Column("low", sa.Double()),
        sa.Column("high", sa.Double()),
        sa.Column("interval_width", sa.Double()),
        sa.Column("verdict", sa.String(32), nullable=False),
        sa.Column("trajectory", sa.String(32), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_id"], ["experiments.id"], name="fk_scores_experiment_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("experiment_id", "size", "example", name="pk_scores"),
    )
    for key in ("memorization", "heldout_accuracy"):
        name = f"ix_scores_experiment_id_scores_size_scores_{key}_scores_example"
        op.create_index(op.f(name), "scores", ["experiment_id", "size", key, "example"])
