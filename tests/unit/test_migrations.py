"""The schema that migrations build is the one the models describe."""

from alembic import command

from backend.core.migrate import alembic_config, migrate
from backend.core.session import get_engine


def test_models_and_migrations_agree(database_url: str) -> None:
    migrate(database_url)
    command.check(alembic_config(database_url))
    get_engine(database_url).dispose()


def test_migrating_twice_and_back_changes_nothing(database_url: str) -> None:
    migrate(database_url)
    migrate(database_url)
    command.downgrade(alembic_config(database_url), "base")
    migrate(database_url)
    command.check(alembic_config(database_url))
    get_engine(database_url).dispose()
