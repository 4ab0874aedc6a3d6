"""Checks of lesson 02, one file an exercise.

==  =============================  ====================================
1   conv_transpose_size            the size of a transposed convolution
2   init_dcgan                     initialisation
3   detached_discriminator_loss    the discriminator's loss, detached
4   slerp                          slerp
5   attribute_direction            the direction of an attribute
6   nearest_training_picture       the nearest training picture
7   update_average                 the moving average
8   copy_alarm                     an alarm for copies
==  =============================  ====================================
"""

from ganlab.dcgan.checks.attribute_direction import attribute_direction
from ganlab.dcgan.checks.conv_transpose_size import conv_transpose_size
from ganlab.dcgan.checks.copy_alarm import copy_alarm
from ganlab.dcgan.checks.detached_discriminator_loss import detached_discriminator_loss
from ganlab.dcgan.checks.init_dcgan import init_dcgan
from ganlab.dcgan.checks.nearest_training_picture import nearest_training_picture
from ganlab.dcgan.checks.slerp import slerp
from ganlab.dcgan.checks.update_average import update_average

__all__ = [
    "attribute_direction",
    "conv_transpose_size",
    "copy_alarm",
    "detached_discriminator_loss",
    "init_dcgan",
    "nearest_training_picture",
    "slerp",
    "update_average",
]
