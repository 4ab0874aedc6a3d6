"""What builds the course and publishes it. Each room is a command: ``python -m tools.lessons``.

::

    lessons/        notebooks/ and solutions/ out of lessons/; a new lesson out of a template
    assignments/    graded assignments in nbgrader's form; what the checks of the exercises catch, as a table
    site/           the course as a web page
    install/        which build of PyTorch an environment gets, decided before anything is installed
    publish/        where it is published, an archive for classrooms without a network, the README's pictures
    weights.py      the weights that ganlab ships, trained again from nothing

The package ``ganlab`` knows nothing of them.
"""
