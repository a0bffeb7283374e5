"""Per-example scores in memory, and what browsing them needs: filters, orders, bins, sampling noise."""
