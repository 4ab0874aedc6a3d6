"""Where the course runs for others: pages by Voila, a JupyterHub, containers, the settings of JupyterLab.

::

    voila/         ``make studio``: the studios as one page without code, for demonstrations and workshops
    hub/           a JupyterHub: its configuration, and that of instructors and students
    docker/        the course in a container, and the sandbox of ``ganlab-grade``
    jupyterlab/    JupyterLab's settings in the environment that make makes
"""
