"""Measurements: how fast the training is, and what each part of the recipe is worth. Run as modules, not by pytest."""
