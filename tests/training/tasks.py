"""A small GAN on small pictures, for the tests of everything around a step."""

import torch

from ganlab import runtime
from ganlab.dcgan import networks as dcgan
from ganlab.training import GANTask, TrainingConfig

LAB = runtime.Lab(torch.device("cpu"), "smoke", 0, None)
QUIET = {"lab": LAB, "progress": False, "live": False}
SMALL = dcgan.DCGANConfig(size=16, base_channels=8, latent_dim=8)
IMAGES = torch.rand(50, 3, 16, 16, generator=torch.Generator().manual_seed(1)) * 2 - 1


def make_task(lab=LAB, **settings):
    torch.manual_seed(0)
    config = TrainingConfig(**{"batch_size": 8, **settings})
    return GANTask(dcgan.Generator(SMALL), dcgan.Discriminator(SMALL), config, lab)


def weights(task):
    return [value for module in task.modules.values() for value in module.state_dict().values()]


def same(a, b):
    return all(torch.equal(x, y) for x, y in zip(weights(a), weights(b), strict=True))


def stop_at(step):
    def callback(done, _):
        if done == step:
            raise KeyboardInterrupt

    return callback
