"""What papers prove, computed without training: arrays in, arrays out, for laboratories, runs and tests."""
