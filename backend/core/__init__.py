"""What both sides of the queue share: contracts, tables, queries, the queue."""
