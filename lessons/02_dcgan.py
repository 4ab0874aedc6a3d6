# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lesson 02 · DCGAN
#
# {{BADGE}}
#
# Lesson 01 played the minimax game with points in a plane. Now each sample is a picture, a point with thousands of
# coordinates, and the two players become convolutional networks. In 2015 Alec Radford, Luke Metz and Soumith Chintala tried a great
# many architectures and found a short list of guidelines that made larger, convolutional GANs train stably. They called the result the
# *deep convolutional GAN*. Many image generators that followed, StyleGAN among them, are its descendants. You will build it as it was in 2015,
# and then train it as one would today.
#
# **You will be able to**
#
# - compute any convolution and transposed convolution by hand, as a matrix and its transpose,
# - build the DCGAN pair, and say what each guideline is for,
# - say what changed between the training recipe of 2014 and one of 2024, and measure what the changes are worth,
# - train a face generator on your own computer in under five minutes, and judge it by more than its losses,
# - move through the latent space, and measure what a direction changes besides what its name says,
# - tell a generator that has learned from one that has memorised, and know where GANs are still used.
#
# **Time:** about 60 minutes for the core (sections 1 to 8, exercises 1 to 3) and about 80 for what goes further (sections 9 to 12, 14 and 15, exercises 4 to 8), counted as 200 words and 30 lines of code a minute, five minutes for an easy exercise and ten for any other; waiting is not counted. The main training takes a few minutes on one CPU core, the
# comparisons around it as much again; on a GPU, more steps in less time. **You need:** lesson 01, and to have met a convolution before.
#
# **Papers:** Radford, Metz and Chintala 2015 ([arXiv:1511.06434](https://arxiv.org/abs/1511.06434)); Odena et al. 2016 on checkerboards
# ([distill.pub](https://distill.pub/2016/deconv-checkerboard/)); White 2016 on walking through latent spaces
# ([1609.04468](https://arxiv.org/abs/1609.04468)); Huang et al. 2024, the recipe of section 6 ([2501.05441](https://arxiv.org/abs/2501.05441)).

# %% tags=["setup"]
# Colab: install the course once. On your own machine `make lab` has done this already.
import importlib.util
import sys

if "google.colab" in sys.modules and importlib.util.find_spec("ganlab") is None:
    # %pip install -q "ganlab @ git+{{REPOSITORY}}@{{BRANCH}}"
    importlib.invalidate_caches()

import ganlab

lab = ganlab.setup(seed=0)

# %%
import math
import time
from contextlib import nullcontext
from dataclasses import replace
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from ganlab import checks, data, latent, plotting
from ganlab.dcgan import figures, scores
from ganlab.features.faces import face_features, predict_attributes
from ganlab.metrics.distances import frechet_distance
from ganlab.losses import discriminator_loss, generator_loss, r1_penalty, r2_penalty
from ganlab.losses import relativistic_discriminator_loss, relativistic_generator_loss
from ganlab.dcgan.networks import DCGANConfig, init_kaiming, init_weights, parameter_count
from ganlab.dcgan.training import PAIRING, PairingTask, pairing_step
from ganlab.training import GANTask, TrainingConfig, fit

plotting.use_style()

# %% [markdown]
# ## 1 · From points to pictures
#
# A generator that draws 32 × 32 colour pictures maps 64 numbers to 3072. The network of lesson 01, made wider, could do that: one big
# matrix per layer. It would learn badly, because it would not know what a picture is. To a matrix, two neighbouring pixels are as unrelated as
# two opposite corners, and an eye learned on the left has to be learned again on the right. A **convolution** builds in the two facts that matter:
# pixels that belong together lie close together, and an eye is an eye wherever it is.
#
# A discriminator has an easy time with this: picture in, convolutions that halve the resolution again and again, one number out. The
# generator must run the film backwards, from few numbers to many, so it needs an operation that *doubles* the resolution:
# the transposed convolution. It has a forbidding name, and it is only a matrix flipped over its diagonal. That is our
# first piece of mathematics.
#
# | symbol | meaning | variable, shape |
# |---|---|---|
# | $H$, $k$, $s$, $p$ | input length, kernel size, stride, padding | `size`, `kernel`, `stride`, `padding` |
# | $C$ | a convolution written as a matrix | `C` (outputs, inputs) |
# | $z$, $d$ | latent vector and its length | `z` (N, latent_dim), `config.latent_dim` |
# | $G(z)$, $f(x)$ | generated picture, discriminator's logit | `fake` (N, C, S, S), `real_logits` (N,) |
# | $L_D$, $L_G$ | the losses of lesson 01, non-saturating | `loss_d`, `loss_g`, scalars |
# | $v$ | a direction in latent space | `direction` (latent_dim,) |
#
# ### Sizes
#
# A kernel of $k$ numbers slides over $H$ inputs, padded with $p$ zeros at each end, in steps of $s$. It starts at the first position and stops where
# it would stick out, so the number of outputs is
#
# $$H_\text{out}=\Big\lfloor\frac{H+2p-k}{s}\Big\rfloor+1 .\tag{1}$$
#
# The transposed convolution goes the other way, from the outputs back to the inputs, so its size is (1) solved for $H$, where nothing was rounded away. Exercise 1 asks you for the general answer. DCGAN needs two cases of it. Its first layer starts from a single
# "pixel", with $k=4$, $s=1$, $p=0$: a convolution with a kernel of 4 has exactly one place to stand on 4 pixels, so 1 becomes 4. Every other layer has $k=4$, $s=2$, $p=1$, and
# (1) then halves every even length: $\lfloor(2H+2-4)/2\rfloor+1=H$. So, upwards,
#
# $$1\mapsto4\quad(k=4,\,s=1,\,p=0),\qquad H\mapsto2H\quad(k=4,\,s=2,\,p=1).\tag{2}$$
#
# Exactly double, with nothing rounded away: that is why you see 4, 2, 1 everywhere. (The padding does crop: the stamps cover $2H+2$ places, and one at each end is cut off.)


# %% tags=["nbval-check-output"]
# verifies (1) and (2): every combination of small sizes, against what PyTorch returns
def conv_size(size, kernel, stride, padding):
    return (size + 2 * padding - kernel) // stride + 1


wires = [(4, 2, 1), (4, 1, 0), (3, 1, 1), (3, 2, 1), (5, 3, 2), (2, 2, 0)]
tried = 0
for size in range(1, 12):
    x = torch.zeros(1, 1, size)
    for kernel, stride, padding in wires:
        w = torch.zeros(1, 1, kernel)
        if size + 2 * padding >= kernel:
            made = F.conv1d(x, w, stride=stride, padding=padding).shape[-1]
            assert made == conv_size(size, kernel, stride, padding)
            tried += 1
    assert (
        F.conv_transpose1d(x, torch.zeros(1, 1, 4), stride=2, padding=1).shape[-1] == 2 * size
    )
assert F.conv_transpose1d(torch.zeros(1, 1, 1), torch.zeros(1, 1, 4)).shape[-1] == 4
print(f"formula (1) agrees with PyTorch in {tried} cases, and (2) for lengths from 1 to 11")
print("the generator's resolutions:", [4 * 2**i for i in range(5)])

# %% [markdown]
# ### A convolution is a matrix
#
# Convolution is linear: twice the input gives twice the output. Every linear map between finite lists of numbers is a matrix, so there must be
# a matrix $C$ with $y=Cx$. Row $i$ holds the weights that produce output $i$: the kernel, written at position $is-p$, and zeros elsewhere.
# For 8 inputs, $k=4$, $s=2$, $p=1$ there are 4 outputs, so $C$ has 4 rows and 8 columns. The middle rows hold the same four numbers, moved
# by two; in the first and the last row one of the four falls on the padding and is missing.
#
# Now flip the matrix over its diagonal. $C^{\mathsf T}$ has 8 rows and 4 columns: it takes 4 numbers to 8. That is the **transposed convolution** of the same kernel,
#
# $$y=Cx,\qquad \operatorname{convT}(y)=C^{\mathsf T}y,\tag{3}$$
#
# and that is all there is to it. It is *not* the inverse of the convolution (a 4-number summary cannot restore 8 numbers); it has the
# inverse *shape*. You have used it before without seeing it: by the chain rule the gradient of $y=Cx$ with respect to $x$ is $C^{\mathsf T}$ times the
# gradient with respect to $y$, so every backward pass through a convolution is a transposed convolution. The two are tied by the
# identity that defines a transpose, for all $x$ and $y$:
#
# $$\langle Cx,\,y\rangle=\langle x,\,C^{\mathsf T}y\rangle.\tag{4}$$

# %% tags=["nbval-check-output"]
# verifies (3) and (4): a matrix filled by hand in NumPy, against PyTorch's two operations
# and its backward pass
kernel_1d = np.array([1.0, 2.0, 3.0, 4.0])
stride, padding, size = 2, 1, 8
C = np.zeros((conv_size(size, 4, stride, padding), size))
for i in range(len(C)):
    for j in range(size):
        # which kernel entry input j meets when the kernel stands at output i
        tap = j - (i * stride - padding)
        if 0 <= tap < 4:
            C[i, j] = kernel_1d[tap]
print(C.astype(int))

x, y = np.arange(8.0) - 3, np.array([1.0, -1.0, 2.0, 0.5])
# (1, 1, 4)
w = torch.tensor(kernel_1d)[None, None]
# (1, 1, 8)
x_tensor = torch.tensor(x)[None, None].requires_grad_()
forward = F.conv1d(x_tensor, w, stride=2, padding=1)
upward = F.conv_transpose1d(torch.tensor(y)[None, None], w, stride=2, padding=1)
(gradient,) = torch.autograd.grad(forward, x_tensor, torch.tensor(y)[None, None])
assert np.allclose(forward.detach()[0, 0], C @ x)
assert np.allclose(upward[0, 0], C.T @ y)
assert np.allclose(gradient[0, 0], C.T @ y)
print(f"<Cx, y> = {np.dot(C @ x, y):.1f}   <x, C'y> = {np.dot(x, C.T @ y):.1f}")
assert np.dot(C @ x, y) == np.dot(x, C.T @ y)

# %% [markdown]
# Look at the columns of $C^{\mathsf T}$ in the picture: each input *stamps* a copy of the kernel into the output, and where stamps overlap they add up. How many
# stamps reach an output pixel is a matter of counting: output $j$ is reached by the inputs $i$ with
#
# $$0\le j+p-is<k ,\qquad\text{so that}\qquad \text{stamps}(j)=\#\{i:\ 0\le j+p-is<k\}.\tag{5}$$
#
# Away from the borders this number is the same for every $j$ exactly when $s$ divides $k$. With $k=3$, $s=2$ it alternates 1, 2, 1, 2, and in two
# dimensions 1, 2, 4: a **checkerboard**, built into the architecture before anything is learned. A network can learn weights that compensate, but it starts
# out with the pattern and returns to it whenever training pushes hard. DCGAN's $k=4$, $s=2$ keeps the count even. (It does not keep the *weights* even: the
# two interleaved halves of the kernel still paint different pixels, so a faint grid can be learned. You may find it in this lesson's samples. The other cure, upsampling
# first and convolving after, has no such halves.)


# %%
def stamps(kernel, stride, padding, *, inputs, outputs):
    return np.array(
        [
            sum(0 <= j + padding - i * stride < kernel for i in range(inputs))
            for j in range(outputs)
        ]
    )


counts = {}
for kernel in (3, 4):
    # verifies (5): the count, against a transposed convolution of ones with ones
    ones = F.conv_transpose2d(
        torch.ones(1, 1, 12, 12), torch.ones(1, 1, kernel, kernel), stride=2, padding=1
    )[0, 0]
    line = stamps(kernel, 2, 1, inputs=12, outputs=len(ones))
    assert np.array_equal(ones.numpy(), np.outer(line, line))
    counts[kernel] = ones
