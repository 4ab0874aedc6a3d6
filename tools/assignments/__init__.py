"""From lessons/NN_slug.py and lessons/NN_slug.md to a graded assignment in nbgrader's form.

::

    written.py     the written questions and their rubrics
    parts.py       the exercises of a lesson, each with its own text, cut out of the lesson
    scope.py       which name a lesson's cell gives, and which it takes
    imports.py     which import gives a name, and imports in one tidy block
    needs.py       what of the lesson the exercises need: imports, definitions, constants
    notebook.py    all of it as one short notebook, solutions and hidden tests between markers
    release.py     the notebook as handed out, made and recorded by nbgrader
    guards.py      what must never be: a leak, or marks that would end up on another question
    folder.py      the course folder: settings, source, release, manifest, rubric
    build.py       the command: ``python -m tools.assignments``

A file imports only from those above it. Beside them, ``exercise_table.py`` (``make exercises``) shows what the
checks of the exercises catch and accept.
"""
