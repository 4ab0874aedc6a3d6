"""Holes painted into a picture and filled: ``widgets.InpaintStudio``.

=========== ==========================================================================================================
studio.py   what a person can do, and the kernel's answers
pictures.py the pictures to begin with
page.js     the page: samples, tools, before and after
brush.js    the brush: the mask it paints, and how the hole is drawn
page.css    what is this widget's own of its looks
=========== ==========================================================================================================
"""