figures.stamps(C, C.T, counts)

# %% [markdown]
# ## 2 · Look at the data
#
# A generator is never better than what it is shown, so look first. Our faces are painted by a program (`ganlab.data.faces`): a stack of ellipses
# and rounded boxes with random positions and colours. That makes them a good subject for a laboratory. There are as many as we want, nobody's
# likeness is in them, and we *know* the hair, glasses, smile and the rest of every face exactly, so we can measure what one could only guess from photographs.
#
# `DATASET` is the one line to change to train on something else. Everything down to the film strip works on any of them.

# %%
# "mnist", "fashion_mnist", "cifar10", "celeba", or the path of a folder of your own pictures
DATASET = "faces"
SIZE = 32

count = lab.budget(smoke=512, cpu=20_000, gpu=40_000)
if DATASET == "faces":
    pictures = data.faces(count, size=SIZE, seed=1)
elif DATASET in data.names():
    # downloads into datasets/ on first use
    pictures = data.load(DATASET, size=SIZE)
else:
    pictures = data.folder(DATASET, size=SIZE)
images = pictures.images
print(pictures)

# %%
plotting.show_images(
    images[:24], columns=8, title=f"{pictures.name}: only the discriminator ever sees these"
)

# %% [markdown]
# Remember two things: the shape (N, 3, 32, 32), and the range $[-1,1]$. It is the range of $\tanh$, with which the generator will end, and the two
# must agree. Pictures scaled to $[0,1]$ would use half of that range; the generator could also draw values that no picture has, and would first have to unlearn them. Pictures normalised with the
# means and deviations of ImageNet reach beyond 2: the generator could not draw their highlights and shadows at all, and one glance at those would give every fake away.
#
# ## 3 · The smallest version by hand
#
# Before any class, one forward pass with bare tensors, shapes printed. A latent vector is treated as a picture of one pixel with $d$
# channels. The first transposed convolution unfolds it to 4 × 4 and 32 times as many numbers. The next two double the resolution and halve the channels:
# four times the places, half the channels, so the count of numbers doubles and *what* is slowly traded for *where*. The last one keeps only three channels, and their number falls again.

# %%
torch.manual_seed(lab.seed)
# two latent vectors as one-pixel pictures of 64 channels
h = torch.randn(2, 64, 1, 1)
print("z          ", tuple(h.shape))
for wide, narrow, stride, padding in [
    (64, 128, 1, 0),
    (128, 64, 2, 1),
    (64, 32, 2, 1),
    (32, 3, 2, 1),
]:
    # transposed convolutions keep (in, out, k, k): the other way round
    w = torch.randn(wide, narrow, 4, 4) * 0.02
    h = F.conv_transpose2d(h, w, stride=stride, padding=padding)
    if narrow != 3:
        # as batch normalisation does: each channel, over the batch and all places
        h = (h - h.mean((0, 2, 3), keepdim=True)) / h.std((0, 2, 3), keepdim=True)
        h = h.relu()
    print(f"{wide:3d} -> {narrow:3d} ", tuple(h.shape))
h = h.tanh()
print(f"in ({h.min():.2f}, {h.max():.2f}): grey noise, because nothing has been learned yet")

# %% [markdown]
# ## 4 · The real thing
#
# Now with everything the paper asks for. Each guideline has a reason; section 11 removes them one at a time and measures.
#
# | guideline (section 3 of the paper) | why |
# |---|---|
# | strided convolutions instead of pooling, both ways | the network learns its own way of shrinking and growing |
# | batch normalisation in both, *except* the generator's output and the discriminator's input | keeps signals and gradients at one scale through the depth; at the two ends it would wipe out what is to be learned there, the mean and the contrast of the pictures |
# | no hidden fully connected layers | they hold many weights and know nothing of places; $z$ goes straight to the 4 × 4 picture |
# | ReLU in the generator, $\tanh$ at its end | bounded like the data |
# | LeakyReLU(0.2) in the discriminator | lets some gradient through everywhere: the generator lives on what comes back through it |
# | weights from $\mathcal N(0, 0.02^2)$; Adam with learning rate 0.0002, $\beta_1=0.5$ | small start; little momentum in a game that turns (lesson 01). Our networks are narrower and our runs shorter, so this lesson uses 0.0005 for the recipe of 2014 |
#
# The next two cells are the package's own code; a test compares them statement by statement (only comments, docstrings and type hints differ). The initialisation, `init_weights`, is imported, because exercise 2 asks you to write it.


# %%
# @save ganlab.dcgan.networks
class Generator(nn.Module):
    """z -> picture: project to 4 x 4, then double with transposed convolutions."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        # widest first: (128, 64, 32)
        widths = config.widths[::-1]
        # (N, latent_dim, 1, 1) -> (N, 128, 4, 4): with a 1 x 1 input this is one linear layer
        layers = self._block(config.latent_dim, widths[0], stride=1, padding=0)
        for wide, narrow in pairwise(widths):
            # (N, 2c, s, s) -> (N, c, 2s, 2s)
            layers += self._block(wide, narrow, stride=2, padding=1)
        layers += [
            nn.ConvTranspose2d(widths[-1], config.channels, 4, stride=2, padding=1),
            nn.Tanh(),
        ]
        self.layers = nn.Sequential(*layers)
        self.apply(init_weights)

    def _block(self, inputs, outputs, stride, padding):
        # Batch normalisation subtracts the mean, so a bias before it would have no effect.
        conv = nn.ConvTranspose2d(
            inputs, outputs, 4, stride, padding, bias=not self.config.batch_norm
        )
        norm = [nn.BatchNorm2d(outputs)] if self.config.batch_norm else []
        return [conv, *norm, nn.ReLU()]

    def forward(self, z):
        """Map z (N, latent_dim), drawn from N(0, 1), to pictures (N, C, S, S) in [-1, 1]."""
        if z.dim() != 2 or z.shape[1] != self.config.latent_dim:
            raise ValueError(
                f"Generator: expected z of shape (N, {self.config.latent_dim}), "
                f"got {tuple(z.shape)}"
            )
        return self.layers(z[:, :, None, None])


# %%
# @save ganlab.dcgan.networks
class Discriminator(nn.Module):
    """Picture -> one logit: halve with strided convolutions down to 4 x 4, then score."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        # narrowest first: (32, 64, 128)
        widths = config.widths
        # No batch normalisation on the first layer: with it, the paper found, training oscillates.
        layers: list[nn.Module] = [
            nn.Conv2d(config.channels, widths[0], 4, 2, 1),
            nn.LeakyReLU(0.2),
        ]
        for narrow, wide in pairwise(widths):
            conv = nn.Conv2d(narrow, wide, 4, stride=2, padding=1, bias=not config.batch_norm)
            norm = [nn.BatchNorm2d(wide)] if config.batch_norm else []
            # (N, c, 2s, 2s) -> (N, 2c, s, s)
            layers += [conv, *norm, nn.LeakyReLU(0.2)]
        # (N, 128, 4, 4) -> (N, 1, 1, 1)
        layers.append(nn.Conv2d(widths[-1], 1, 4))
        self.layers = nn.Sequential(*layers)
        self.apply(init_weights)

    def forward(self, pictures):
        """Score pictures (N, C, S, S) in [-1, 1] by logits (N,): positive is "looks real"."""
        expected = (self.config.channels, self.config.size, self.config.size)
        if pictures.dim() != 4 or tuple(pictures.shape[1:]) != expected:
            raise ValueError(
                f"Discriminator: expected pictures of shape (N, {', '.join(map(str, expected))}), "
                f"got {tuple(pictures.shape)}"
            )
        return self.layers(pictures).flatten()


# %%
config = DCGANConfig(size=SIZE, channels=images.shape[1])
generator, discriminator = Generator(config), Discriminator(config)
z = torch.randn(4, config.latent_dim)
fake = generator(z)
print(
    f"generator      {parameter_count(generator):8,} parameters   "
    f"{tuple(z.shape)} -> {tuple(fake.shape)}"
)
print(
    f"discriminator  {parameter_count(discriminator):8,} parameters   "
    f"{tuple(fake.shape)} -> {tuple(discriminator(fake).shape)}"
)

# %% [markdown]
# ### Why the start is where it is
#
# A convolution's output is a sum of $n$ products, $y=\sum_{j=1}^n w_jx_j$. If the weights are independent of the inputs and have mean zero, the cross terms average
# out and the variances add:
#
# $$\operatorname{Var}[y]=n\,\operatorname{Var}[w]\;\mathbb{E}[x^2].\tag{6}$$
#
# For the discriminator's second layer $n=4\cdot4\cdot32=512$, so one convolution with $\operatorname{Var}[w]=0.02^2$ multiplies the signal's root mean square by $\sqrt{512}\cdot0.02\approx0.45$.
# LeakyReLU takes nearly half of the square away again. A few such layers in a row, and the signal and the gradient that should reach the first layer have all but
# disappeared. How fast depends on the width: in the paper's networks, with $n=4096$ and more, the same 0.02 gives 1.28 and the signal *grows*. Batch normalisation makes the question go away: it divides every channel by its own
# standard deviation, so the factors cancel, whatever they are.
#
# After dividing, batch normalisation multiplies by a learned weight $\gamma$, which should start near **one**. Widely copied code draws *all* weights from
# $\mathcal N(0,0.02^2)$, $\gamma$ included. How much harm does that do?
#
# Every layer's signal is then multiplied by about 0.02; but the *next* batch
# normalisation divides by the standard deviation it finds, and takes the factor out again. Only the last $\gamma$ of a chain has no normalisation behind it to repair the damage. In the discriminator that
# is the one before the final score, so all of its earlier layers start with a gradient about fifty times too small. In the generator
# it is the one before the picture, which comes out nearly uniform. The second half of the cell measures the first of these.

# %%
# verifies (6): one layer of the discriminator on standard normal input, and its LeakyReLU
torch.manual_seed(lab.seed)
conv = nn.Conv2d(32, 64, 4, stride=2, padding=1, bias=False)
init_weights(conv)
x = torch.randn(64, 32, 16, 16)
# without the border, where padding makes n smaller
inside = conv(x)[:, :, 1:-1, 1:-1]
predicted, measured = 4 * 4 * 32 * 0.02**2 * x.square().mean().item(), inside.var().item()
print(f"Var[y]: by (6) {predicted:.4f}, measured {measured:.4f}")
assert abs(measured / predicted - 1) < 0.05


def first_layer_gradient(gamma_mean):
    torch.manual_seed(lab.seed)
    fake, discriminator = (
        torch.tanh(torch.randn(32, *images.shape[1:])),
        Discriminator(config),
    )
    for module in discriminator.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, gamma_mean, 0.02)
    real_logits, fake_logits = discriminator(images[:32]), discriminator(fake)
    discriminator_loss(real_logits=real_logits, fake_logits=fake_logits).backward()
    return discriminator.layers[0].weight.grad.norm().item()


right, wrong = first_layer_gradient(1.0), first_layer_gradient(0.0)
print(
    f"gradient at the discriminator's first layer: {right:.3f} with gamma around 1, "
    f"{wrong:.3f} around 0, which is {right / wrong:.0f} times smaller"
)
assert right / wrong > 10

# %% [markdown]
# ## 5 · The loop
#
# First the loop as it has been written since 2014, with the losses of lesson 01. Two steps, taken in turn. They are the package's own, and worth reading slowly: in most home-made GANs that do not train,
# one of these lines is wrong.
#
# - **`fake.detach()`** in the discriminator's step: its loss must not reach the generator, which would be taught to make itself easy to catch.
# - **The fakes are scored again** for the generator's step. The discriminator has just changed; the old logits belong to a network that no longer exists,
#   and their graph runs through weights that have been overwritten.
# - **The same `fake` serves both.** One forward pass of the generator, not two. This costs nothing in quality and a good part of the time.
# - **`requires_grad_(False)`** while the generator learns. The gradient must flow *through* the discriminator, to the pixels, but not *into* its weights.
#   The gradients of its weights, which nobody would use, are then never computed.
# - **The R1 penalty**, the cure of lesson 01 section 8, is optional here. Where it is used, it is computed only every few steps and then weighs as many times more: most
#   of its effect for a fraction of its cost ("lazy regularisation", from StyleGAN2).


