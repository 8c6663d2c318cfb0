"""A photo of a screen: where the thumbnail is in it, and what it looks like from the front."""
