"""`memoscope up`: checks, embedded Redis, migration, supervised children, live progress."""
