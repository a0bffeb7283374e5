"""What Shwartz-Ziv & Tishby 2017 claim of layers, and what Saxe et al. 2018 find of these claims."""

from backend.studies.information_plane.claims import compression, learning, tools
from backend.studies.kit.findings import Finding

FINDINGS: tuple[Finding, ...] = (*compression.FINDINGS, *learning.FINDINGS, *tools.FINDINGS)