# %%
# @save ganlab.training.steps
def discriminator_step(
    discriminator, optimizer, *, real, fake, r1_weight=0.0, autocast=nullcontext
):
    """Teach the discriminator to tell `real` from `fake` (N, C, H, W); return its loss."""
    # a generator step that was interrupted leaves it frozen
    discriminator.requires_grad_(True)
    with autocast():
        real_logits = discriminator(real)
        # detach: this step must not reach the generator
        fake_logits = discriminator(fake.detach())
    loss = discriminator_loss(real_logits=real_logits.float(), fake_logits=fake_logits.float())
    total = loss
    if r1_weight:
        real = real.detach().requires_grad_()
        total = loss + r1_weight * r1_penalty(real_logits=discriminator(real), real=real)
    optimizer.zero_grad()
    total.backward()
    optimizer.step()
    return loss.detach()


def generator_step(discriminator, optimizer, *, fake, autocast=nullcontext):
    """Teach the generator that drew `fake` (N, C, H, W) to fool the discriminator."""
    # its weights are only passed through: their gradients would be wasted
    discriminator.requires_grad_(False)
    with autocast():
        # scored again: the discriminator has changed since its own step
        fake_logits = discriminator(fake)
    loss = generator_loss(fake_logits=fake_logits.float())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    discriminator.requires_grad_(True)
    return loss.detach()


# %% [markdown]
# And the loop around them: draw real pictures, draw latent vectors, two steps, repeat. Nothing is hidden. A hundred steps are enough to see the first
# thing every face generator learns.
#
# > **Predict before you run.** What will the samples have first: the colours, the oval of a head, or eyes? Think of what a
# > discriminator notices first. The text below the next figure has the answer.


# %%
def draw_fakes(generator, count):
    # bfloat16 where this machine is built for it
    with lab.autocast():
        return generator(torch.randn(count, generator.config.latent_dim).to(lab.device))


def train_plainly(
    generator,
    discriminator,
    images,
    steps,
    *,
    lr_g=5e-4,
    lr_d=5e-4,
    d_steps=1,
    g_steps=1,
    batch_size=32,
    beta1=0.5,
    seed=lab.seed,
):
    torch.manual_seed(seed)
    generator, discriminator = (
        generator.to(lab.device).train(),
        discriminator.to(lab.device).train(),
    )
    adam_g = torch.optim.Adam(generator.parameters(), lr=lr_g, betas=(beta1, 0.999))
    adam_d = torch.optim.Adam(discriminator.parameters(), lr=lr_d, betas=(beta1, 0.999))
    losses_d, losses_g = [], []
    for _ in range(steps):
        for _ in range(d_steps):
            real = images[torch.randint(len(images), (batch_size,))].to(lab.device)
            fake = draw_fakes(generator, batch_size)
            losses_d.append(
                discriminator_step(
                    discriminator, adam_d, real=real, fake=fake, autocast=lab.autocast
                )
            )
        for turn in range(g_steps):
            if turn > 0:
                fake = draw_fakes(generator, batch_size)
            losses_g.append(
                generator_step(discriminator, adam_g, fake=fake, autocast=lab.autocast)
            )
    return torch.stack(losses_d).cpu(), torch.stack(losses_g).cpu()


torch.manual_seed(lab.seed)
generator, discriminator = Generator(config), Discriminator(config)
fixed_z = torch.randn(8, config.latent_dim, generator=lab.generator(1))
rows, done = {}, 0
for more in (0, 25, 75):
    if more:
        steps = lab.budget(smoke=2, cpu=more, gpu=more)
        losses_d, losses_g = train_plainly(generator, discriminator, images, steps)
        done += steps
    with torch.no_grad():
        rows[f"{done} steps"] = generator(fixed_z.to(lab.device)).cpu()
plotting.compare_rows(rows, title="The first steps, on fixed latent vectors")

# %% [markdown]
# Colours come first, and a blob in the middle: a discriminator finds wrong colours with its first filters, and an eye is a few pixels among a thousand. A clean oval and eyes need
# more than a hundred steps.
#
# ## 6 · What changed by 2024
#
# The loop above is a game that can fail, and for ten years people kept it going with tricks. In 2024 Huang, Gokaslan, Kuleshov and Tompkin asked which tricks are still needed once the loss is
# right, and published a plain baseline, **R3GAN**. Four of its changes fit our small networks. Before we take them over we want to measure what they are worth, and for that we need a ruler.
#
# ### A distance between crowds
#
# We cannot compare pictures pair by pair: a new face has no partner. So describe each picture by some features, fit a Gaussian to each crowd of features, and compare the two Gaussians. The **Fréchet distance**
# between $\mathcal N(\mu_a,C_a)$ and $\mathcal N(\mu_b,C_b)$ is the smallest mean squared distance over which one crowd can be moved onto the other:
#
# $$d^2=\lVert\mu_a-\mu_b\rVert^2+\operatorname{tr}\big(C_a+C_b-2\,(C_aC_b)^{1/2}\big).\tag{7}$$
#
# The first term asks whether the averages agree, the second whether the crowds spread alike in every direction. With the features of a network trained on ImageNet it is the famous FID; ours come from the course's own
# small classifier of faces, so our numbers can only be compared with one another, at the same number of pictures.

# %% tags=["nbval-check-output"]
# verifies (7) by moving the crowd: along a line the cheapest move keeps the order, so sort both
a = 3 + 2.0 * torch.randn(200_000, generator=lab.generator(11))
b = 1 + 0.5 * torch.randn(200_000, generator=lab.generator(12))
moved = (a.sort().values - b.sort().values).square().mean().item()
formula = frechet_distance(a[:, None], b[:, None])
print(
    f"mean squared distance moved {moved:.2f}, formula {formula:.2f}, by hand {(3 - 1) ** 2 + (2 - 0.5) ** 2:.2f}"
)
assert abs(moved / formula - 1) < 0.01

# %% [markdown]
# ### Pairs
#
# In 2014 every logit is compared with zero. The **relativistic** loss (Jolicoeur-Martineau 2018) compares each fake with a real picture instead, and only the difference of the two logits counts:
#
# $$L_D=\mathbb E\log\big(1+e^{-(f(x)-f(G(z)))}\big),\qquad L_G=\mathbb E\log\big(1+e^{-(f(G(z))-f(x))}\big).\tag{8}$$
#
# Add a constant to all logits and nothing changes: a fake is never good or bad by itself, only better or worse than a real picture. The authors of R3GAN expect fewer lost modes from this. With a threshold, their argument goes, $D$ may put
# all fakes on one side of one boundary, and $G$ may answer with a single picture that lies across it. With pairs, a fake has to stand beside *every* real picture, so $D$ keeps a slope near each of them. We repeat this as their claim; the table
# at the end of this section does not test it.
#
# ### Two penalties, and why batch normalisation has to go
#
# Pairs alone do not make the game converge. R3GAN adds R1 of lesson 01 and its twin, R2, at the fakes:
#
# $$R_1=\tfrac12\,\mathbb E\lVert\nabla_xf(x)\rVert^2,\qquad R_2=\tfrac12\,\mathbb E\lVert\nabla f(G(z))\rVert^2.\tag{9}$$
#
# Both pull the slope towards zero: where fakes and data agree, nothing should push. R1 flattens $f$ where the data are, R2 where the generator's pictures are, which at first is somewhere else.
#
# Equation (9) speaks of *the* logit of *one* picture. In a discriminator with batch normalisation there is no such thing: each logit depends on every picture in the batch. So batch normalisation leaves $D$. Weights from $\mathcal N(0,0.02^2)$ would then let
# signals fade, as (6) says, and `init_kaiming` gives every layer the spread that keeps them at one size.
#
# ### No momentum, and one pass for both
#
# Adam's $\beta_1$ becomes 0: lesson 01 showed what momentum does in a game that turns. The learning rates are higher.
#
# There is also a saving. Write $t=f(G(z))-f(x)$ for one pair and $s$ for the sigmoid. Differentiate (8) by the fake's logit:
#
# $$\frac{\partial L_D}{\partial f(G(z))}=s(t),\qquad\frac{\partial L_G}{\partial f(G(z))}=-s(-t)=-e^{-t}\,s(t).\tag{10}$$
#
# The two differ by a *number* for each pair. So the gradient that arrives at a fake during the discriminator's own backward pass, times $-e^{-t}$, is the generator's gradient, and the second pass through $D$ is not needed. `pairing_step` does that.
# There is a price: both players now move at once, against the opponent of a moment ago, where section 5 let $G$ answer the newest $D$.

# %% tags=["nbval-check-output"]
# verifies (8): binary cross entropy of the difference, and a common offset
r, f = torch.randn(2, 1000, generator=lab.generator(13))
loss = relativistic_discriminator_loss(real_logits=r, fake_logits=f)
entropy = F.binary_cross_entropy_with_logits(r - f, torch.ones(1000))
offset = relativistic_discriminator_loss(real_logits=r + 5, fake_logits=f + 5)
print(f"(8): {loss:.4f}, as cross entropy {entropy:.4f}, all logits raised by 5 {offset:.4f}")
assert abs(loss - entropy) < 1e-5
assert abs(loss - offset) < 1e-5

# verifies (9): slopes by finite differences, a pixel at a time, in a tiny discriminator
torch.manual_seed(lab.seed)
miniature = DCGANConfig(size=8, channels=1, base_channels=4, batch_norm=False)
judge = Discriminator(miniature).apply(init_kaiming).double()
shown = torch.randn(3, 1, 8, 8, dtype=torch.float64).requires_grad_()
penalty = r1_penalty(real_logits=judge(shown), real=shown).item()
with torch.no_grad():
    nudge = 1e-4 * torch.eye(64, dtype=torch.float64).reshape(64, 1, 8, 8)
    slopes = torch.stack([(judge(x + nudge) - judge(x - nudge)) / 2e-4 for x in shown])
    by_hand = slopes.square().sum(dim=1).mean().item() / 2
print(f"(9): R1 {penalty:.6f}, by finite differences {by_hand:.6f}")
assert abs(penalty / by_hand - 1) < 1e-5

# with batch normalisation one picture's logit changes when another picture does
normed = Discriminator(replace(miniature, size=16, batch_norm=True))
batch = torch.randn(4, 1, 16, 16)
other = torch.cat([batch[:1], torch.randn(3, 1, 16, 16)])
for name, network in (
    ("without", Discriminator(replace(miniature, size=16))),
    ("with", normed),
):
    with torch.no_grad():
        same = torch.allclose(network(batch)[0], network(other)[0], atol=1e-5)
    print(f"{name} batch normalisation the first logit {'stays' if same else 'changes'}")

# %%
# verifies (10): the generator's gradient through a pass of its own, and from pairing_step
torch.manual_seed(lab.seed)
plain = replace(config, batch_norm=False)
generator, judge = Generator(config), Discriminator(plain).apply(init_kaiming)
# their step size is 0: we want the gradients, not the step
still_g, still_d = (
    torch.optim.SGD(network.parameters(), lr=0.0) for network in (generator, judge)
)
real, z = images[:16], torch.randn(16, config.latent_dim)
own_pass = relativistic_generator_loss(
    real_logits=judge(real), fake_logits=judge(generator(z))
)
wanted = torch.autograd.grad(own_pass, list(generator.parameters()))
pairing_step(judge, still_d, still_g, real=real, fake=generator(z))
apart = max(
    float((p.grad - want).norm() / want.norm())
    for p, want in zip(generator.parameters(), wanted, strict=True)
)
print(f"largest relative difference between the two gradients: {apart:.1e}")
assert apart < 1e-3

