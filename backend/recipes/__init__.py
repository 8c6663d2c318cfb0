"""One file a recipe: the model whole, top to bottom."""
