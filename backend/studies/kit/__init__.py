"""The parts that a study is made of."""
