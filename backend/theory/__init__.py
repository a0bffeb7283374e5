"""What Zhang et al. (ICLR 2017) show without a network that is trained: arrays in, arrays out."""
