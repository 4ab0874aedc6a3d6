"""What publishing takes beside the web page.

::

    badges.py             the address of the course, in every place that shows it
    bundle.py             one archive from which a classroom without a network installs the course
    install_offline.py    what installs it there; it goes into the archive and needs nothing but Python
    pictures.py           the README's pictures, from the shipped weights
"""
