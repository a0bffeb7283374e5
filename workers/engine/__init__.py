"""Training of many models at once; knows neither the queue nor the database."""

import os

# A model's bits must not depend on where in a bank its matrices lie, which MKL's kernels do otherwise: they
# look at alignment. It costs nothing measurable, and MKL reads it at its first product.
os.environ.setdefault("MKL_CBWR", "AUTO,STRICT")
