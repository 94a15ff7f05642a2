"""The tools that make the translator: pairs to learn from, and the training of its adapter."""
