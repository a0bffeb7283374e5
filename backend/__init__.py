"""Memoscope without torch: what can be asked, stored, drawn and served."""
