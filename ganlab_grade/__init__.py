"""Marking a class: from a folder of submitted notebooks to marks, feedback and a gradebook.

The one rule everything here follows: **a submission's code never enters the process that marks it.** Its cells run
in a sandbox (:mod:`~ganlab_grade.box`) that holds neither the checks nor the hidden tests; the checks run outside and
see only the values that the answers return (:mod:`~ganlab_grade.remote`). Whatever a submission patches, prints,
pretends or destroys, it does so in its own empty room, and a returned value is right or it is not.

=============================  =======================================================================================
:mod:`~ganlab_grade.cli`       the command ``ganlab-grade``
:mod:`~ganlab_grade.course`    what an assignment is made of, and what marking it found
:mod:`~ganlab_grade.intake`    a learning platform's export: whose notebooks are these, and for which lesson?
:mod:`~ganlab_grade.run`       the class, in parallel, resumed where it stopped
:mod:`~ganlab_grade.marking`   one submission, in a process of its own: read, mended, examined, its marks written
:mod:`~ganlab_grade.precheck`  what arrived is put back into the form that was handed out, and every repair is said
:mod:`~ganlab_grade.examine`   one submission through its checks and hidden tests
:mod:`~ganlab_grade.remote`    an answer in the sandbox, called like a function, gradients included
:mod:`~ganlab_grade.box`       the sandbox: one process without network, disk, children or much memory
:mod:`~ganlab_grade.inside`    what runs in the sandbox, and values as bytes, in a form that is safe to read
:mod:`~ganlab_grade.book`      nbgrader: its autograde, its database, its export
:mod:`~ganlab_grade.report`    what comes out: tables, a page a student, a report on the class
=============================  =======================================================================================

Installed with ``pip install 'ganlab[instructor]'``, used as ``ganlab-grade SUBMISSIONS --out grades``. It uses
:mod:`ganlab`, which never imports it.
"""
