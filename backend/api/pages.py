"""The pages: one HTML document for all of them, and the files it loads; nothing comes from elsewhere."""

from pathlib import Path

import plotly
from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.types import Scope

from backend.core.provenance import ROOT

FRONTEND = ROOT / "frontend"
PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # plotly.js sets styles on its elements
        "img-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

plotly_router = APIRouter(include_in_schema=False)
router = APIRouter(include_in_schema=False)


class Revalidated(StaticFiles):
    """Static files that a browser keeps, but asks about each time: an upgrade shows at once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Serve a file with `no-cache`, which means: revalidate by ETag."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


@plotly_router.get("/static/plotly.min.js")
def plotly_js() -> FileResponse:
    """Serve the plotly.js that belongs to the installed plotly.py."""
    return FileResponse(PLOTLY, media_type="text/javascript", headers={"Cache-Control": "max-age=86400"})


@router.get("/")
@router.get("/new/{study}")
@router.get("/experiments/{experiment_id}")
@router.get("/experiments/{experiment_id}/examples/{index}")
@router.get("/datasets")
@router.get("/datasets/{dataset_id}")
@router.get("/queue")
def page() -> FileResponse:
    """Serve the document; it reads from its URL what to show."""
    return FileResponse(FRONTEND / "index.html")


@router.get("/{path:path}")
def unknown_page(request: Request, path: str) -> FileResponse:
    """Serve the document with status 404, so that it can say so kindly; the API answers a problem."""
    if path.startswith("api/") or "text/html" not in request.headers.get("accept", ""):
        raise HTTPException(404, f"There is nothing at /{path[:100]}; see /openapi.json for what there is.")
    return FileResponse(FRONTEND / "index.html", status_code=404)
