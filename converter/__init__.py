"""Thumbprint's converter: a run in, the extension's model out."""
