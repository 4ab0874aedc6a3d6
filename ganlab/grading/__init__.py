"""Marking a class: from a folder of submitted notebooks to marks, feedback and a gradebook.

The one rule everything here follows: **a submission's code never enters the process that marks it.** Its cells run in
a sandbox (:mod:`~ganlab.grading.sandbox`) that holds neither the checks nor the hidden tests; the checks run outside
and see only the values that the answers return (:mod:`~ganlab.grading.remote`). Whatever a submission patches,
prints, pretends or destroys, it does so in its own empty room, and a returned value is right or it is not.

==========================  =========================================================================================
:mod:`~.course`             what an assignment is made of, and what marking it found
:mod:`~.intake`             a learning platform's export: whose notebooks are these, and for which lesson?
:mod:`~.precheck`           what arrived is put back into the form that was handed out, and every repair is said
:mod:`~.sandbox`            one process without network, disk, children or much memory
:mod:`~.wire`               values as bytes, in a form that is safe to read
:mod:`~.worker`             inside the sandbox: runs the cells, calls the answers
:mod:`~.remote`             outside: an answer in the sandbox, called like a function, gradients included
:mod:`~.examine`            one submission through its checks and hidden tests
:mod:`~.gradebook`          nbgrader: its autograde, its database, its export
:mod:`~.run`                the class, in parallel, resumed where it stopped
:mod:`~.tables` and others  what comes out: tables, a page a student, a report on the class, similar pairs
==========================  =========================================================================================

Installed with ``pip install 'ganlab[instructor]'``, used as ``ganlab-grade SUBMISSIONS --out grades``.
"""
