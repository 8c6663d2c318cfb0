"""The rooms of `collect`: what is wanted, what channels list, how thumbnails are fetched, what is kept.

Nothing else in the backend asks the network for a thumbnail.
"""
