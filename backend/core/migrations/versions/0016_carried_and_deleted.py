"""Experiments that came from another Memoscope, and deleted ones that can still be brought back."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("experiments", sa.Column("imported", sa.JSON(), nullable=True))
    op.add_column("experiments", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("experiments") as table:
        table.drop_column("deleted_at")
        table.drop_column("imported")
