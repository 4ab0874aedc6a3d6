"""A picture painted in four styles at once: ``widgets.StyleStudio``.

=========== ==========================================================================================================
studio.py   what a person can do, how it is taken back, and the kernel's answers
painter.py  what is shown, as numbers, and the one function that paints it
corners.py  the pad's four corners, their weights, and regions that belong to them
pictures.py the pictures and styles to begin with
page.js     the page; pad.js the pad and its gallery; canvas.js the picture with the regions painted on it
=========== ==========================================================================================================
"""
