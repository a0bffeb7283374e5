"""The report as files: quick presets run on an empty database, told in docs/report.md and in the README."""
