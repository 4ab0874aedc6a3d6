"""The minimax game of two small networks in the plane."""
