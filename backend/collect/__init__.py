"""Collecting a dataset from YouTube: the channels requested, what they list, how thumbnails are fetched, what is kept.

Nothing else in the backend asks the network for a thumbnail.
"""
