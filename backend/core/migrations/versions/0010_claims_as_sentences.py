"""Claims ask a question, answer it and state their rule; those that failed differ."""

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


def downgrade() -> None:
    op.execute("UPDATE claims SET verdict = 'fails' WHERE verdict = 'differs'")
    for name in ADDED:
        op.drop_column("claims", name)
