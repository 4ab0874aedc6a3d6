"""Filling holes in pictures."""

from ganlab.inpainting.training import *  # noqa: F403
