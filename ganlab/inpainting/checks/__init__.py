"""Checks of lesson 03, one file an exercise.

==  ========================  ====================================
1   network_input             what the network sees
2   composite                 composite
3   masked_l2                 the loss inside the hole
4   channelwise_linear        one linear layer a channel
5   channelwise_parameters    what it costs
6   judge_inputs              what the local discriminator may see
7   best_guess                the best single guess
8   choose_weight             the weight of the adversarial loss
==  ========================  ====================================
"""

from ganlab.inpainting.checks.best_guess import best_guess
from ganlab.inpainting.checks.channelwise_linear import channelwise_linear
from ganlab.inpainting.checks.channelwise_parameters import channelwise_parameters
from ganlab.inpainting.checks.choose_weight import choose_weight
from ganlab.inpainting.checks.composite import composite
from ganlab.inpainting.checks.judge_inputs import judge_inputs
from ganlab.inpainting.checks.masked_l2 import masked_l2
from ganlab.inpainting.checks.network_input import network_input

__all__ = [
    "best_guess",
    "channelwise_linear",
    "channelwise_parameters",
    "choose_weight",
    "composite",
    "judge_inputs",
    "masked_l2",
    "network_input",
]