# %% [markdown]
# ### What is it worth? Two by two
#
# Changing everything at once teaches little, so the cell crosses two factors: the *loss* (each fake against zero, or in pairs) and *all the rest* (the settings of section 5 without a penalty; or R1 and R2, no batch normalisation in $D$,
# no momentum, higher rates). Four recipes, three seeds each, the same number of generator steps. The step is written out with everything optional, and in turn, as in section 5.
#
# > **Predict before you run.** Which of the two factors will matter more in so short a run?


# %%
class Recipe(GANTask):
    """A recipe by hand: fakes in pairs with real pictures or each alone, and two penalties."""

    pairs = True

    def losses(self, real_logits, fake_logits):
        logits = dict(real_logits=real_logits.float(), fake_logits=fake_logits.float())
        if self.pairs:
            return relativistic_discriminator_loss(**logits), relativistic_generator_loss(
                **logits
            )
        return discriminator_loss(**logits), generator_loss(fake_logits=logits["fake_logits"])

    def step(self, real):
        config, judge, autocast = self.config, self.discriminator, self.lab.autocast
        fake = self.draw(real)
        # detached: the discriminator's step must not reach the generator
        real, seen = real.to(fake.dtype).requires_grad_(), fake.detach().requires_grad_()
        with autocast():
            real_logits, fake_logits = judge(real), judge(seen)
        loss_d, _ = self.losses(real_logits, fake_logits)
        total = loss_d
        # lazily: every few steps, with as many times the weight
        if config.r1_weight and self.steps_done % config.r1_every == 0:
            r1 = r1_penalty(real_logits=real_logits, real=real)
            r2 = r2_penalty(fake_logits=fake_logits, fake=seen)
            total = loss_d + config.r1_every * config.r1_weight * (r1 + r2)
        self.optimizer_d.zero_grad()
        total.backward()
        self.optimizer_d.step()

        judge.requires_grad_(False)
        with autocast():
            _, loss_g = self.losses(judge(real.detach()), judge(fake))
        self.optimizer_g.zero_grad()
        loss_g.backward()
        self.optimizer_g.step()
        judge.requires_grad_(True)
        self.settle()
        return {"loss_d": loss_d.detach(), "loss_g": loss_g.detach()}


# the ruler: faces that no run has seen; on other data, thumbnails of 4 x 4
def described(drawn):
    return (
        face_features(drawn)
        if DATASET == "faces"
        else F.adaptive_avg_pool2d(drawn, 4).flatten(1)
    )


count = lab.budget(smoke=80, cpu=1000, gpu=5000)
unseen = (
    data.faces(count, size=SIZE, seed=900_001).images if DATASET == "faces" else images[:count]
)
ruler = described(unseen)

# name -> (in pairs, all the rest of 2024)
recipes = {
    "2014": (False, False),
    "2014, but in pairs": (True, False),
    "2024, but each alone": (False, True),
    "2024": (True, True),
}
steps, seeds = lab.budget(smoke=2, cpu=300, gpu=1500), range(lab.budget(smoke=1, cpu=3, gpu=3))
short_faces = {}
for name, (pairs, modern) in recipes.items():
    found = []
    for seed in seeds:
        torch.manual_seed(seed)
        judge = Discriminator(plain).apply(init_kaiming) if modern else Discriminator(config)
        settings = PAIRING if modern else TrainingConfig(r1_weight=0.0)
        task = Recipe(Generator(config), judge, settings, lab)
        task.pairs = pairs
        fit(
            task,
            images,
            steps=steps,
            lab=lab,
            seed=seed,
            progress=False,
            live=False,
            preview_every=0,
        )
        drawn = scores.sample_pictures(task.ema, count)
        found.append(frechet_distance(ruler, described(drawn)))
    short_faces[name] = drawn[:8]
    print(
        f"{name:22s} distance, mean {np.mean(found):7.1f}   seeds from {min(found):7.1f} to {max(found):7.1f}"
    )

# %%
plotting.compare_rows(short_faces, title="The four recipes, last seed")

# %% [markdown]
# Read the table with its spread. A difference is worth talking about only where the ranges of two recipes do not overlap; three seeds cannot show more, and one face data set does not show it for another. In our runs *all the rest* mattered far more than the pairs, and
# whether the pairs help at all three seeds could not tell. A short run says little about where a long one ends, though: the paper's
# own case for its recipe rests on long runs of large networks.
#
# ## 7 · The real training
#
# `fit` is the same loop with what a longer run wants around it: a progress bar, a live figure and a stop button; learning rates that fall in the second half;
# arithmetic in bfloat16 where the processor is built for it; and an **exponential moving average** of the generator's weights,
# $\bar\theta\leftarrow\beta\bar\theta+(1-\beta)\theta$. The two players circle each other (lesson 01), and an average over a circle lies nearer to its centre. Pictures are drawn from the average;
# section 8 measures whether that helps.
#
# `PairingTask` is the recipe of section 6 with the saving of (10). It takes a few minutes on two CPU cores. Interrupt it whenever you like (the stop button, or ■ in the toolbar): everything stays usable.

# %%
steps = lab.budget(smoke=20, cpu=7500, gpu=20_000)

torch.manual_seed(lab.seed)
judge = Discriminator(plain).apply(init_kaiming)
task = PairingTask(Generator(config), judge, PAIRING, lab)
history = fit(task, images, steps=steps, lab=lab)
history

# %% [markdown]
# The film strip shows the *same* latent vectors at evenly spaced moments. Read it column by column, downwards, and ask: when does a column last change its hair, its background, its glasses? Some columns settle early; others still
# become another person late in the run. The very first picture is left out. The average draws with batch normalisation's *running* statistics, and before the first step these are not yet those of the untrained network, so it
# would be flat grey. (Section 5 drew its "0 steps" in training mode, with the statistics of the batch.)

# %%
plotting.film_strip(
    history.frames[2::2],
    count=8,
    title="The same latent vectors while the generator learns",
)

# %%
plotting.plot_history(history, title="Losses of the main training")

# %% [markdown]
# ### How (not) to read the losses
#
# There are landmarks. Where the discriminator cannot tell at all, all logits are equal, and
#
# $$\text{2014: }L_D=2\log2\approx1.386,\ L_G=\log2\approx0.693;\qquad\text{in pairs: }L_D=L_G=\log2\approx0.693 .\tag{11}$$
#
# (For 2014 they have to be equal to zero.) Where $D$ tells perfectly, $L_D\to0$ and $L_G$ grows without limit. A healthy run of a picture GAN lies in between, on the discriminator's side.
#
# **A falling curve does not mean better pictures, nor a flat one that nothing is learned**: each player's loss depends on
# how good the other has become, and both can move merely because the learning rates fall in the second half. They are a thermometer, not a score. Watch for three signs of illness: $L_D$ glued to zero,
# both losses at (11) while samples are poor (the discriminator has given up), or sudden spikes.

# %% tags=["nbval-check-output"]
# verifies (11): the losses of a discriminator that gives every picture the same logit
same = torch.zeros(8)
alone = (
    discriminator_loss(real_logits=same, fake_logits=same),
    generator_loss(fake_logits=same),
)
print(f"2014      L_D = {alone[0]:.4f} (log 4 = {math.log(4):.4f})   L_G = {alone[1]:.4f}")
logits = dict(real_logits=same + 3, fake_logits=same + 3)
pair = relativistic_discriminator_loss(**logits), relativistic_generator_loss(**logits)
print(f"in pairs  L_D = {pair[0]:.4f} (log 2 = {math.log(2):.4f})   L_G = {pair[1]:.4f}")
assert abs(alone[0] - math.log(4)) < 1e-6
assert max(abs(loss - math.log(2)) for loss in pair) < 1e-6

# %% [markdown]
# ## 8 · How good is it?
#
# Three questions need three measures. *Do the samples look like the data?* The distance (7), between features of generated faces and of faces that no training has seen. Like every such estimate it is not
# zero even for perfect samples; the *floor*, real faces against other real faces, says what zero looks like. *Do they show everything?* Count the
# **modes**: hair colour × hair style × background × glasses make 360 kinds of face. *Are they new?* That comes in section 10.

# %%
count = lab.budget(smoke=100, cpu=5000, gpu=5000)
if DATASET == "faces":
    ours = scores.evaluate_faces(task.ema, size=SIZE, count=count)
    print("trained:  ", ours)
    ruler = face_features(data.faces(count, size=SIZE, seed=900_001).images)

    def distance_of(generator, seed=0):
        drawn = scores.sample_pictures(generator, count, seed=seed)
        return frechet_distance(ruler, face_features(drawn))

    print(f"untrained: {distance_of(Generator(config).to(lab.device)):.1f}")
    print(f"distance over floor: {ours.face_distance / ours.floor:.0f} times")
    # the average against the generator that was trained, on two sets of latent vectors
    for seed in (0, 1):
        average, last = distance_of(task.ema, seed), distance_of(task.generator, seed)
        print(
            f"latent vectors {seed}: the average {average:.1f}, the last generator {last:.1f}"
        )

# %% [markdown]
# The number is a squared distance in features, so read it against its ends: far below the untrained network, and still many times the floor. A careful discriminator would have no trouble with our samples, although most kinds of face
# are there. The last lines compare the moving average with the generator itself. Be strict with
# it: if the two differ by less than one set of latent vectors differs from the other, this run does not show that averaging helps. Its strongest case is the middle of a run, when the steps are still long: interrupt one and measure again.

# %%
samples = scores.sample_pictures(task.ema, 16, seed=3)
plotting.compare_rows(
    {"real": images[-8:], "yours": samples[:8], "more": samples[8:]},
    title="Real faces, and faces that do not exist",
)

# %% [markdown]
# ## 9 · Further: walking through the latent space
#
# For the walks we take a bigger sibling of your network, trained for longer at 64 × 64, which comes with the course:
# `python -m tools.weights dcgan-faces64` would make it again from nothing. Replace it by `task.ema` to walk through your own.
#
# ### The shell
#
# Where do latent vectors live? Each has $d$ independent coordinates from $\mathcal N(0,1)$, so $\lVert z\rVert^2$ is a sum of $d$ squares with mean 1 and variance 2 each:
#
# $$\mathbb{E}\lVert z\rVert^2=d,\qquad\operatorname{Var}\lVert z\rVert^2=2d,\qquad\text{hence}\qquad\lVert z\rVert\approx\sqrt d\pm\tfrac1{\sqrt2}.\tag{12}$$
#
# The spread does not grow with $d$. In 64 dimensions all latent vectors lie in a thin shell of radius 8; the origin, where the density is *highest*, is a place no sample ever visits,
# because there is so little room. Two independent vectors are nearly perpendicular, so the midpoint of the straight line between them has length
# $\sqrt{d/2}$: it is deep inside, where the generator was never trained. Interpolate along the sphere instead. With $\theta$ the angle between $a$ and $b$,
#
# $$\operatorname{slerp}(a,b;t)=\frac{\sin((1-t)\theta)}{\sin\theta}\,a+\frac{\sin(t\theta)}{\sin\theta}\,b .\tag{13}$$

# %%
explorer = ganlab.load_pretrained("dcgan-faces64", device=lab.device)
d = explorer.config.latent_dim
a, b = torch.randn(2, 20_000, d, generator=lab.generator(2))

