"""Names of the graph's input and outputs, as its signature has them."""

PIXELS, PROBABILITIES, UNKNOWN, FEATURES = "pixels", "probabilities", "unknown", "features"
