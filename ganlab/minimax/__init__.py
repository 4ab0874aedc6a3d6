"""A game of two on points in the plane."""
