"""What people decide about examples: marks, the order in which looking pays, corrected labels."""
