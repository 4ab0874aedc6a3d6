"""The minimax game: generators and discriminators on the line and in the plane, where everything can be seen.

Goodfellow et al., "Generative Adversarial Nets", 2014, https://arxiv.org/abs/1406.2661

============  ==============================================================================
file          what it holds
============  ==============================================================================
``networks``  ``ToyConfig``, ``Generator`` and ``Discriminator`` of points
``figures``   what lesson 01 draws: densities, orbits, points in the plane
``checks/``   the exercises of lesson 01, a file each
``widget/``   ``Playground``: draw a distribution, watch two networks fight over it
============  ==============================================================================

The targets (rings, grids, spirals, mixtures) are in ``ganlab.data.toy``, the losses in ``ganlab.losses``.
"""
