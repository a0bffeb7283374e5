"""What a request takes: to read, to mark, to submit or to administer."""

import re

from starlette.types import Scope

from backend.api.behind_proxy import inner_path
from backend.core.contracts import Right

_READING = {"GET", "HEAD", "OPTIONS"}
# Posts that change nothing but a shorter address, and those that say something about pictures.
_ASKING = re.compile(r"/api/(?:views|studies/[^/]+/(?:estimate|budgets))")
_MARKING = re.compile(r"/api/datasets/[^/]+/marks(?:/undo|/file)?")
_ADMINISTERING = re.compile(r"/api/audit")
_SHARES = "/api/shares/"


def needed(scope: Scope) -> Right:
    """Return what a request takes; what nobody has thought of takes more rather than less."""
    path = inner_path(scope)
    if _ADMINISTERING.fullmatch(path):
        return Right.ADMINISTER
    if scope["method"] in _READING or _ASKING.fullmatch(path):
        return Right.READ
    if scope["method"] == "DELETE" and not path.startswith(_SHARES):
        return Right.ADMINISTER
    return Right.MARK if _MARKING.fullmatch(path) else Right.SUBMIT


def is_change(scope: Scope) -> bool:
    """Whether a request changes something that somebody may want to know of."""
    return needed(scope) is not Right.READ and scope["method"] not in _READING
