"""How rows of label files and of published scores found their pictures, and whether that is sure."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = ("label_sets", "published_scores")


def upgrade() -> None:
    op.add_column(
        "label_sets", sa.Column("alignment", sa.String(length=32), nullable=False, server_default="position")
    )
    for table in TABLES:
        op.add_column(table, sa.Column("row_order", sa.String(length=32), nullable=True))
        op.add_column(
            table, sa.Column("order_verified", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        op.add_column(table, sa.Column("note", sa.Text(), nullable=False, server_default=""))
    published = sa.table("published_scores", sa.column("alignment"), sa.column("order_verified"))
    named = sa.update(published).where(published.c.alignment == "name")
    op.execute(named.values(order_verified=sa.true()))


def downgrade() -> None:
    for table in TABLES:
        for column in ("note", "order_verified", "row_order"):
            op.drop_column(table, column)
    op.drop_column("label_sets", "alignment")
