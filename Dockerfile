# Two images from one file: `web` has no torch, `worker` has it.
#   docker build --target web .
#   docker build --target worker .
#   docker build --target worker --build-arg TORCH_INDEX=<address of another index of torch builds> .

FROM python:3.12-slim AS base
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN useradd --create-home --uid 10001 memoscope \
 && install --directory --owner=memoscope /app /data
WORKDIR /app
ENV MEMOSCOPE_DATA_DIR=/data MEMOSCOPE_HOST=0.0.0.0

# Dependencies first: they change less often than the code, so their layer is reused.
FROM base AS dependencies
COPY pyproject.toml constraints.txt README.md LICENSE ./
RUN mkdir --parents backend/importable/memoscope workers \
 && touch backend/__init__.py backend/importable/memoscope/__init__.py workers/__init__.py \
 && pip install --only-binary=:all: --constraint constraints.txt --editable .

# Both images carry the same sources: the code version that results are filed under is made from them.
FROM dependencies AS web
COPY backend backend
COPY workers workers
COPY frontend frontend
USER memoscope
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ.get(\"MEMOSCOPE_PORT\", 8000)}/healthz', timeout=4)"]
CMD ["memoscope", "web"]

FROM dependencies AS worker
# The default build of torch runs on CPUs and on NVIDIA GPUs. An index of CPU-only builds makes the image several
# times smaller, one of another CUDA version fits an older driver.
ARG TORCH_INDEX=""
RUN pip install --only-binary=:all: --constraint constraints.txt \
    ${TORCH_INDEX:+--index-url "${TORCH_INDEX}" --no-deps} torch==$(sed -n 's/^torch==//p' constraints.txt) \
 && pip install --only-binary=:all: --constraint constraints.txt --editable '.[worker]'
COPY backend backend
COPY workers workers
COPY frontend frontend
USER memoscope
CMD ["memoscope", "worker"]
