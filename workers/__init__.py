"""Memoscope with torch: what runs on the workers."""
