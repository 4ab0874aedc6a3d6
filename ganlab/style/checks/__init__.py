"""Checks of lesson 04, one file an exercise.

==  ====================  ===============================
1   channel_statistics    mean and deviation of a channel
2   adain                 AdaIN
3   estimator_ratio       two estimators
4   dead_channel_gain     a dead channel
5   normalise_for_vgg     pictures as VGG knows them
6   reach                 the checkerboard
7   style_loss            the style loss
8   whiten                whitening
9   stylise               strength, in feature space
==  ====================  ===============================
"""

from ganlab.style.checks.adain import adain
from ganlab.style.checks.channel_statistics import channel_statistics
from ganlab.style.checks.dead_channel_gain import dead_channel_gain
from ganlab.style.checks.estimator_ratio import estimator_ratio
from ganlab.style.checks.normalise_for_vgg import normalise_for_vgg
from ganlab.style.checks.reach import reach
from ganlab.style.checks.style_loss import style_loss
from ganlab.style.checks.stylise import stylise
from ganlab.style.checks.whiten import whiten

__all__ = [
    "adain",
    "channel_statistics",
    "dead_channel_gain",
    "estimator_ratio",
    "normalise_for_vgg",
    "reach",
    "style_loss",
    "stylise",
    "whiten",
]
