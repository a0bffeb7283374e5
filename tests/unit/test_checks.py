"""Who is let in: nobody from other machines without a token that cannot be guessed."""

import resource

import pytest
from pydantic import SecretStr

from backend.core.settings import Settings
from backend.launcher.checks import MAKE_TOKEN, SHORTEST_TOKEN, StartError, allow_connections, check_doors

LONG = "x" * SHORTEST_TOKEN


def settings(host: str, token: str | None) -> Settings:
    return Settings(_env_file=None, host=host, access_token=None if token is None else SecretStr(token))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost", "notebook.localhost"])
def test_this_machine_alone_needs_no_token(host: str) -> None:
    check_doors(settings(host, None))
    check_doors(settings(host, "short"))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "2001:db8::1", "no-such-host.invalid"])
def test_other_machines_need_a_long_token(host: str) -> None:
    for token in (None, "hunter2", LONG[1:]):
        with pytest.raises(StartError) as refusal:
            check_doors(settings(host, token))
        line = str(refusal.value)
        assert host in line
        assert MAKE_TOKEN in line, "it says what mends it"
        assert "\n" not in line
        assert "hunter2" not in line
    check_doors(settings(host, LONG))


def test_the_limit_of_open_files_is_raised_and_leaves_room_for_others() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        most = allow_connections()
        assert 200 <= most < resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
