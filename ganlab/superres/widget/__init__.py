"""A part of a picture enlarged in three ways under one loupe: ``widgets.SuperResolutionStudio``.

A person's file comes in by the kit's session, is put together and opened by its upload, and then goes one way:
studio.py makes a photo of it, scene.py places the crop, enlarger.py enlarges it, and the answer goes back.

=========== ==========================================================================================================
studio.py   what a person can do, and the kernel's answers
scene.py    everything the enlarged crop depends on; crops, checked and placed
enlarger.py the one place that enlarges it
whole.py    the whole picture, in a thread of its own
pictures.py the photographs to begin with, and pictures as the page and a still picture show them
page.js     the page; frame.js the picture with its frame; views.js the loupe; whole.js the whole picture on its way
=========== ==========================================================================================================
"""
