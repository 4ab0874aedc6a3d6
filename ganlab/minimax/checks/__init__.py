"""Checks of lesson 01, one file an exercise.

==  =============================  ============================================
1   optimal_discriminator          the optimal discriminator
2   divergence_bound               the bound on the divergence
3   loss_gradient                  the gradient of the generator's loss
4   jensen_shannon                 the Jensen-Shannon divergence by integration
5   radius_after                   the outward spiral
6   optimistic_step                optimistic gradient descent
7   smoothed_discriminator_loss    one-sided label smoothing
8   update_discriminator           one step of the discriminator
==  =============================  ============================================
"""

from ganlab.minimax.checks.divergence_bound import divergence_bound
from ganlab.minimax.checks.jensen_shannon import jensen_shannon
from ganlab.minimax.checks.loss_gradient import loss_gradient
from ganlab.minimax.checks.optimal_discriminator import optimal_discriminator
from ganlab.minimax.checks.optimistic_step import optimistic_step
from ganlab.minimax.checks.radius_after import radius_after
from ganlab.minimax.checks.smoothed_discriminator_loss import smoothed_discriminator_loss
from ganlab.minimax.checks.update_discriminator import update_discriminator

__all__ = [
    "divergence_bound",
    "jensen_shannon",
    "loss_gradient",
    "optimal_discriminator",
    "optimistic_step",
    "radius_after",
    "smoothed_discriminator_loss",
    "update_discriminator",
]
