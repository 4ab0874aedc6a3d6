"""Training, visibly and interruptibly: what a run is made of, one file a part.

==============  =====================================================================================================
``fit``         the loop around a step: batches, learning rates, checkpoints, resuming. It knows nothing of GANs
``steps``       one step of a GAN (lesson 02 shows it in full), its settings, optimisers, and the averaged network
``history``     the losses of a run, and the diagnosis when it blew up
``monitor``     what a learner sees meanwhile, and how she ends it early
``checkpoint``  a run in a file, and back
==============  =====================================================================================================

Lessons import from here::

    from ganlab.training import GANTask, TrainingConfig, fit
"""

from ganlab.training.fit import Task, fit
from ganlab.training.history import History, TrainingDiverged
from ganlab.training.steps import GANTask, TrainingConfig, discriminator_step, generator_step, update_ema

__all__ = [
    "GANTask",
    "History",
    "Task",
    "TrainingConfig",
    "TrainingDiverged",
    "discriminator_step",
    "fit",
    "generator_step",
    "update_ema",
]
