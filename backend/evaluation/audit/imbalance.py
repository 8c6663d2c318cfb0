"""Channels with few pictures, or few beside the largest channel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from backend.evaluation.audit.findings import Imbalance

FEW_IMAGES = 15
IMBALANCE = 3  # the largest channel may have this many times the images of another


def imbalances(images: Mapping[str, int]) -> Iterator[Imbalance]:
    """Find them by the number of images of each channel to recognise."""
    most = max(images.values(), default=0)
    for channel, count in images.items():
        if count < FEW_IMAGES or IMBALANCE * count < most:
            yield Imbalance(channel, count, most)
