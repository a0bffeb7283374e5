"""Matrices with missing entries, such as ratings, that people bring to have completed."""

from pathlib import Path
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Query, Request, status
from fastapi import Path as PathParameter

from backend.api.deps import SessionDep, SettingsDep
from backend.api.schemas import MatrixOut, Page
from backend.api.uploads import FILE_BODY, MAX_COLUMN_BYTES, ColumnName, received
from backend.core.contracts import MatrixLayout
from backend.core.models import MatrixRow
from backend.core.queries import matrices
from backend.core.queries.datasets import lock_content
from backend.core.session import transaction
from backend.core.settings import Settings
from backend.datasets import store
from backend.datasets.matrix_files import ReadMatrix, read_matrix
from backend.datasets.store import Column

router = APIRouter(prefix="/api/matrices", tags=["matrices"])

MatrixId = Annotated[str, PathParameter(pattern=r"^[0-9a-f]{12}$")]
Layout = Annotated[MatrixLayout, Query(description="`auto` tells by the file, and says how it was read")]


@router.get("")
def list_matrices(session: SessionDep) -> Page[MatrixOut]:
    """List the matrices that experiments can complete."""
    return Page(items=[MatrixOut.model_validate(row) for row in matrices.everything(session)])


@router.post("", status_code=status.HTTP_201_CREATED, openapi_extra=FILE_BODY)
async def upload_matrix(
    request: Request, settings: SettingsDep, name: ColumnName, layout: Layout = MatrixLayout.AUTO
) -> MatrixOut:
    """Upload a matrix: csv, npy or npz, as a grid with missing entries or as rows, columns and values.

    An equal matrix that is there already is answered instead, under its own name.
    """
    async with received(request, settings, MAX_COLUMN_BYTES) as path:
        return await anyio.to_thread.run_sync(_take, settings, path, name, layout)


def _take(settings: Settings, path: Path, name: str, layout: MatrixLayout) -> MatrixOut:
    read = read_matrix(path, layout)
    fingerprint = read.matrix.fingerprint
    with transaction(settings.database) as session:
        lock_content(session, fingerprint)
        row = session.get(MatrixRow, fingerprint[:12])
        if row is None:
            store.save_column(Column.MATRICES, fingerprint, read.matrix.entries, settings)
            row = _row(name, read, fingerprint)
            session.add(row)
            session.flush()
        return MatrixOut.model_validate(row)


def _row(name: str, read: ReadMatrix, fingerprint: str) -> MatrixRow:
    shape = read.matrix.shape
    return MatrixRow(
        id=fingerprint[:12],
        name=name,
        rows=shape.rows,
        columns=shape.columns,
        observed=shape.observed,
        layout=read.layout,
        note=read.note,
        fingerprint=fingerprint,
    )


@router.get("/{matrix_id}")
def get_matrix(session: SessionDep, matrix_id: MatrixId) -> MatrixOut:
    """Return one matrix."""
    return MatrixOut.model_validate(matrices.get(session, matrix_id))


@router.delete("/{matrix_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_matrix(settings: SettingsDep, matrix_id: MatrixId) -> None:
    """Delete a matrix that no experiment was run on."""
    with transaction(settings.database) as session:
        row = matrices.get(session, matrix_id)
        lock_content(session, row.fingerprint)
        matrices.remove(session, row)
        store.drop_column(Column.MATRICES, row.fingerprint, settings)
