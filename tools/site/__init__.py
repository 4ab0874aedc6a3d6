"""The web page of the course: pages for Sphinx made from notebooks, cards, docstrings and pictures."""


class PageError(Exception):
    """Something the web page needs is missing or ambiguous; the message says what and where."""
