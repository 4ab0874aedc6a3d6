"""The server behind ``make studio``; what it shows is :mod:`ganlab.app.page`."""
