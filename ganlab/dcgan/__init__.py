"""Convolutional networks that play the game on pictures."""
