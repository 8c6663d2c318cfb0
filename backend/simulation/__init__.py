"""Simulations of what happens to thumbnails between a channel and a camera: pages, screens, photos."""
