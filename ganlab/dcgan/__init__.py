"""DCGAN: pictures from a latent vector, by transposed convolutions.

Radford, Metz and Chintala, "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
Networks", 2015, https://arxiv.org/abs/1511.06434

============  ==============================================================================
file          what it holds
============  ==============================================================================
``networks``  ``DCGANConfig``, ``Generator``, ``Discriminator``, the initialisations of 2015
``training``  ``PairingTask``: the step of 2024, real and fake pictures in pairs
``scores``    ``evaluate_faces``: distance to real faces and how many kinds there are
``generate``  ``ganlab.generate``: pictures in one line
``figures``   what lesson 02 draws: transposed convolutions as matrices, their stamps
``recipe``    how ``dcgan-faces32`` and ``dcgan-faces64`` were trained
``checks/``   the exercises of lesson 02, a file each
``widget/``   ``LatentExplorer``: walk through the latent space
============  ==============================================================================

The training step of 2014 and the loop are in ``ganlab.training``, the losses in ``ganlab.losses``, latent directions
in ``ganlab.latent``.
"""
