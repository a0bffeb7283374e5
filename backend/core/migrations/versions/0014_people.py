"""Who may do what, and who has done what; which workers have a GPU; logs for guests name no machines."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

WORKER = re.compile(r"\b(?:on|worker) \S+-\d+-([0-9a-f]{4})\b")
AT_ONCE = 10_000


def upgrade() -> None:
    op.create_table(
        "access_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("right", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_access_tokens_digest")),
    )
    op.create_index(op.f("ix_access_tokens_name"), "access_tokens", ["name"])
    op.create_table(
        "sign_ins",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("token_id", sa.Integer(), nullable=True),
        sa.Column("proof", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["token_id"], ["access_tokens.id"], name=op.f("fk_sign_ins_token_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sign_ins")),
    )
    op.create_index(op.f("ix_sign_ins_token_id"), "sign_ins", ["token_id"])
    op.create_table(
        "audit",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.Column("action", sa.String(length=100), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("made", sa.String(length=200), nullable=False),
        sa.Column("client", sa.String(length=100), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_who_audit_id"), "audit", ["who", "id"])
    op.add_column("workers", sa.Column("gpu", sa.Boolean(), server_default=sa.false(), nullable=False))
    columns = ["experiment_id", "status", "sent_at", "index"]
    op.create_index("ix_units_of_experiment", "units", columns)
    _forget_machines(op.get_bind())


def _forget_machines(connection: sa.Connection) -> None:
    """Leave of a worker's name, which begins with its machine and process, what tells it from others."""
    events = sa.table("events", sa.column("id", sa.BigInteger()), sa.column("text", sa.Text()))
    after = 0
    while True:
        found = sa.select(events).where(events.c.id > after).order_by(events.c.id).limit(AT_ONCE)
        rows = connection.execute(found).all()
        for row in rows:
            text = WORKER.sub(lambda name: f"{'by ' * name[0].startswith('on')}worker {name[1]}", row.text)
            if text != row.text:
                connection.execute(sa.update(events).where(events.c.id == row.id).values(text=text))
        if len(rows) < AT_ONCE:
            return
        after = rows[-1].id


def downgrade() -> None:
    op.drop_index("ix_units_of_experiment", table_name="units")
    op.drop_column("workers", "gpu")
    for table in ("audit", "sign_ins", "access_tokens"):
        op.drop_table(table)