# verifies (12): the norms of many latent vectors, and of midpoints
# verifies (13): slerp stays on the shell
norms = a.norm(dim=1)
straight, curved = latent.lerp(a, b, 0.5).norm(dim=1), latent.slerp(a, b, 0.5).norm(dim=1)
print(
    f"mean of |z|^2 {norms.square().mean():.1f} (d = {d}), "
    f"variance {norms.square().var():.0f} (2d = {2 * d}), spread of |z| {norms.std():.3f} (0.707)"
)
print(
    f"midpoints: lerp {straight.mean():.2f} (sqrt(d/2) = {math.sqrt(d / 2):.2f}), "
    f"slerp {curved.mean():.2f} (sqrt(d) = {math.sqrt(d):.2f})"
)
assert abs(norms.square().mean() / d - 1) < 0.01
assert abs(straight.mean() / math.sqrt(d / 2) - 1) < 0.02
assert abs(curved.mean() / math.sqrt(d) - 1) < 0.02

plotting.histograms(
    {"samples": norms, "lerp midpoints": straight, "slerp midpoints": curved},
    bins=80,
    density=True,
    xlabel=r"$\|z\|$",
    ylabel="density",
    title="Latent vectors live on a shell; the straight way leaves it",
    xlim=(0, 11),
)


# %%
@torch.no_grad()
def draw(z):
    return explorer(z.to(lab.device)).cpu()


start, end = torch.randn(2, d, generator=lab.generator(5))
ts = torch.linspace(0, 1, 9)
plotting.compare_rows(
    {
        "slerp": draw(
            torch.stack([latent.slerp(start[None], end[None], float(t))[0] for t in ts])
        ),
        "lerp": draw(
            torch.stack([latent.lerp(start[None], end[None], float(t))[0] for t in ts])
        ),
    },
    title="From one face to another: around the shell, and straight through",
)

# %% [markdown]
# Every stage of the upper row is a face. That is a first, weak piece of evidence against memorisation: a network that only returned stored faces would jump from one to the next.
#
# And the lower row? By eye there is little between them, and one pair of faces proves nothing either way. So measure. We draw midpoints of many pairs, by both rules, and take the face
# distance (7) of each crowd, beside that of ordinary samples and of latent vectors shortened even further.

# %%
count = lab.budget(smoke=150, cpu=1500, gpu=5000)
a, b = torch.randn(2, count, d, generator=lab.generator(2))
real_features = face_features(data.faces(count, size=64, seed=900_001).images)
crowds = {
    "samples": a,
    "slerp midpoints": latent.slerp(a, b, 0.5),
    "lerp midpoints": latent.lerp(a, b, 0.5),
    "z halved": a / 2,
    "z divided by 10": a / 10,
}
for name, latents in crowds.items():
    drawn = torch.cat([draw(part) for part in latents.split(250)])
    distance = frechet_distance(real_features, face_features(drawn))
    variety = drawn.std(dim=0).mean()
    print(f"{name:16s} face distance {distance:7.1f}   pixel variety {variety:.3f}")

# %% [markdown]
# Slerp midpoints are as good as samples. Lerp midpoints are measurably worse and less varied, though each one still passes for a face; and the farther a vector lies from its shell, the more its picture resembles everybody's
# average. So the shell is real, and the harm at a midpoint is moderate: go around it, but do not expect a disaster from every straight line.
#
# ### Directions with a meaning
#
# Suppose that whether a face wears glasses is decided, at least roughly, by which side of a plane its $z$ lies on: $w\cdot z>c$. How would we find $w$? Sample many $z$, draw their faces, let
# the classifier say which have glasses, and subtract the means:
#
# $$v\;\propto\;\mathbb{E}[z\mid\text{glasses}]-\mathbb{E}[z\mid\text{none}].\tag{14}$$
#
# For Gaussian $z$ this is exact. Split $z$ into its component along $w$ and the part perpendicular to it. The two are independent, the label depends on the
# first alone, so the second has mean zero under either label, and the difference of the means points along $w$. The cell first verifies (14) on an invented rule with a known $w$,
# then asks the face generator.

# %%
# verifies (14): a rule whose direction we know; the recovered one must be parallel
torch.manual_seed(lab.seed)
w = F.normalize(torch.randn(d), dim=0)
invented = torch.randn(50_000, d)
found = latent.attribute_direction(invented, invented @ w > 0.3)
print(f"cosine between the true and the recovered direction: {float(found @ w):.4f}")
assert found @ w > 0.99

# the generator's own: sample, draw, classify, subtract
count = lab.budget(smoke=400, cpu=4000, gpu=20_000)
z = torch.randn(count, d, generator=lab.generator(6))
attributes = predict_attributes(torch.cat([draw(part) for part in z.split(250)]))
wanted = {
    "glasses": attributes["glasses"] == 1,
    "dark glasses": attributes["shade"] == 1,
    "smile": attributes["smile"] == 1,
    "beard": attributes["beard"] == 1,
    "hat": attributes["hat"] == 1,
    "long hair": attributes["style"] == 2,
    "dark skin": attributes["skin"] >= 3,
}
directions = {
    name: latent.attribute_direction(z, has)
    for name, has in wanted.items()
    if 0 < has.sum() < len(has)
}
print(
    "share of faces:",
    {name: f"{float(has.float().mean()):.0%}" for name, has in wanted.items()},
)


# %%
def move(z, direction, amount):
    """Go along a direction, then back to the shell."""
    return F.normalize(z + amount * direction, dim=-1) * math.sqrt(d)


amounts = torch.linspace(-5, 5, 9)
person = torch.randn(d, generator=lab.generator(8))
plotting.compare_rows(
    {
        name: draw(torch.stack([move(person, v, float(t)) for t in amounts]))
        for name, v in directions.items()
    },
    title="One face, moved from -5 to +5 along directions found with (14)",
)

# %% [markdown]
# Do the directions do what their names say? A measurement is better than nine friendly pictures. We take fresh faces, with glasses and without as they come, move all of them by the same amount, and let the classifier
# count. And because nothing forces the directions to be independent, we also count what else changes: that is called **entanglement**, and it is
# the rule, not the exception. In our data hair and glasses are independent; in the generator they need not be.

# %%
fresh = torch.randn(lab.budget(smoke=100, cpu=600, gpu=2000), d, generator=lab.generator(9))
before = predict_attributes(draw(fresh))
print("share of faces after moving by +4 along ...   (in brackets: before)")
spill = {}
columns = {
    "glasses": ("glasses", 1),
    "smile": ("smile", 1),
    "beard": ("beard", 1),
    "hat": ("hat", 1),
    "long hair": ("style", 2),
    # three of six tones, the shares added
    "dark skin": ("skin", (3, 4, 5)),
}


def shares(found):
    return {
        name: float(torch.isin(found[key], torch.as_tensor(k)).float().mean())
        for name, (key, k) in columns.items()
    }


print(f"{'':14s}" + "".join(f"{name:>16s}" for name in columns))
for name, v in directions.items():
    after = predict_attributes(draw(move(fresh, v, 4.0)))
    now = shares(after)
    spill[name] = {key: now[key] - shares(before)[key] for key in now}
    cells = [f"{now[key]:7.0%} ({shares(before)[key]:4.0%})" for key in now]
    print(f"{name:14s}" + "".join(f"{cell:>16s}" for cell in cells))

# the largest change that nobody asked for, direction by direction
for name, changes in spill.items():
    # dark glasses are glasses
    own = {"dark glasses": "glasses"}.get(name, name)
    worst = max((key for key in changes if key != own), key=lambda key: abs(changes[key]))
    print(f"{name:14s} also moves {worst:10s} by {changes[worst]:+.0%}")

# %% [markdown]
# Each direction does what its name says, and something else as well. Read the last lines with care: in the data these attributes were drawn *independently*, so every one of those side effects was made by the generator. Whoever sells this
# as a "smile slider" sells a beard with it; whoever moves "dark skin" changes how often a face wears glasses. Suppose somebody tests a face recogniser by making faces "the same but darker" with such a slider. They would measure the effect of glasses and call it
# an effect of skin.
#
# So measure a direction's side effects before you use it, and remove them if you can (subtract from it its part along the other direction, and count again). The classifier that counts is a network, too, and has its own errors: a direction found with its help inherits them.

# %% [markdown]
# ### Arithmetic
#
# The paper's most famous figure adds and subtracts faces like vectors: *with glasses* − *without* + *somebody else without* = *somebody else with*. A single
# $z$ carries a hundred accidents (the colour of the wall, the tilt of the head), so average over several faces of each kind first; the accidents cancel and
# what the kinds have in common remains. An average is short, like every average of nearly perpendicular vectors, so bring it back to the shell.


# %%
def typical(**wanted_classes):
    """Mean latent vector of the faces in these classes, back on the shell."""
    chosen = torch.ones(len(z), dtype=torch.bool)
    for key, k in wanted_classes.items():
        chosen &= attributes[key] == k
    chosen = chosen if chosen.any() else torch.ones_like(chosen)
    return F.normalize(z[chosen].mean(dim=0), dim=0) * math.sqrt(d)


short_with, short_without = typical(style=1, glasses=1, shade=0), typical(style=1, glasses=0)
long_without = typical(style=2, glasses=0)
result = F.normalize(short_with - short_without + long_without, dim=0) * math.sqrt(d)
plotting.show_images(
    draw(torch.stack([short_with, short_without, long_without, result])),
    columns=4,
    scale=0.7,
    titles=["short hair, glasses", "− short hair", "+ long hair", "= long hair, glasses?"],
)

# %% [markdown]
# ### Play
#
# The same directions, on sliders, beside the generator's **principal directions**: the right singular vectors of its first layer, along which the first layer's
# response changes most (Shen and Zhou 2021 call the method SeFa). They come without names; the figure below the widget shows three of them, for you to name. Draw a face at random, drag, undo, save the ones you like to the strip, choose two and
# walk from one to the other. Every picture is computed while you drag.

# %%
from ganlab import widgets

principal = {
    f"principal {i + 1}": v for i, v in enumerate(latent.principal_directions(explorer, 3))
}
widgets.show(widgets.LatentExplorer(explorer.cpu(), directions={**directions, **principal}))

# %%
explorer = explorer.to(lab.device)
plotting.compare_rows(
    {
        name: draw(torch.stack([move(person, v, float(t)) for t in amounts]))
        for name, v in principal.items()
    },
    title="One face, moved along the first principal directions from -5 to +5",
)

# %% [markdown]
# ## 10 · Further: has it learned, or memorised?
#
# A copier would get an excellent Fréchet distance. Looking for the nearest training picture of each sample is the classical test, and it is often done badly: *every* picture has a nearest
# neighbour, and with simple faces it will look similar. The question is not "is it similar?" but "is it **more** similar than an honest newcomer would be?" So compare three groups, by their distance to the nearest training
# picture: faces that were held out (honest newcomers), your generator's samples, and, as a control that the test *can* fail, a cheat that returns training
# pictures with a little noise.
#
# If samples lie as far from the training set as newcomers do, or farther, there is no sign of copying. If they lie closer, there is. The search has to cover *every* picture that was trained on: a copy of one that was left out
# of the search would pass as new. And "far away" is no praise. A last group, the average face repeated, will show why.

# %%
count = lab.budget(smoke=60, cpu=500, gpu=1000)
drawn = scores.sample_pictures(task.ema, count, seed=11)
# other data has no endless supply: its newcomers here are its last pictures, which are then not searched. They
# were trained on, so keep some aside before training if you mean it.
newcomers = (
    data.faces(count, size=SIZE, seed=777).images if DATASET == "faces" else images[-count:]
)
stored = images if DATASET == "faces" else images[:-count]
chosen = stored[torch.randperm(len(stored), generator=lab.generator(3))[:count]]
groups = {
    "held out": newcomers,
    "generated": drawn,
    "a cheat": (chosen + 0.05 * torch.randn(chosen.shape)).clamp(-1, 1),
    "average face": stored.mean(dim=0).expand(count, *stored.shape[1:]),
}
# name -> (distances, indices), each (count, 1)
nearest = {name: latent.nearest_neighbours(group, stored) for name, group in groups.items()}
for name, (found, _) in nearest.items():
    print(
        f"{name:12s} distance to the nearest of {len(stored)} training pictures: "
        f"median {found.median():5.2f}, nearest 1% below {found.quantile(0.01):5.2f}"
    )

