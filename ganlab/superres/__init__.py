"""SRGAN: a picture four times larger, faithful or believable.

Ledig et al., "Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network", 2017,
https://arxiv.org/abs/1609.04802

================  ==========================================================================
file              what it holds
================  ==========================================================================
``networks``      ``SRResNet``, ``MultiStageGenerator``, the paper's ``Discriminator``
``losses``        on features of a frozen encoder, and on the discriminator's own
``degradations``  how large pictures are made small
``training``      ``SuperResolutionTask``: what ``fit`` trains
``scores``        distortion and perception, measured together
``tiles``         pictures of any size, piece by piece, without seams
``enlarge``       ``ganlab.enlarge``: a picture of any size, in one line; films
``figures``       what lesson 05 draws: shuffled numbers, distortion and perception
``recipe``        how ``srresnet-x4`` and ``srgan-x4`` were trained
``checks/``       the exercises of lesson 05, a file each
``widget/``       ``SuperResolutionStudio``: crop, enlarge, compare under a loupe
================  ==========================================================================

PSNR and SSIM are in ``ganlab.metrics.fidelity``, resizing in ``ganlab.resampling``, sub-pixel layers in
``ganlab.layers``.
"""
