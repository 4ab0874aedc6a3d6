"""The web page of the course: pages for Sphinx made from notebooks, cards, docstrings and pictures.

::

    words.py        what a figure shows, in words, for people who cannot see it
    media.py        pictures as files of the page
    lessons.py      a page a lesson, from its notebook and its solution
    front.py        the front page and the gallery
    cards.py        the model cards
    reference.py    a page a room of ``ganlab``, from the docstrings
    build.py        the command: ``python -m tools.site``
"""


class PageError(Exception):
    """Something the web page needs is missing or ambiguous; the message says what and where."""
