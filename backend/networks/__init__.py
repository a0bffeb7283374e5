"""Networks without weights: ladders of sizes, Zhang et al.'s networks, what they cost."""
