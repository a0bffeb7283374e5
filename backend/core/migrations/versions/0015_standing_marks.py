"""Which marks stand is kept beside them, so that counting and listing many is a walk of an index."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BY_ID = "ix_mark_changes_dataset_id_mark_changes_id"
STANDING = "ix_mark_changes_standing"


def upgrade() -> None:
    op.add_column(
        "mark_changes", sa.Column("stands", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    names = ("id", "dataset_id", "picture", "mark", "note", "stands")
    changes = sa.table("mark_changes", *(sa.column(name) for name in names))
    last = sa.select(sa.func.max(changes.c.id)).group_by(changes.c.dataset_id, changes.c.picture)
    says = sa.or_(changes.c.mark.is_not(None), changes.c.note != "")
    op.execute(sa.update(changes).where(changes.c.id.in_(last), says).values(stands=sa.true()))
    op.create_index(op.f(BY_ID), "mark_changes", ["dataset_id", "id"])
    op.create_index(STANDING, "mark_changes", ["dataset_id", "stands", "mark", "label", "picture"])


def downgrade() -> None:
    for index in (STANDING, op.f(BY_ID)):
        op.drop_index(index, "mark_changes")
    op.drop_column("mark_changes", "stands")
