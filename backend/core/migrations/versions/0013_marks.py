"""What people decide about pictures."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mark_changes",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("dataset_id", sa.String(length=64), nullable=False),
        sa.Column("picture", sa.Integer(), nullable=False),
        sa.Column("change", sa.String(length=16), nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=True),
        sa.Column("label", sa.Integer(), nullable=False),
        sa.Column("suggested_label", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_mark_changes_dataset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mark_changes")),
    )
    op.create_index(
        op.f("ix_mark_changes_dataset_id_mark_changes_picture_mark_changes_id"),
        "mark_changes",
        ["dataset_id", "picture", "id"],
    )
    op.create_index(op.f("ix_mark_changes_change"), "mark_changes", ["change"])


def downgrade() -> None:
    op.drop_table("mark_changes")
