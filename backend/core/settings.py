"""Everything a deployment can set, read once from the environment and `.env`."""

import ipaddress
from functools import cache
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from backend.core.log_format import LogFormat
from backend.core.root_path import parse_root


def is_loopback(host: str) -> bool:
    """Whether a name or address always means the machine that asks."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _origin(url: str) -> str:
    """Return scheme, name and port of an address, lower case; ValueError if it is or has anything else."""
    parts = urlsplit(url.strip().removesuffix("/").lower())
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise ValueError("give a whole address, such as https://memoscope.example.org")
    if parts.path or parts.query or parts.fragment:
        raise ValueError("give scheme, name and port only; what follows them is MEMOSCOPE_ROOT_PATH")
    return f"{parts.scheme}://{parts.netloc}"


class Settings(BaseSettings):
    """Settings with the prefix `MEMOSCOPE_`; see README for what each is for."""

    model_config = SettingsConfigDict(
        env_prefix="MEMOSCOPE_",
        env_file=".env",
        env_ignore_empty=True,  # `MEMOSCOPE_ACCESS_TOKEN=` means none, not the empty token
        extra="ignore",
        frozen=True,
    )

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    data_dir: Path = Path("data")
    database_url: SecretStr | None = None
    redis_url: SecretStr | None = None
    access_token: SecretStr | None = None
    public_url: Annotated[str, AfterValidator(_origin)] | None = None
    root_path: Annotated[str, AfterValidator(parse_root)] = ""
    trusted_proxies: str = "127.0.0.1,::1"  # addresses or networks, whose X-Forwarded-... headers count
    allowed_hosts: str = ""  # names beside the loopback ones, separated by commas
    artifacts_url: SecretStr | None = None  # may hold a password, as the other addresses
    datasets_dir: Path | None = None
    upload_bytes: int = Field(default=4 * 2**30, gt=0)
    samples: bool = False
    reserve_bytes: int = Field(default=256 * 2**20, ge=0)  # nothing begins that would leave less room
    log_format: LogFormat = LogFormat.TEXT
    access_log: bool = False  # a line for each request
    drain_s: float = Field(default=0, ge=0)  # that a unit may go on after its worker was told to stop

    @property
    def own_names(self) -> frozenset[str]:
        """Names by which people may call this server, beside those of the loopback interface."""
        named = {name.strip().lower() for name in self.allowed_hosts.split(",")} | {self.host.lower()}
        public = urlsplit(self.public_url or "").hostname
        return frozenset(named | {public or ""}) - {"", "0.0.0.0", "::"}  # noqa: S104 - any address is no name

    @property
    def database(self) -> str:
        """SQLAlchemy URL; without a setting, an SQLite file in the data folder."""
        if self.database_url is None:
            return f"sqlite:///{self.data_dir.absolute() / 'memoscope.db'}"
        url = self.database_url.get_secret_value()
        return url.replace("postgresql://", "postgresql+psycopg://", 1)

    @property
    def broker(self) -> str:
        """Celery broker URL; `make run` starts an embedded Redis and passes its URL on."""
        if self.redis_url is None:
            return "redis://127.0.0.1:6379/0"
        url = self.redis_url.get_secret_value()
        return url.replace("unix://", "redis+socket://", 1)

    @property
    def artifacts(self) -> str:
        """Fsspec URL of the folder that web and workers share; without a setting, one in the data folder."""
        if self.artifacts_url is None:
            return f"file://{self.data_dir.absolute() / 'artifacts'}"
        return self.artifacts_url.get_secret_value()

    @property
    def cache(self) -> Path:
        """Folder of this machine for copies of what lies in a remote artifact store."""
        return self.data_dir.absolute() / "cache"

    @property
    def scratch(self) -> Path:
        """Folder of this machine for data sets that are being decoded."""
        return self.data_dir.absolute() / "scratch"

    @property
    def downloads(self) -> Path:
        """Folder of this machine for what torchvision downloads."""
        return self.data_dir.absolute() / "downloads"


@cache
def get_settings() -> Settings:
    """Return the settings of this process."""
    return Settings()
