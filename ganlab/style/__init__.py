"""AdaIN: the style of one picture on the content of another.

Huang and Belongie, "Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization", 2017,
https://arxiv.org/abs/1703.06868

============  ==============================================================================
file          what it holds
============  ==============================================================================
``networks``  ``Decoder``, ``AutoEncoder``; the encoder is in ``ganlab.features.encoder``
``losses``    content, statistics, Gram matrices
``transfer``  ``StyleTransfer``: encoder, statistics, decoder
``tiles``     the same for pictures of any size, without seams
``methods``   what there was before: histograms, Gatys, whitening
``training``  ``StyleTask``: what ``fit`` trains
``scores``    the judge's verdict on the style, similarity for the content
``stylize``   ``ganlab.stylize``: pictures of any size, in one line
``recipe``    how ``adain-small`` was trained
``checks/``   the exercises of lesson 04, a file each
``widget/``   ``StyleStudio``: four styles, mixed and painted live
============  ==============================================================================

The painted styles are in ``ganlab.data.paintings``.
"""
