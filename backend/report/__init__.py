"""A run as one HTML page that explains itself, the same as JSON, and each figure as SVG: rendered, and not computed."""
