"""Context Encoder: what is missing in a picture, filled from what surrounds it.

Pathak et al., "Context Encoders: Feature Learning by Inpainting", 2016, https://arxiv.org/abs/1604.07379

=============  =============================================================================
file           what it holds
=============  =============================================================================
``networks``   ``ContextEncoder``, its ``Discriminator``, their settings
``masks``      holes of all shapes, windows around them
``damage``     nine kinds of damage, with holes and without
``training``   ``InpaintingTask``: what ``fit`` trains
``baselines``  filling without learning
``blending``   soft edges, the Poisson equation
``inpaint``    ``ganlab.inpaint``: a picture of any size, in one line
``figures``    what lesson 03 draws: one unknown pixel and three losses
``recipe``     how ``context-encoder-faces64`` and ``context-encoder-photos128`` were trained
``checks/``    the exercises of lesson 03, a file each
``widget/``    ``InpaintStudio``: paint over something, watch it being filled
=============  =============================================================================

Scores over holes are in ``ganlab.metrics.fidelity``.
"""
