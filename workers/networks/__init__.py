"""Networks for the engine: what can train each, and the form in which it takes images."""
