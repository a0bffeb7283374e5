"""What is wrong with an upload: everything at once, each fault with the file it is about."""

from backend.core.errors import FieldError, InvalidError

MOST = 50  # faults that are told one by one
IN_WORDS = 3  # of those, the ones in the sentence


class Faults:
    """Collects faults; `check` raises them together."""

    def __init__(self) -> None:
        self._told: list[FieldError] = []
        self._count = 0

    def __bool__(self) -> bool:
        return self._count > 0

    def add(
        self,
        detail: str,
        file: str | None = None,
        *,
        pointer: str = "/file",
        offer: dict[str, str] | None = None,
    ) -> None:
        """Take note of a fault; `offer` are query parameters with which the same upload would pass."""
        self._count += 1
        if len(self._told) < MOST:
            self._told.append(FieldError(pointer, detail, file, offer))

    def take(self, error: InvalidError, file: str | None = None) -> None:
        """Take note of a refusal."""
        self.add(error.detail, file)

    def check(self) -> None:
        """Raise what was found, if anything was: InvalidError."""
        if not self._count:
            return
        told = list(self._told)
        words = " ".join(fault.detail for fault in told[:IN_WORDS])
        if self._count > IN_WORDS:
            words = f"{words} And {self._count - IN_WORDS:,} more."
        if self._count > len(told):
            told.append(FieldError("/file", f"And {self._count - len(told):,} more."))
        raise InvalidError(words, tuple(told))