shown = ("held out", "generated", "a cheat")
figures.shared_histogram(
    {name: nearest[name][0] for name in shown},
    xlabel="distance to the nearest training picture",
    ylabel="pictures",
    title="Newcomers, samples, and a cheat",
)

# %% [markdown]
# The average face, five hundred times the same, keeps its distance and passes. The test looks for copies and for nothing else; it must stand beside a measure of quality and a count of modes. The second number looks at the tail of each group; exercise 8 asks you what it is good for.

# %%
distances, indices = nearest["generated"]
# the most suspicious ones
closest = distances.flatten().argsort()[:8]
plotting.compare_rows(
    {"generated": drawn[closest], "nearest\nin training": stored[indices.flatten()[closest]]},
    title="The eight samples that lie closest to a training picture",
)

# %% [markdown]
# Distance in pixels is a crude judge. A sly cheat returns training pictures *mirrored*: nearly every pixel has changed, and nothing has been
# invented. So repeat the test between features, where it matters less at which pixel a thing lies than what it is.
#
# > **Predict before you run.** Which of the two tests will the mirrored copies pass?

# %%
if DATASET == "faces":
    # the last axis is the width
    mirrored = chosen.flip(-1)
    groups["mirrored"] = mirrored
    nearest["mirrored"] = latent.nearest_neighbours(mirrored, stored)
    # (M, 64)
    features_of_stored = face_features(stored)
    in_features = {
        name: latent.nearest_neighbours(face_features(group), features_of_stored)[0].median()
        for name, group in groups.items()
    }
    print("median distance to the nearest training picture, newcomers = 1")
    for name in groups:
        pixel = float(nearest[name][0].median() / nearest["held out"][0].median())
        feature = float(in_features[name] / in_features["held out"])
        print(f"{name:12s} pixels {pixel:4.2f}   features {feature:4.2f}")

# %% [markdown]
# In pixels the mirrored copies are hardly closer than newcomers; between features they are far too close. Every such test asks about one kind of copying only, the kind its distance can see, and none rules out copying of *parts*. Keep
# that in mind when somebody claims that a model "does not memorise".

# %% [markdown]
# ## 11 · Further: break it on purpose
#
# Now the recipe of 2014 and the guidelines of 2015, as history that can be measured. Each run changes *one* thing in the loop of section 5; all take the same number of generator steps, in a small network on 16 × 16 pictures, from three seeds. None is
# meant to be good in so short a time. What matters is the difference from the first row, and whether it is larger than the seeds scatter.
#
# Four numbers go with each. The **distance** (7) between thumbnails of 4 × 4, blind to detail and fair while there is none. `L_D` late in the run, to be read with (11). The **variety**: how much samples differ from one another, as a fraction
# of how much real pictures differ; a collapse is near 0. And the **pull**: the length of the gradient that one fake receives from the discriminator.
#
# > **Predict before you run.** For each row guess the variety, `L_D` and whether the pull is larger or smaller than the healthy run's. Lesson 01 showed that the gradient at the *logit* is largest where $D$ is sure of itself.

# %%
# 16 x 16: enough to see which way a change pushes
tiny = F.avg_pool2d(images, 2)


def keep(layer):
    return [layer]


def swap(kind, *others):
    """A change that puts fresh layers in the place of every layer of one kind."""
    return lambda layer: [other() for other in others] if isinstance(layer, kind) else [layer]


def pooling(layer):
    """Shrink by pooling and grow by repeating, with convolutions that keep the size."""
    if getattr(layer, "stride", None) != (2, 2):
        return [layer]
    wires = (layer.in_channels, layer.out_channels, 3, 1, 1)
    same_size = nn.Conv2d(*wires, bias=layer.bias is not None)
    init_weights(same_size)
    growing = isinstance(layer, nn.ConvTranspose2d)
    return (
        [nn.Upsample(scale_factor=2), same_size] if growing else [same_size, nn.AvgPool2d(2)]
    )


def hidden_dense(layer):
    """One more dense layer of 256, normalised like all others, at each 4 x 4 picture."""
    if getattr(layer, "kernel_size", None) != (4, 4) or layer.stride != (1, 1):
        return [layer]
    if isinstance(layer, nn.ConvTranspose2d):
        # z -> 256 -> 4 x 4 picture
        dense, act = nn.Conv2d(layer.in_channels, 256, 1, bias=False), nn.ReLU()
        last = nn.ConvTranspose2d(256, layer.out_channels, 4, bias=False)
    else:
        # 4 x 4 picture -> 256 -> logit
        dense, act = nn.Conv2d(layer.in_channels, 256, 4, bias=False), nn.LeakyReLU(0.2)
        last = nn.Conv2d(256, 1, 1)
    return [new.apply(init_weights) for new in (dense, nn.BatchNorm2d(256), act, last)]


def norm_at_the_ends(layer):
    """Batch normalisation also before the generator's tanh and after the first convolution."""
    channels = images.shape[1]
    if isinstance(layer, nn.ConvTranspose2d) and layer.out_channels == channels:
        return [layer, nn.BatchNorm2d(channels)]
    if isinstance(layer, nn.Conv2d) and layer.in_channels == channels:
        return [layer, nn.BatchNorm2d(layer.out_channels)]
    return [layer]


def start(kind, mean, deviation):
    """A change of the first weights of every layer of one kind."""

    def change(layer):
        if isinstance(layer, kind):
            nn.init.normal_(layer.weight, mean, deviation)
        return [layer]

    return change


