"""Thumbprint's backend: thumbnails in, a trained run out."""

__version__ = "0.1.0"
