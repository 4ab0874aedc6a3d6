"""Checks of lesson 05, one file an exercise.

==  ==================  ==============================
1   pixel_shuffle       the pixel shuffle
2   icnr                weights without a checkerboard
3   make_small          small pictures
4   psnr_y              PSNR, by the convention
5   two_losses          two losses
6   feature_loss        the loss in feature space
7   receptive_radius    how far a pixel sees
8   blend               between two networks
9   mend_tiles          the broken tiles
10  worth_keeping       which ways are worth keeping
==  ==================  ==============================
"""

from ganlab.superres.checks.blend import blend
from ganlab.superres.checks.feature_loss import feature_loss
from ganlab.superres.checks.icnr import icnr
from ganlab.superres.checks.make_small import make_small
from ganlab.superres.checks.mend_tiles import mend_tiles
from ganlab.superres.checks.pixel_shuffle import pixel_shuffle
from ganlab.superres.checks.psnr_y import psnr_y
from ganlab.superres.checks.receptive_radius import receptive_radius
from ganlab.superres.checks.two_losses import two_losses
from ganlab.superres.checks.worth_keeping import worth_keeping

__all__ = [
    "blend",
    "feature_loss",
    "icnr",
    "make_small",
    "mend_tiles",
    "pixel_shuffle",
    "psnr_y",
    "receptive_radius",
    "two_losses",
    "worth_keeping",
]
