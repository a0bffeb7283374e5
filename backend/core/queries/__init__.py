"""Every SQL statement of the product; callers own the transaction."""
