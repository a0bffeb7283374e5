"""When a worker last took work, and how far its clock is from the database's."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("workers", sa.Column("took_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("workers", sa.Column("skew_s", sa.Double(), nullable=True))


def downgrade() -> None:
    op.drop_column("workers", "skew_s")
    op.drop_column("workers", "took_at")