def short_run(change=keep, *, seed, **settings):
    torch.manual_seed(seed)
    small = DCGANConfig(size=16, channels=images.shape[1], base_channels=16)
    pair = generator, discriminator = Generator(small), Discriminator(small)
    for network in pair:
        network.layers = nn.Sequential(
            *(new for layer in network.layers for new in change(layer))
        )
    losses_d = torch.full((1,), math.nan)
    if settings["steps"]:
        losses_d, _ = train_plainly(*pair, tiny, seed=seed, **settings)
    # in training mode: the statistics of this very batch
    z = torch.randn(1000, small.latent_dim, generator=lab.generator(4)).to(lab.device)
    drawn = generator(z).float().detach().requires_grad_()
    (pull,) = torch.autograd.grad(F.softplus(-discriminator(drawn)).sum(), drawn)
    drawn = drawn.detach().cpu()
    return drawn, {
        "distance": frechet_distance(thumbnails(tiny[:1000]), thumbnails(drawn)),
        "L_D": float(losses_d[-max(1, len(losses_d) // 5) :].mean()),
        "variety": float(drawn.std(dim=0).mean() / tiny.std(dim=0).mean()),
        "pull": float(pull.flatten(1).norm(dim=1).mean()),
    }


def thumbnails(drawn):
    # (N, C, 16, 16) -> (N, 16 C)
    return F.avg_pool2d(drawn, 4).flatten(1)


def measure(experiments):
    """Every experiment from every seed; prints means and ranges, returns the last seed's pictures."""
    pictures = {}
    for name, settings in experiments.items():
        found = []
        for seed in seeds:
            drawn, numbers = short_run(seed=seed, **{"steps": few, **settings})
            found.append(numbers)
        pictures[name] = drawn[:8]
        said = [f"{name:26s}"]
        for key in found[0]:
            values = [numbers[key] for numbers in found]
            said.append(f"{key} {np.mean(values):5.2f} ({min(values):.2f}-{max(values):.2f})")
        print("  ".join(said))
    return pictures


few = lab.budget(smoke=2, cpu=150, gpu=400)
convolutions = nn.Conv2d | nn.ConvTranspose2d
broken = measure(
    {
        "healthy": {},
        "(not trained at all)": dict(steps=0),
        "D takes four steps": dict(d_steps=4),
        "G ten times slower": dict(lr_g=5e-5),
        "both of these": dict(d_steps=4, lr_g=5e-5),
        "D 25 times slower": dict(lr_d=2e-5),
        "gamma around 0": dict(change=start(nn.BatchNorm2d, 0.0, 0.02)),
        "both rates x 100": dict(lr_g=5e-2, lr_d=5e-2),
        "no BatchNorm": dict(change=swap(nn.BatchNorm2d)),
    }
)

# %%
plotting.compare_rows(broken, title="Short runs, each with one thing changed")

# %% [markdown]
# Fill in the table from your own output, row by row, before you read it. What it says of causes is marked as measured or as a guess.
#
# | change | what to look at | diagnosis | cure |
# |---|---|---|---|
# | $D$ takes four steps | is it worse than the seeds scatter? And the pull: larger or smaller? | measured: more steps for $D$ alone break nothing here, and the pull grows | none needed |
# | $G$ ten times slower | `L_D` at 0, variety as in the untrained row | measured: the pull is as long as the healthy run's. $G$ takes steps that are too small, and $D$ wins | equal rates |
# | both | as the row above, or worse? | measured: "no gradient" is not the reason. Whether the gradient still *points* somewhere useful we did not measure | equal rates, R1 |
# | $D$ 25 times slower | `L_D` *above* $\log4$: worse than guessing. Variety: is it below the untrained row's, or the same? | measured: here the pull *is* small, because a $D$ that has learned nothing is nearly flat. Theory (lesson 01) adds that against a fixed $D$ the best $G$ puts everything on its highest point | equal rates |
# | $\gamma$ around 0 | behind the healthy run | measured in section 4: $D$'s first layers start with a tiny gradient. Adam divides by the gradient's size and digs itself out in time | $\mathcal N(1,0.02^2)$ for $\gamma$ |
# | both rates × 100 | saturated colours, variety above 1, seeds that scatter | guess: steps overshoot, and what remains is the pattern of the stamps (5) | divide by ten, look again |
# | no batch normalisation | low variety, and losses that do not tell | the start is (6), computed; that it also explains the end is a guess | normalise, or an initialisation scaled to each layer, as in section 6 |
#
# The habit to take away is the order of diagnosis. *First* the pictures,
# on fixed $z$; *then* their variety; only then the losses.
#
# ### Each guideline, taken away in turn
#
# Broken runs show extremes. What is each guideline of section 4 worth by itself, in so small a run?
#
# > **Predict before you run.** Which will hurt most, and which will make no difference that three seeds can show?

# %%
without = measure(
    {
        "pooling instead of strides": dict(change=pooling),
        "BatchNorm at the ends too": dict(change=norm_at_the_ends),
        "a hidden dense layer each": dict(change=hidden_dense),
        "LeakyReLU also in G": dict(change=swap(nn.ReLU, lambda: nn.LeakyReLU(0.2))),
        "ReLU also in D": dict(change=swap(nn.LeakyReLU, nn.ReLU)),
        "sigmoid instead of tanh": dict(change=swap(nn.Tanh, nn.Sigmoid)),
        "weights ten times as wide": dict(change=start(convolutions, 0.0, 0.2)),
        "Adam with beta1 = 0.9": dict(beta1=0.9),
    }
)

# %% [markdown]
# Sort the rows into two lists: those whose range of distances lies wholly above the healthy run's, and the rest. With us the first list held no batch normalisation, batch normalisation at the ends, a hidden dense layer, a sigmoid, wide first weights and momentum of 0.9. For these the guideline earns its place even here. A sigmoid, for instance, cannot say "dark": its pictures live in $[0,1]$ while the data live in $[-1,1]$, and the discriminator needs only that.
#
# The rest is not refuted. The paper chose its guidelines in long runs on large pictures, and a short run of small networks cannot show what matters there. It is a lesson in reading lists of guidelines: some carry the weight, others came along, and you can find out which. Section 6 went further and took
# batch normalisation out of $D$ altogether, against the guidelines.

# %% [markdown]
# ## 12 · Further: GANs in 2026
#
# Most pictures that are generated today come from diffusion models. Where are GANs still used, and why?
#
# - **One step instead of many.** A diffusion model calls its network tens of times for each picture. *Adversarial distillation* trains a student to do it in one to four calls, with a discriminator that keeps its pictures sharp: ADD
#   (Sauer et al. 2023, [2311.17042](https://arxiv.org/abs/2311.17042)), the method behind SDXL Turbo, and DMD2 (Yin et al. 2024, [2405.14867](https://arxiv.org/abs/2405.14867)).
# - **The decoder of latent diffusion.** Latent diffusion models work in the code of an autoencoder, and the decoder that turns codes into pixels is trained with an adversarial loss on patches: VQGAN
#   (Esser et al. 2021, [2012.09841](https://arxiv.org/abs/2012.09841)), and the autoencoder of Stable Diffusion (Rombach et al. 2022, [2112.10752](https://arxiv.org/abs/2112.10752)). Every picture from such a model has passed through a network trained as a GAN.
# - **Sound.** HiFi-GAN (Kong et al. 2020, [2010.05646](https://arxiv.org/abs/2010.05646)) turns spectrograms into speech faster than it is spoken; EnCodec (Défossez et al. 2022, [2210.13438](https://arxiv.org/abs/2210.13438)) compresses music, with discriminators on the spectrum.
# - **Super-resolution**, the subject of lesson 05: one call, sharp texture, and the risk of inventing it.
#
# The common thread: a loss for *sharpness* beside another loss that fixes the content, and an answer in one step.
#
# What diffusion does better is **coverage** and **calm**. It is trained by regression, on a loss whose fall means something, and every training picture counts in that loss, so leaving some out does not pay (Dhariwal and Nichol 2021, [2105.05233](https://arxiv.org/abs/2105.05233), compare recall).
# Guidance by text and training on billions of pictures came more easily to it. R3GAN reports that on several standard data sets a plain GAN can still compete, in a single call.
#
# Two small measurements. First the speed: our generator's one call against a toy sampler that calls a network of the same size 50 times. (The toy draws nothing sensible. Time is all we ask of it. A real denoiser maps pictures to pictures, so it also has to shrink them first and would cost more.)


# %%
class ToySampler(nn.Module):
    """Calls one network again and again, each time with a slightly changed latent vector."""

    def __init__(self, network, calls):
        super().__init__()
        self.network, self.calls = network, calls

    def forward(self, z):
        for _ in range(self.calls):
            made = self.network(z)
            # some of the result goes into the next call, as in a sampler
            z = 0.9 * z + 0.1 * made.flatten(1)[:, : z.shape[1]]
        return made


@torch.no_grad()
def seconds(network, rounds):
    """The shortest of some rounds: what disturbs a measurement only ever makes it longer."""
    z, taken = torch.randn(16, config.latent_dim).to(lab.device), []
    for _ in range(rounds):
        begun = time.perf_counter()
        # to the CPU: a GPU would otherwise go on computing behind our backs
        network(z).cpu()
        taken.append(time.perf_counter() - begun)
    return min(taken)


rounds = lab.budget(smoke=2, cpu=10, gpu=10)
network = task.ema.eval()
once, often = seconds(network, rounds), seconds(ToySampler(network, 50), rounds)
print(f"16 pictures in one call; 50 calls take {often / once:.0f} times as long")

# %% [markdown]
# That is the reason for distillation in one number. The second measurement is coverage. How many *kinds* of face do our samples contain, and how many do as many real pictures? And with ten times as many pictures? A kind that is merely rare
# turns up in the larger crowd; one that the generator has dropped does not.

# %%
if DATASET == "faces":
    from ganlab.features.faces import count_modes

    for count in (
        lab.budget(smoke=50, cpu=400, gpu=400),
        lab.budget(smoke=50, cpu=4000, gpu=4000),
    ):
        made = count_modes(scores.sample_pictures(task.ema, count, seed=21))
        real = count_modes(data.faces(count, size=SIZE, seed=900_003).images)
        print(f"{count:5d} pictures: {made} kinds of face, real ones {real} of 360")

# %% [markdown]
# Counting kinds is a mild test: it asks whether a kind occurs, not how often, and our kinds are coarse. It is the sort of question on which diffusion models usually win, and the reason why a GAN is seldom used alone today.

# %% [markdown]
# ## 13 · Exercises
#
# Eight. No later cell needs your answers. Each is followed by its check, which names the first thing that is wrong. Exercises 1 to 3 belong to the core, the others to the sections that follow it.
#
# **Exercise 1 (easy).** Derive it: solve (1) for the input's length, where nothing was rounded away, and you have the length of a *transposed* convolution's output for any kernel, stride and padding. Test your formula on (2) before you run the check.


# %% tags=["exercise"]
def conv_transpose_size(size, kernel, stride, padding):
    """Output length of a transposed convolution, an int."""
    ### BEGIN SOLUTION
    return (size - 1) * stride - 2 * padding + kernel
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_02.conv_transpose_size(conv_transpose_size)
### BEGIN HIDDEN TESTS
_draws = torch.randint(0, 6, (10, 4), generator=lab.generator(201)).tolist()
for _size, _kernel, _stride, _padding in _draws:
    _case = _size + 2, _kernel + 3, _stride + 1, _padding % 2
    _ones = torch.ones(1, 1, _case[0]), torch.ones(1, 1, _case[1])
    _made = F.conv_transpose1d(*_ones, stride=_case[2], padding=_case[3])
    assert conv_transpose_size(*_case) == _made.shape[-1], "as long as PyTorch makes it"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 2 (easy).** The DCGAN initialisation, for one module, in place: convolutions and transposed convolutions from $\mathcal N(0,0.02^2)$, the weight of `BatchNorm2d` from $\mathcal N(1,0.02^2)$, every
# bias 0; other modules stay as they are. 0.02 is the standard deviation. Return the module.


# %% tags=["exercise"]
def init_dcgan(module):
    """Initialise one module in place and return it; for use as model.apply(init_dcgan)."""
    ### BEGIN SOLUTION
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
    else:
        return module
    if module.bias is not None:
        nn.init.zeros_(module.bias)
    return module
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_02.init_dcgan(init_dcgan)
### BEGIN HIDDEN TESTS
_a, _b = torch.randint(60, 90, (2,), generator=lab.generator(202)).tolist()
# the answer draws, the lesson must not notice
with torch.random.fork_rng(devices=[]):
    _convs = nn.Conv2d(_a, _b, 3), nn.ConvTranspose2d(_b, _a, 5, bias=False)
    _norm, _other = nn.BatchNorm2d(60 * _a), nn.Linear(_a, _b)
    _kept = _other.weight.detach().clone()
    _norm.bias.data.fill_(1.0)
    _made = [(init_dcgan(module), 0) for module in _convs] + [(init_dcgan(_norm), 1)]
    assert torch.equal(init_dcgan(_other).weight, _kept), "others stay as they are"
for _module, _centre in _made:
    _w = _module.weight.detach() - _centre
    assert abs(_w.mean()) < 0.003, "centre"
    assert abs(_w.std() / 0.02 - 1) < 0.1, "deviation"
    assert 0.02 < (_w.abs() > 0.04).float().mean() < 0.08, "a normal distribution"
    assert _module.bias is None or not _module.bias.any(), "bias"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 3 (medium).** *Debug it.* A friend's discriminator will not learn. The loss should be $-\mathbb E\log D(x)-\mathbb E\log(1-D(G(z)))$, each mean over its own batch (the batches may differ in size). The networks return logits. `.backward()` on the result must
# reach the discriminator from both batches, and the generator not at all.
#
# ```python
# def detached_discriminator_loss(discriminator, generator, real, z):
#     with torch.no_grad():
#         real_scores = discriminator(real).sigmoid()
#     fake_scores = discriminator(generator(z)).sigmoid()
#     return -torch.cat([real_scores.log(), (1 - fake_scores).log()]).mean()
# ```
#
# Four things are wrong with it; one of them shows only when the discriminator is very sure of itself. Predict what each does to the training, then write a version without them.


# %% tags=["exercise"]
def detached_discriminator_loss(discriminator, generator, real, z):
    """Scalar loss for the discriminator alone."""
    ### BEGIN SOLUTION
    fake = generator(z).detach()
    return F.softplus(-discriminator(real)).mean() + F.softplus(discriminator(fake)).mean()
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_02.detached_discriminator_loss(detached_discriminator_loss)
### BEGIN HIDDEN TESTS
_random = lab.generator(203)
with torch.random.fork_rng(devices=[]):
    _maker = nn.Linear(2, 4)
    _judge = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 1), nn.Flatten(0))
for _w in [*_maker.parameters(), *_judge.parameters()]:
    _w.data.normal_(generator=_random)
_real, _z = torch.randn(8, 4, generator=_random), torch.randn(5, 2, generator=_random)
_d_real, _d_fake = _judge(_real), _judge(_maker(_z).detach())
_want = -F.logsigmoid(_d_real).mean() - F.logsigmoid(-_d_fake).mean()
_slopes = torch.autograd.grad(_want, list(_judge.parameters()))
_got = detached_discriminator_loss(_judge, _maker, _real, _z)
assert abs(_got - _want) < 1e-4 * (1 + _want), "the two means, added"
_got.backward()
_pairs = zip(_judge.parameters(), _slopes, strict=True)
assert all(torch.allclose(w.grad, s, 1e-3, 1e-4) for w, s in _pairs), "the judge's gradient"
assert all(w.grad is None or not w.grad.any() for w in _maker.parameters()), "detached"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 4 (medium).** Equation (13) for batches: each row of `a` and `b` (N, d) has its own angle. Where two rows are parallel the formula divides by zero; fall back to the straight line there.


# %% tags=["exercise"]
def slerp(a, b, t):
    """Between the rows of a and b (N, d) at a number t in [0, 1]: a tensor (N, d)."""
    ### BEGIN SOLUTION
    cosine = F.cosine_similarity(a, b, dim=1).clamp(-1, 1)[:, None]
    angle = torch.arccos(cosine)
    parallel = torch.sin(angle) < 1e-6
    sine = torch.where(parallel, torch.ones_like(angle), torch.sin(angle))
    around = torch.sin((1 - t) * angle) / sine * a + torch.sin(t * angle) / sine * b
    return torch.where(parallel, (1 - t) * a + t * b, around)
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_02.slerp(slerp)
### BEGIN HIDDEN TESTS
_random = lab.generator(204)
_a, _b = torch.randn(2, 7, 9, generator=_random)
_t = 0.1 + 0.8 * float(torch.rand((), generator=_random))
_both = _a.double(), _b.double()
_x, _y = (v / v.norm(dim=1, keepdim=True) for v in _both)
# at a right angle to a
_side = F.normalize(_y - (_x * _y).sum(1, True) * _x, dim=1)
_angle = torch.atan2((_y * _side).sum(1, True), (_y * _x).sum(1, True))
_want = torch.sin(_angle - _t * _angle) * _both[0] + torch.sin(_t * _angle) * _both[1]
_want, _straight = _want / _angle.sin(), (1 + 1.5 * _t) * _both[0]
_got = slerp(_a.clone(), _b.clone(), _t).double()
assert _got.shape == (7, 9), "a row for every pair"
assert torch.allclose(_got, _want, 1e-4, 1e-4), "around, a row at a time"
_got = slerp(_both[0].clone(), 2.5 * _both[0], _t)
assert torch.allclose(_got, _straight, 1e-4, 1e-5), "straight where parallel"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 5 (medium).** Equation (14): the unit vector from the mean of the latent vectors without an attribute to the mean of those with it.


# %% tags=["exercise"]
def attribute_direction(z, has):
    """Unit vector (d,) from latent vectors z (N, d) and booleans has (N,)."""
    ### BEGIN SOLUTION
    difference = z[has].mean(dim=0) - z[~has].mean(dim=0)
    return difference / difference.norm()
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_02.attribute_direction(attribute_direction)
### BEGIN HIDDEN TESTS
_random = lab.generator(205)
_z = torch.randn(41, 7, generator=_random) ** 3 + torch.rand(7, generator=_random)
_has = torch.rand(41, generator=_random) < 0.3
_has[0], _has[1] = True, False
# regression on the attribute
_columns = np.stack([np.ones(41), _has.double().numpy()], 1)
_slope = np.linalg.lstsq(_columns, _z.double().numpy(), rcond=None)[0][1]
_got = attribute_direction(_z, _has)
assert _got.shape == (7,), "one direction"
assert np.allclose(_got, _slope / np.linalg.norm(_slope), 1e-4, 1e-5), "from without to with"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 6 (medium).** The heart of the memorisation test: which training picture (M, C, H, W) has the smallest squared distance to one sample (C, H, W), over all its channels and pixels?


# %% tags=["exercise"]
def nearest_training_picture(sample, training):
    """Index of the nearest training picture, an int."""
    ### BEGIN SOLUTION
    return int((training - sample).square().flatten(1).sum(dim=1).argmin())
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_02.nearest_training_picture(nearest_training_picture)
### BEGIN HIDDEN TESTS
_random = lab.generator(206)
for _count in range(20, 32):
    _training = torch.randn(_count, 2, 3, 4, generator=_random, dtype=torch.float64)
    _sample = torch.randn(2, 3, 4, generator=_random, dtype=torch.float64) / 2
    _distances = [float(((point - _sample) ** 2).sum()) for point in _training]
    assert nearest_training_picture(_sample, _training) == np.argmin(_distances), "nearest"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 7 (hard).** Pictures are drawn from a moving average. Change `average` in place: each parameter becomes `decay` times itself plus `1 - decay` times the model's; buffers (the running statistics of batch
# normalisation, its integer step counter) are copied. The model must not change and no graph may be built. Return `average`.


# %% tags=["exercise"]
def update_average(average, model, decay):
    """Move the averaged network towards the trained one, in place."""
    ### BEGIN SOLUTION
    with torch.no_grad():
        for kept, new in zip(average.parameters(), model.parameters(), strict=True):
            kept.mul_(decay).add_(new, alpha=1 - decay)
        for kept, new in zip(average.buffers(), model.buffers(), strict=True):
            kept.copy_(new)
    return average
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_02.update_average(update_average)
### BEGIN HIDDEN TESTS
_random = lab.generator(207)
_decay = 0.1 + 0.3 * float(torch.rand((), generator=_random))
with torch.random.fork_rng(devices=[]):
    _kept, _model = (nn.Sequential(nn.Conv2d(2, 3, 2), nn.BatchNorm2d(3)) for k in range(2))
for _w in [*_kept.state_dict().values(), *_model.state_dict().values()]:
    _w.copy_(20 * torch.rand(_w.shape, generator=_random))
_old, _new = ({k: v.clone() for k, v in m.state_dict().items()} for m in (_kept, _model))
update_average(_kept, _model, _decay)
for _name, _w in _kept.state_dict().items():
    _share = 0 if _name in dict(_model.named_buffers()) else _decay
    _want = _share * _old[_name].double() + (1 - _share) * _new[_name].double()
    assert torch.allclose(_w.double(), _want, 1e-4, 1e-5), f"{_name} of the average"
    assert torch.equal(_model.state_dict()[_name], _new[_name]), f"{_name} of the model"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 8 (medium).** *Choose and defend.* An alarm for copies. You get two lists of distances to the nearest training picture, one of generated samples and one of newcomers, and say whether the generator should be suspected of copying. Any rule will do
# that rings when four samples in a hundred are near copies, stays silent for honest samples (nearly always) and for samples that lie *farther* than newcomers, and does not care about the unit of the distances or how many there are. Write the reason for your rule, and how often it
# may ring by chance, in a comment: a colleague should be able to attack it.


# %% tags=["exercise"]
def copy_alarm(samples, newcomers):
    """Whether samples (N,) hold copies, by distances (M,) of newcomers: True or False."""
    ### BEGIN SOLUTION
    # by chance 1% of honest samples lie below this; three times as many is no chance any more
    limit = newcomers.quantile(0.01)
    return bool((samples < limit).float().mean() > 0.03)
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_02.copy_alarm(copy_alarm)
### BEGIN HIDDEN TESTS
_random = lab.generator(208)
_unit, _false = 10 ** (4 * float(torch.rand((), generator=_random)) - 2), 0
for _k in range(10):
    _new = _unit * torch.exp(0.15 * torch.randn(500, generator=_random))
    _honest = _unit * torch.exp(0.15 * torch.randn(500 + 2500 * (_k % 2), generator=_random))
    _false += copy_alarm(_honest.clone(), _new.clone()) is not False
    _copied = _honest[:500].clone()
    _copied[:30] *= 0.05 + 0.1 * torch.rand(30, generator=_random)
    _copied = _copied[torch.randperm(500, generator=_random)]
    assert copy_alarm(_copied.clone(), _new.clone()) is True, "rings for copies"
    assert copy_alarm(_copied.flip(0), _new.clone()) is True, "in any order"
    assert copy_alarm(1.6 * _honest, _new.clone()) is False, "silent where samples are far"
assert _false <= 3, "silent for honest samples"
### END HIDDEN TESTS

# %% [markdown]
# ## 14 · What it cannot do, and what one should not do with it
#
# **Limits.** A DCGAN draws the whole picture from one 4 × 4 sketch. That works for one kind of scene at low resolution (the paper's own showcase was bedrooms) and gets harder the more the pictures differ. It cannot tell you
# how probable a given picture is, and it has no way back from a picture to its $z$. Its samples can carry a faint grid, for
# the reason given below equation (5). And it is trained by a game that can fail tomorrow with the settings that worked today.
#
# **Responsible use.** We trained on painted faces on purpose. The pictures of CelebA, on which most tutorials train, are photographs of people who were never asked, gathered from the web, with labels such as "attractive" that say more
# about the labellers than about anybody's face. A generator may also lose what is rare in its training set, because skipping it
# costs little. It does not have to: compare the shares printed in section 9 with those of the data (beard 22%, hat 15%). So count by group before you believe that a generator is fair, or that it is not.
#
# Our own data set is not innocent either. Somebody decided on six skin tones, and a small detail of the program made them unequal: the tone is drawn evenly between 0 and 5 and *rounded*, so the lightest and the darkest get half as many
# faces as each of the four between them. Nobody meant that. There is one kind of face only, with no age, no wheelchair, no headscarf. A world that is drawn by a
# program has the blind spots of its programmer.
#
# What you have learned here, scaled up, makes convincing pictures of people who do not exist, and of existing people in situations that never were. Do not train on a person's pictures, or generate their likeness,
# without their consent; say of a generated picture that it is one. If you publish a model, publish with it what it was trained on: the cards beside our
# weights, in `ganlab/weights/`, are an example.
#
# ## 15 · Summary
#
# A transposed convolution is a convolution's matrix, transposed; with $k=4$, $s=2$, $p=1$ it doubles the resolution, and every pixel away from the border gets the same number of stamps (though not the same weights). Normalisation and the first weights keep signals and gradients
# at one scale through the depth of both networks. The loop of 2014 is two steps in turn, with the fakes detached for one and scored anew for the other. The recipe of 2024 scores fakes against real pictures in pairs, flattens the discriminator at both, and does without batch normalisation in it.
#
# Losses are a thermometer. Judge by pictures on fixed $z$, a distance with
# its floor, a count of modes, and neighbours compared with those of newcomers. Latent vectors live on a shell, and attributes are directions in it, with side effects to be counted. GANs live on where one step has to do.
#
# **Recall.** Answer aloud before you unfold.
#
# <details><summary>Why is a transposed convolution not an inverse, and where did you meet it before you knew its name?</summary>
# It has the inverse <em>shape</em>, but the numbers a convolution has dropped cannot come back. It is the backward pass of every convolution.
# </details>
#
# <details><summary>Which combinations of kernel and stride give a checkerboard before any training, and why?</summary>
# Those where the stride does not divide the kernel size: output pixels are then reached by different numbers of stamps, equation (5).
# </details>
#
# <details><summary>What happens if <code>fake.detach()</code> is forgotten in the discriminator's step?</summary>
# The discriminator's loss sends its gradient into the generator as well. If gradients are then not cleared before the generator's own step, it is taught to be caught more easily; in any case the backward pass pays for a whole network in vain.
# </details>
#
# <details><summary>You train with the loss of 2014, and the losses sit at L_D = 1.38 and L_G = 0.70. Good or bad?</summary>
# The losses cannot tell you. A perfect generator and a useless discriminator give the same numbers. Look at the samples.
# </details>
#
# <details><summary>Why can the penalties R1 and R2 not be what they say in a discriminator with batch normalisation?</summary>
# They speak of the slope of one picture's logit at that picture. With batch normalisation a logit depends on the whole batch.
# </details>
#
# <details><summary>Why slerp? And what would change if z were uniform in a cube?</summary>
# Gaussian vectors live on a shell of radius √d, and the straight line leaves it. That the cube is convex does not help: so is the space of a Gaussian. What counts is what is typical. In a cube the norm concentrates, too, and the midpoint of two points has coordinates that crowd around 0, which drawn ones do not; to stay typical, map each coordinate to a Gaussian one, use slerp, and map back.
# </details>
#
# <details><summary>A sample's nearest training picture looks very much like it. Copied?</summary>
# Not yet shown. Ask how near the nearest training picture of an honest newcomer is.
# </details>
#
# **What comes next.** In lesson 03 the generator gets a picture with a hole instead of a random vector: the Context Encoder, which paints what is missing.
#
# **References.** Radford, Metz, Chintala 2015, [arXiv:1511.06434](https://arxiv.org/abs/1511.06434) · Goodfellow et al. 2014, [1406.2661](https://arxiv.org/abs/1406.2661) · Ioffe, Szegedy 2015 (batch normalisation),
# [1502.03167](https://arxiv.org/abs/1502.03167) · Dumoulin, Visin 2016 (convolution arithmetic), [1603.07285](https://arxiv.org/abs/1603.07285) · Odena, Dumoulin, Olah 2016, [distill.pub](https://distill.pub/2016/deconv-checkerboard/) ·
# Karras et al. 2020 (StyleGAN2, lazy R1), [1912.04958](https://arxiv.org/abs/1912.04958) · Jolicoeur-Martineau 2018 (relativistic pairs), [1807.00734](https://arxiv.org/abs/1807.00734) · Shen et al. 2021 (one pass for both players), [2103.00430](https://arxiv.org/abs/2103.00430) ·
# Huang et al. 2024 (R3GAN), [2501.05441](https://arxiv.org/abs/2501.05441) · He et al. 2015 (the spread of the first weights), [1502.01852](https://arxiv.org/abs/1502.01852) · Shen, Zhou 2021 (SeFa), [2007.06600](https://arxiv.org/abs/2007.06600) ·
# White 2016, [1609.04468](https://arxiv.org/abs/1609.04468) · Heusel et al. 2017 (the Fréchet distance), [1706.08500](https://arxiv.org/abs/1706.08500) · Mescheder et al. 2018 (R1), [1801.04406](https://arxiv.org/abs/1801.04406) ·
# Yazıcı et al. 2018 (averaging GAN weights), [1806.04498](https://arxiv.org/abs/1806.04498) · Härkönen et al. 2020 (GANSpace), [2004.02546](https://arxiv.org/abs/2004.02546)
