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
# coordinates, and the two players become convolutional networks. In 2015 Alec Radford, Luke Metz and Soumith Chintala found, after
# trying a great many architectures, a short list of guidelines under which this game could be trained at all. They called the result the
# *deep convolutional GAN*. Nearly every image generator that followed, up to StyleGAN, is a descendant of it.
#
# **You will be able to**
#
# - compute any convolution and transposed convolution by hand, as a matrix and its transpose,
# - build the DCGAN pair, and say for each guideline what goes wrong without it,
# - train a face generator on your own computer in under five minutes, and judge it by more than its losses,
# - move through the latent space: interpolate, find the direction that puts glasses on a face, and drag it with a slider,
# - tell a generator that has learned from one that has memorised, and recognise five ways of breaking the game.
#
# **Time:** about 90 minutes of yours. The main training takes about four minutes on two CPU cores, the experiments around it another
# minute; on a GPU, more steps in less time. **You need:** lesson 01, and to have met a convolution before.
#
# **Papers:** Radford, Metz and Chintala 2015 ([arXiv:1511.06434](https://arxiv.org/abs/1511.06434)); Odena et al. 2016 on checkerboards
# ([distill.pub](https://distill.pub/2016/deconv-checkerboard/)); White 2016 on walking through latent spaces
# ([1609.04468](https://arxiv.org/abs/1609.04468)).

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
from contextlib import nullcontext
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from ganlab import checks, data, latent, plotting
from ganlab.dcgan import figures, scores
from ganlab.features.faces import face_features, predict_attributes
from ganlab.metrics.distances import frechet_distance
from ganlab.losses import discriminator_loss, generator_loss, r1_penalty
from ganlab.dcgan.networks import DCGANConfig, parameter_count
from ganlab.training import GANTask, TrainingConfig, fit

plotting.use_style()

# %% [markdown]
# ## 1 · From points to pictures
#
# A generator that draws 32 × 32 colour pictures maps 64 numbers to 3072. The network of lesson 01, made wider, could do that: one big
# matrix per layer. It would learn badly, because it would not know what a picture is. To a matrix, two neighbouring pixels are as unrelated as
# two opposite corners, and an eye learned at the left has to be learned again at the right. A **convolution** builds in the two facts that matter:
# what belongs together lies close together, and a thing is the same thing wherever it lies.
#
# A discriminator has an easy time with this: picture in, convolutions that halve the resolution again and again, one number out. The
# generator must run the film backwards, from few numbers to many, and for that it needs an operation that *doubles* the resolution.
# It is called a transposed convolution, it is widely feared, and it is nothing but a matrix flipped over its diagonal. That is our
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
# The transposed convolution goes from the outputs back to the inputs. Solve (1) for $H$ (where nothing was rounded away) and rename:
#
# $$H_\text{out}=(H-1)\,s-2p+k .\tag{2}$$
#
# DCGAN uses $k=4$, $s=2$, $p=1$ throughout. Put that into (2): $H_\text{out}=2H-2-2+4=2H$. Exactly double, with no rounding and no cropping. That is
# why you see these three numbers everywhere. The first layer of the generator starts from a single "pixel" with
# $s=1$, $p=0$: $(1-1)\cdot1-0+4=4$.


# %% tags=["nbval-check-output"]
# verifies (1) and (2): every combination of small sizes, against what PyTorch returns
def conv_size(size, kernel, stride, padding):
    return (size + 2 * padding - kernel) // stride + 1


def transposed_size(size, kernel, stride, padding):
    return (size - 1) * stride - 2 * padding + kernel


tried = 0
for size in range(1, 12):
    for kernel, stride, padding in [
        (4, 2, 1),
        (4, 1, 0),
        (3, 1, 1),
        (3, 2, 1),
        (5, 3, 2),
        (2, 2, 0),
    ]:
        x, w = torch.zeros(1, 1, size), torch.zeros(1, 1, kernel)
        if size + 2 * padding >= kernel:
            assert F.conv1d(x, w, stride=stride, padding=padding).shape[-1] == conv_size(
                size, kernel, stride, padding
            )
            tried += 1
        if transposed_size(size, kernel, stride, padding) > 0:
            assert F.conv_transpose1d(x, w, stride=stride, padding=padding).shape[
                -1
            ] == transposed_size(size, kernel, stride, padding)
            tried += 1
print(f"formulas (1) and (2) agree with PyTorch in {tried} cases")
print(
    "the generator's resolutions:",
    [4] + [transposed_size(4 * 2**i, 4, 2, 1) for i in range(4)],
)

# %% [markdown]
# ### A convolution is a matrix
#
# Convolution is linear: twice the input gives twice the output. Every linear map between finite lists of numbers is a matrix, so there must be
# a matrix $C$ with $y=Cx$. Row $i$ holds the weights that produce output $i$: the kernel, written at position $is-p$, and zeros elsewhere.
# For 8 inputs, $k=4$, $s=2$, $p=1$ there are 4 outputs, so $C$ has 4 rows and 8 columns. The same four numbers appear in each row, moved
# by two.
#
# Now turn the matrix over. $C^{\mathsf T}$ has 8 rows and 4 columns: it takes 4 numbers to 8. That is the **transposed convolution** of the same kernel,
#
# $$y=Cx,\qquad \operatorname{convT}(y)=C^{\mathsf T}y,\tag{3}$$
#
# and here is the whole secret. It is *not* the inverse of the convolution (a 4-number summary cannot restore 8 numbers); it has the
# inverse *shape*. You have been using it all along without seeing it: by the chain rule the gradient of $y=Cx$ with respect to $x$ is $C^{\mathsf T}$ times the
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
def stamps(kernel, stride, padding, size=12):
    out = transposed_size(size, kernel, stride, padding)
    return np.array(
        [sum(0 <= j + padding - i * stride < kernel for i in range(size)) for j in range(out)]
    )


counts = {}
for kernel in (3, 4):
    # verifies (5): the count, against a transposed convolution of ones with ones
    ones = F.conv_transpose2d(
        torch.ones(1, 1, 12, 12), torch.ones(1, 1, kernel, kernel), stride=2, padding=1
    )[0, 0]
    assert np.array_equal(ones.numpy(), np.outer(stamps(kernel, 2, 1), stamps(kernel, 2, 1)))
    counts[kernel] = ones
figures.stamps(C, C.T, counts)

# %% [markdown]
# ## 2 · Look at the data
#
# A generator is never better than what it is shown, so look first. Our faces are painted by a program (`ganlab.data.faces`): a stack of ellipses
# and rounded boxes with random positions and colours. That makes them a good subject for a laboratory. There are as many as we want, nobody's
# likeness is in them, and of every face we *know* hair, glasses, smile and the rest exactly, which will let us measure things that on photographs
# can only be guessed at.
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
    images[:24], columns=12, title=f"{pictures.name}: what the generator never sees"
)

# %% [markdown]
# Two numbers to keep. The pictures have shape (N, 3, 32, 32) and lie in $[-1,1]$, the range of $\tanh$, because the generator will end in one.
# Both must agree: pictures scaled to $[0,1]$, or normalised with the means and deviations of ImageNet, would lie in a range that the generator can never or only partly
# reach, and the discriminator would need a single glance.
#
# ## 3 · The smallest version by hand
#
# Before any class, one forward pass with bare tensors, shapes printed. A latent vector is treated as a picture of one pixel with $d$
# channels. The first transposed convolution unfolds it to 4 × 4; each further one doubles the resolution and halves the channels.
# Four times the places, half the channels: the amount of numbers doubles at every step, and *what* is slowly traded for *where*.

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
print(f"in ({h.min():.2f}, {h.max():.2f}), grey noise still: nobody has taught it anything")

# %% [markdown]
# ## 4 · The real thing
#
# Now with everything the paper asks for. Each guideline has a reason, and section 9 takes them away again, one at a time, to see.
#
# | guideline (section 3 of the paper) | why |
# |---|---|
# | strided convolutions instead of pooling, both ways | the network learns its own way of shrinking and growing |
# | batch normalisation in both, *except* the generator's output and the discriminator's input | keeps signals and gradients at one scale through the depth; at the two ends it would wipe out what is to be learned there, the mean and the contrast of the pictures |
# | no hidden fully connected layers | the 4 × 4 picture is reached in one step from $z$ |
# | ReLU in the generator, $\tanh$ at its end | bounded like the data |
# | LeakyReLU(0.2) in the discriminator | lets some gradient through everywhere: the generator lives on what comes back through it |
# | weights from $\mathcal N(0, 0.02)$; Adam with learning rate 0.0002, $\beta_1=0.5$ | small start; little momentum in a game that turns (lesson 01) |
#
# The next three cells are the package's own code, word for word: a test compares them.


# %%
# @save ganlab.dcgan.networks
def init_weights(module):
    """Convolutions from N(0, 0.02), batch normalisation's weight from N(1, 0.02)."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)


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
# LeakyReLU takes nearly half of the square away again. Stack a few such layers and the signal, and with it the
# gradient that should reach the first layer, has all but disappeared. This is what batch normalisation is for: it divides every channel by its own
# standard deviation, so the factors cancel, whatever they are.
#
# After dividing, batch normalisation multiplies by a learned weight $\gamma$. It should start near **one**. Widely copied code draws *all* weights from
# $\mathcal N(0,0.02)$, $\gamma$ included. How much harm that does is a nice puzzle. Every layer's signal is then multiplied by about 0.02; but the *next* batch
# normalisation divides by the standard deviation it finds, and takes the factor out again. Only the last $\gamma$ of a chain has nobody behind it to repair the damage. In the discriminator that
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
# Two steps, taken in turn. They are the package's own, and worth reading slowly, for most home-made GANs that do not train
# get one of these lines wrong.
#
# - **`fake.detach()`** in the discriminator's step: its loss must not reach the generator, which would be taught to make itself easy to catch.
# - **The fakes are scored again** for the generator's step. The discriminator has just changed; the old logits belong to a network that no longer exists,
#   and their graph runs through weights that have been overwritten.
# - **The same `fake` serves both.** One forward pass of the generator, not two. This costs nothing in quality and a good part of the time.
# - **`requires_grad_(False)`** while the generator learns. The gradient must flow *through* the discriminator, to the pixels, but not *into* its weights.
#   The gradients of its weights, which nobody would use, are then never computed.
# - **The R1 penalty**, the cure of lesson 01 section 8, is computed only every eighth step (and then weighs eight times as much): nearly all
#   of its effect for a fraction of its cost.


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
    loss = discriminator_loss(
        real_logits=real_logits.float(), fake_logits=fake_logits.float()
    )
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
# > discriminator notices first.


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
fixed_z = torch.randn(12, config.latent_dim, generator=lab.generator(1))
rows = {}
for done in (0, 25, 100):
    steps = (
        lab.budget(smoke=2, cpu=1, gpu=1)
        if done == 0
        else lab.budget(smoke=2, cpu=done, gpu=done)
    )
    if done:
        losses_d, losses_g = train_plainly(generator, discriminator, images, steps)
    with torch.no_grad():
        rows[f"{done} steps"] = generator(fixed_z.to(lab.device)).cpu()
plotting.compare_rows(rows, title="The first steps, on fixed latent vectors")

# %% [markdown]
# ### The real training
#
# `fit` is this same loop with what a longer run wants around it: a progress bar, a live figure and a stop button; learning rates that fall in the second half;
# arithmetic in bfloat16 where the processor is built for it; and an **exponential moving average** of the generator's weights,
# $\bar\theta\leftarrow\beta\bar\theta+(1-\beta)\theta$. The two players circle each other (lesson 01), and the average sits near the centre of the circle: it is
# nearly always better than the generator that is actually being trained. Pictures are drawn from the average.
#
# It takes about four minutes on two CPU cores. Interrupt it whenever you like (the stop button, or ■ in the toolbar): everything stays usable.

# %%
steps = lab.budget(smoke=20, cpu=8000, gpu=20_000)

torch.manual_seed(lab.seed)
task = GANTask(Generator(config), Discriminator(config), TrainingConfig(), lab)
history = fit(task, images, steps=steps, lab=lab)
history

# %% [markdown]
# The film strip shows the *same* latent vectors at several moments. Read it row by row. The composition settles early, a face here and a background
# there; then come the regions, hair against skin; then eyes, and at the end whatever the eyes wear. Coarse before fine, because a
# discriminator punishes coarse mistakes first. And notice that columns seldom change their identity late in the run: the
# latent space gets its geography in the first minute and is only refined from then on.

# %%
plotting.film_strip(
    [history.frames[0], *history.frames[1::3]],
    title="The same latent vectors while the generator learns",
)

# %%
plotting.plot_history(history, title="Losses of the main training")

# %% [markdown]
# ### How (not) to read the losses
#
# Lesson 01 gave two landmarks. Where the discriminator cannot tell at all, every logit is 0 and
#
# $$L_D=2\log2=\log4\approx1.386,\qquad L_G=\log2\approx0.693 .\tag{7}$$
#
# Where it tells perfectly, $L_D\to0$ and $L_G$ grows without limit. A healthy run of a picture GAN lies in between and *well on the discriminator's side*.
# Above all, **the curves do not fall while the pictures get better**, because each player's loss depends on
# how good the other has become. They are a thermometer, not a score. Watch for three signs of illness: $L_D$ glued to zero (the discriminator has
# won; no useful gradient), both losses at (7) while samples are poor (the discriminator has given up), or sudden spikes.

# %% tags=["nbval-check-output"]
# verifies (7): the losses of a discriminator that always says one half
undecided = torch.zeros(8)
print(
    f"L_D = {discriminator_loss(real_logits=undecided, fake_logits=undecided):.4f}   "
    f"log 4 = {math.log(4):.4f}"
)
print(f"L_G = {generator_loss(fake_logits=undecided):.4f}   log 2 = {math.log(2):.4f}")
assert abs(generator_loss(fake_logits=undecided).item() - math.log(2)) < 1e-6

# %% [markdown]
# ## 6 · How good is it?
#
# Three questions need three measures. *Do the samples look like the data?* A **Fréchet distance** compares the Gaussian fitted to features of real faces
# with the one fitted to features of generated ones. Our features come from the course's own small classifier of faces, so the number
# cannot be compared with anybody's Inception FID, only with other numbers in this course at the same sample size. Like every such estimate it is not
# zero even for perfect samples; the *floor*, real faces against other real faces, says what zero looks like. *Do they show everything?* Count the
# **modes**: hair colour × hair style × background × glasses make 360 kinds of face. *Are they new?* That comes in section 8.

# %%
count = lab.budget(smoke=256, cpu=5000, gpu=5000)
if DATASET == "faces":
    untrained = Generator(config)
    print(
        "untrained:",
        scores.evaluate_faces(untrained.to(lab.device), size=SIZE, count=count),
    )
    print("trained:  ", scores.evaluate_faces(task.ema, size=SIZE, count=count))

# %%
samples = scores.sample_pictures(task.ema, 24, seed=3)
plotting.compare_rows(
    {"real": images[-12:], "yours": samples[:12], "more": samples[12:]},
    title="Real faces, and faces that do not exist",
)

# %% [markdown]
# ## 7 · Walking through the latent space
#
# For the walks we take a bigger sibling of your network, trained with the same code at 64 × 64 for longer, which comes with the course:
# `python -m tools.weights dcgan-faces64` would make it again from nothing. Replace it by `task.ema` to walk through your own.
#
# ### The shell
#
# Where do latent vectors live? Each has $d$ independent coordinates from $\mathcal N(0,1)$, so $\lVert z\rVert^2$ is a sum of $d$ squares with mean 1 and variance 2 each:
#
# $$\mathbb{E}\lVert z\rVert^2=d,\qquad\operatorname{Var}\lVert z\rVert^2=2d,\qquad\text{hence}\qquad\lVert z\rVert\approx\sqrt d\pm\tfrac1{\sqrt2}.\tag{8}$$
#
# The spread does not grow with $d$. In 64 dimensions all latent vectors lie in a thin shell of radius 8; the origin, where the density is *highest*, is a place no sample ever visits,
# because there is so little room. Two independent vectors are nearly perpendicular, so the midpoint of the straight line between them has length
# $\sqrt{d/2}$: it is deep inside, where the generator was never trained. Interpolate along the sphere instead. With $\theta$ the angle between $a$ and $b$,
#
# $$\operatorname{slerp}(a,b;t)=\frac{\sin((1-t)\theta)}{\sin\theta}\,a+\frac{\sin(t\theta)}{\sin\theta}\,b .\tag{9}$$

# %%
explorer = ganlab.load_pretrained("dcgan-faces64", device=lab.device)
d = explorer.config.latent_dim
a, b = torch.randn(2, 20_000, d, generator=lab.generator(2))

# verifies (8): the norms of many latent vectors, and of midpoints
# verifies (9): slerp stays on the shell
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
# Every stage of the upper row is a face. That is a first piece of evidence against memorisation: a network that had stored its training faces would jump from one to the next.
#
# And the lower row? Look closely, and be honest: by eye there is little between them. One pair of faces proves nothing either way, so measure. We draw midpoints of many pairs, by both rules, and take the face
# distance of section 6 of each crowd, beside that of ordinary samples and of latent vectors shortened even further.

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
# average. So the theorem about the shell is right, and the harm at a midpoint is moderate. It is good practice to go around; it is bad practice to expect a disaster from every straight line.
#
# ### Directions with a meaning
#
# Suppose that whether a face wears glasses is decided, at least roughly, by which side of a plane its $z$ lies on: $w\cdot z>c$. How would we find $w$? Sample many $z$, draw their faces, let
# the classifier say which have glasses, and subtract the means:
#
# $$v\;\propto\;\mathbb{E}[z\mid\text{glasses}]-\mathbb{E}[z\mid\text{none}].\tag{10}$$
#
# For Gaussian $z$ this is not merely plausible but exact. Split $z$ into its component along $w$ and the part perpendicular to it. The two are independent, the label depends on the
# first alone, so the second has mean zero under either label, and the difference of the means points along $w$. The cell first verifies (10) on an invented rule with a known $w$,
# then asks the face generator.

# %%
# verifies (10): a rule whose direction we know; the recovered one must be parallel
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
    title="One face, moved along directions found with (10)",
)

# %% [markdown]
# Do the directions do what their names say? A measurement is better than nine friendly pictures. We take fresh faces, with glasses and without as they come, move all of them by the same amount, and let the classifier
# count. And because nothing forces the directions to be independent, we also count what else changes: that is called **entanglement**, and it is
# the rule, not the exception. In our data hair and glasses are independent; in the generator they need not be.

# %%
fresh = torch.randn(lab.budget(smoke=100, cpu=600, gpu=2000), d, generator=lab.generator(9))
before = predict_attributes(draw(fresh))
print("share of faces after moving by +4 along ...   (in brackets: before)")
columns = {
    "glasses": ("glasses", 1),
    "smile": ("smile", 1),
    "beard": ("beard", 1),
    "hat": ("hat", 1),
    "long hair": ("style", 2),
}
print(f"{'':14s}" + "".join(f"{name:>16s}" for name in columns))
for name, v in directions.items():
    after = predict_attributes(draw(move(fresh, v, 4.0)))
    cells = [
        f"{float((after[key] == k).float().mean()):7.0%} ({float((before[key] == k).float().mean()):4.0%})"
        for key, k in columns.values()
    ]
    print(f"{name:14s}" + "".join(f"{cell:>16s}" for cell in cells))

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
# response changes most. They come without names; finding names for them is half the fun. Draw a face at random, drag, undo, save the ones you like to the strip, choose two and
# walk from one to the other. Every picture is computed while you drag.

# %%
from ganlab import widgets

principal = {
    f"principal {i + 1}": v for i, v in enumerate(latent.principal_directions(explorer, 3))
}
widgets.show(widgets.LatentExplorer(explorer.cpu(), directions={**directions, **principal}))

# %% [markdown]
# ## 8 · Has it learned, or memorised?
#
# A copier would get a superb Fréchet distance. Looking for the nearest training picture of each sample is the classical test, and it is usually done badly: *every* picture has a nearest
# neighbour, and with simple faces it will look similar. The question is not "is it similar?" but "is it **more** similar than an honest newcomer would be?" So compare three groups, by their distance to the nearest training
# picture: faces that were held out (honest newcomers), your generator's samples, and, as a control that the test *can* fail, a cheat that returns training
# pictures with a little noise.
#
# If samples lie as far from the training set as newcomers do, or farther, there is no sign of copying. If they lie closer, there is.

# %%
count, stored = (
    lab.budget(smoke=60, cpu=500, gpu=1000),
    images[: lab.budget(smoke=256, cpu=8000, gpu=20_000)],
)
drawn = scores.sample_pictures(task.ema, count, seed=11)
newcomers = (
    data.faces(count, size=SIZE, seed=777).images if DATASET == "faces" else images[-count:]
)
stored = stored if DATASET == "faces" else images[:-count]
cheat = (
    stored[torch.randperm(len(stored), generator=lab.generator(3))[:count]]
    + 0.05 * torch.randn(count, *stored.shape[1:])
).clamp(-1, 1)
groups = {"held out": newcomers, "generated": drawn, "a cheat": cheat}
# name -> (distances, indices), each (count, 1)
nearest = {name: latent.nearest_neighbours(group, stored) for name, group in groups.items()}
for name, (distances, _) in nearest.items():
    print(
        f"{name:10s} median distance to the nearest training picture {distances.median():.2f}"
    )

plotting.histograms(
    {name: distances for name, (distances, _) in nearest.items()},
    xlabel="distance to the nearest training picture",
    ylabel="pictures",
    title="Newcomers, samples, and a cheat",
)

# %%
distances, indices = nearest["generated"]
# the most suspicious ones
closest = distances.flatten().argsort()[:10]
plotting.compare_rows(
    {"generated": drawn[closest], "nearest\nin training": stored[indices.flatten()[closest]]},
    title="The ten samples that lie closest to a training picture",
)

# %% [markdown]
# Distance in pixels is a crude judge. Let the cheat be a little slyer and return training pictures *mirrored*: nearly every pixel has changed, and nothing has been
# invented. So repeat the test between features, where it matters less at which pixel a thing lies than what it is.
#
# > **Predict before you run.** Which of the two tests will the mirrored copies pass?

# %%
if DATASET == "faces":
    # the last axis is the width
    groups["mirrored"] = stored[:count].flip(-1)
    # (M, 64)
    described = face_features(stored)
    medians = {}
    for name, group in groups.items():
        in_pixels, _ = latent.nearest_neighbours(group, stored)
        in_features, _ = latent.nearest_neighbours(face_features(group), described)
        medians[name] = in_pixels.median(), in_features.median()
    print("median distance to the nearest training picture, newcomers = 1")
    for name, both in medians.items():
        pixel, feature = (
            float(a / b) for a, b in zip(both, medians["held out"], strict=True)
        )
        print(f"{name:10s} pixels {pixel:4.2f}   features {feature:4.2f}")

# %% [markdown]
# In pixels the mirrored copies are hardly closer than newcomers; between features they are far too close. Every such test asks about one kind of copying only, the kind its distance can see, and none rules out copying of *parts*. Keep
# that in mind when somebody claims that a model "does not memorise".

# %% [markdown]
# ## 9 · Break it on purpose
#
# Six short runs of a smaller network, equal in everything but one line. None is meant to be good in so short a time; what matters is the difference from the first. For each broken one, guess
# *both* what you will see in the pictures and what the losses will say.
#
# Two numbers go with each run. `L_D` late in the run, to be read with (7). And the **variety**: how much samples differ from one another, pixel by pixel, as a fraction
# of how much real pictures differ. Collapse is a variety near 0.


# %%
def centre_gamma_on_zero(module):
    if isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 0.0, 0.02)


def short_run(*, batch_norm=True, gamma_on_zero=False, **settings):
    torch.manual_seed(lab.seed)
    small = DCGANConfig(
        size=SIZE, channels=images.shape[1], base_channels=16, batch_norm=batch_norm
    )
    generator, discriminator = Generator(small), Discriminator(small)
    if gamma_on_zero:
        generator.apply(centre_gamma_on_zero)
        discriminator.apply(centre_gamma_on_zero)
    losses_d, losses_g = train_plainly(generator, discriminator, images, **settings)
    # in training mode: the statistics of this very batch
    with torch.no_grad():
        return (
            generator(
                torch.randn(256, small.latent_dim, generator=lab.generator(4)).to(lab.device)
            ).cpu(),
            losses_d,
            losses_g,
        )


few = lab.budget(smoke=4, cpu=500, gpu=500)
experiments = {
    "healthy": dict(steps=few),
    "D too strong": dict(steps=few, d_steps=4, lr_g=5e-5),
    "no BatchNorm": dict(steps=few, batch_norm=False),
    "gamma around 0": dict(steps=few, gamma_on_zero=True),
    "learning rate x 100": dict(steps=few, lr_g=5e-2, lr_d=5e-2),
    "D too weak": dict(steps=few // 2, lr_d=2e-5, g_steps=2),
}
outcomes = {name: short_run(**settings) for name, settings in experiments.items()}

real_spread = images[:2000].std(dim=0).mean()
for name, (drawn, losses_d, losses_g) in outcomes.items():
    late = max(1, len(losses_d) // 5)
    print(
        f"{name:20s} L_D {losses_d[-late:].mean():5.2f}   L_G {losses_g[-late:].mean():6.2f}   "
        f"variety {drawn.std(dim=0).mean() / real_spread:4.2f}"
    )

# %%
plotting.compare_rows(
    {name: drawn[:9] for name, (drawn, _, _) in outcomes.items()},
    title="Six short runs, each with one line changed",
)

# %% [markdown]
# | change | symptom | diagnosis | cure |
# |---|---|---|---|
# | $D$ trained four times as often, $G$ ten times as slowly | $L_D$ at 0, $L_G$ huge, grey pictures that hardly move on | $D$ separates perfectly; the slope it offers is taken where it is flat, and points nowhere useful | equal learning rates, one step each, R1 |
# | no batch normalisation | one coarse pattern in a few variations instead of faces, **and losses as harmless as the healthy run's** | signals fade layer by layer, as (6) says, and with them the gradient: only the last layers learn | batch normalisation, or an initialisation scaled to each layer's $n$ |
# | $\gamma$ around 0 | stripes and blots where the healthy run has faces: hundreds of steps behind, and the losses do not say so | $D$'s first layers start with a tiny gradient and $G$'s pictures with hardly any contrast. Adam, which divides by the gradient's size, digs itself out in time; plain gradient descent would not | $\mathcal N(1,0.02)$ for $\gamma$ |
# | learning rate a hundred times as large | saturated colours under a coarse grid | each step overshoots; what remains is the architecture's own pattern, the interleaved stamps of (5) | divide by ten, look again, repeat |
# | $D$ learns 25 times too slowly, $G$ takes two steps | one and the same picture for every $z$: variety near 0; $L_D$ *above* $\log4$, worse than guessing | for a fixed $D$ the best $G$ puts everything on its highest point: this is **collapse** | equal learning rates |
#
# Compare the table with your own outputs above rather than believing it: with another seed or another data set the details differ. The habit to take away is the order of diagnosis. *First* the pictures,
# on fixed $z$; *then* their variety; only then the losses.

# %% [markdown]
# ### Each guideline, taken away in turn
#
# Broken runs show extremes. What is each guideline of section 4 worth by itself? The cell keeps everything and removes one at a time, in very small runs on 16 × 16 pictures. To compare them without trusting the eye, it
# shrinks pictures to 4 × 4 and takes the Fréchet distance between those 48 numbers: a crude measure, blind to detail, and fair in so early a phase, when there is no detail yet. Smaller is better.
#
# > **Predict before you run.** Which five will hurt most, and which will make no difference that you can see?

# %%
# 16 x 16: enough to see which way a change pushes
tiny = F.avg_pool2d(images, 2)


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
    """One more fully connected layer of 256 where each network meets its 4 x 4 picture."""
    if getattr(layer, "kernel_size", None) != (4, 4) or layer.stride != (1, 1):
        return [layer]
    if isinstance(layer, nn.ConvTranspose2d):
        # z -> 256 -> 4 x 4 picture
        made = [
            nn.Conv2d(layer.in_channels, 256, 1),
            nn.ReLU(),
            nn.ConvTranspose2d(256, layer.out_channels, 4, bias=False),
        ]
    else:
        # 4 x 4 picture -> 256 -> logit
        made = [nn.Conv2d(layer.in_channels, 256, 4), nn.LeakyReLU(0.2), nn.Conv2d(256, 1, 1)]
    return [new.apply(init_weights) for new in made]


def norm_at_the_ends(layer):
    """Batch normalisation also before the generator's tanh and after the first convolution."""
    channels = images.shape[1]
    if isinstance(layer, nn.ConvTranspose2d) and layer.out_channels == channels:
        return [layer, nn.BatchNorm2d(channels)]
    if isinstance(layer, nn.Conv2d) and layer.in_channels == channels:
        return [layer, nn.BatchNorm2d(layer.out_channels)]
    return [layer]


def wide_start(layer):
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(layer.weight, 0.0, 0.2)
    return [layer]


def ablate(change, beta1=0.5, seed=lab.seed):
    torch.manual_seed(seed)
    small = DCGANConfig(size=16, channels=images.shape[1], base_channels=16)
    pair = Generator(small), Discriminator(small)
    for network in pair:
        changed = (new for layer in network.layers for new in change(layer))
        network.layers = nn.Sequential(*changed)
    steps = lab.budget(smoke=4, cpu=200, gpu=400)
    train_plainly(*pair, tiny, steps, beta1=beta1, seed=seed)
    with torch.no_grad():
        z = torch.randn(1000, small.latent_dim, generator=lab.generator(4))
        return pair[0](z.to(lab.device)).float().cpu()


def coarse(pictures):
    # (N, C, 16, 16) -> (N, 16 C)
    return F.avg_pool2d(pictures, 4).flatten(1)


def distance(drawn):
    return frechet_distance(coarse(tiny[:1000]), coarse(drawn))


changes = {
    "all guidelines kept": lambda layer: [layer],
    "pooling instead of strides": pooling,
    "no BatchNorm": swap(nn.BatchNorm2d),
    "BatchNorm at the ends too": norm_at_the_ends,
    "a hidden dense layer each": hidden_dense,
    "LeakyReLU also in G": swap(nn.ReLU, lambda: nn.LeakyReLU(0.2)),
    "ReLU also in D": swap(nn.LeakyReLU, nn.ReLU),
    "sigmoid instead of tanh": swap(nn.Tanh, nn.Sigmoid),
    "weights ten times as wide": wide_start,
}
for name, change in changes.items():
    print(f"{name:28s} distance {distance(ablate(change)):6.2f}")
hasty = "Adam with beta1 = 0.9"
print(
    f"{hasty:28s} distance {distance(ablate(changes['all guidelines kept'], beta1=0.9)):6.2f}"
)

# %% [markdown]
# The list falls into three groups. Batch normalisation, no dense layer in hiding, the spread of the first weights, an output whose range matches the data's, little momentum: take one away, and the distance is
# more than twice as large; for the dense layer, here, more than four times. A sigmoid cannot even say "dark": its pictures live in $[0,1]$ while the data live in $[-1,1]$, and the discriminator needs only that. A dense layer does not look wrong at all; it is simply a
# detour of many weights, initialised for convolutions, on the one road from $z$ to the picture. Batch normalisation at the two ends costs less, though it costs: it takes from each batch what the generator
# was to learn, its mean and its contrast. Pooling for strides, LeakyReLU for ReLU in the generator and ReLU in the discriminator make no difference that such a short run could show. That does not refute the paper, which chose its guidelines in long
# runs on large pictures. It is a lesson in reading lists of guidelines: some carry the weight, others came along.

# %% [markdown]
# ## 10 · Exercises
#
# Seven, from easy to hard. No later cell needs your answers. Each is followed by its check, which names the first thing that is wrong.
#
# **Exercise 1 (easy).** Equation (2): the length of a transposed convolution's output.


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
# **Exercise 2 (easy).** The DCGAN initialisation, for one module, in place: convolutions and transposed convolutions from $\mathcal N(0,0.02)$, the weight of `BatchNorm2d` from $\mathcal N(1,0.02)$, every
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
# **Exercise 3 (medium).** The discriminator's loss, from the networks: $-\mathbb E\log D(x)-\mathbb E\log(1-D(G(z)))$, each mean over its own batch. The networks return logits. When somebody calls `.backward()` on your result, the
# discriminator must receive its gradient and the generator none.


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
# **Exercise 4 (medium).** Equation (9) for batches: each row of `a` and `b` (N, d) has its own angle. Where two rows are parallel the formula divides by zero; fall back to the straight line there.


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
# **Exercise 5 (medium).** Equation (10): the unit vector from the mean of the latent vectors without an attribute to the mean of those with it.


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
# **Exercise 7 (hard).** The moving average that pictures are drawn from. Change `average` in place: each parameter becomes `decay` times itself plus `1 - decay` times the model's; buffers (the running statistics of batch
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
# ## 11 · What it cannot do, and what one should not do with it
#
# **Limits.** A DCGAN has no idea of a scene: it fixes the whole picture in a 4 × 4 sketch and refines it, which works for centred faces and fails for a street. It cannot tell you
# how probable a given picture is, and it cannot find the $z$ of a picture you have (later lessons repair that). Its samples carry a faint grid, for
# the reason given below equation (5). And it is trained by a game that can fail tomorrow with the settings that worked today.
#
# **Responsible use.** We trained on painted faces on purpose. The pictures of CelebA, on which most tutorials train, are photographs of people who were never asked, gathered from the web, with labels such as "attractive" that say more
# about the labellers than about anybody's face. Whatever is rare in the training set becomes rarer in the samples, because skipping it costs the generator
# next to nothing; count the modes by group before you believe that a generator is fair. Our own data set is not innocent either. It has
# six skin tones at equal frequency because somebody decided so, and one kind of face only, with no age, no wheelchair, no headscarf. A world that is drawn by a
# program has the blind spots of its programmer.
#
# What you have learned here, scaled up, makes convincing pictures of people who do not exist, and of existing people in situations that never were. Do not train on a person's pictures, or generate their likeness,
# without their consent; say of a generated picture that it is one. If you publish a model, publish with it what it was trained on: the cards beside our
# weights, in `ganlab/weights/`, are an example.
#
# ## 12 · Summary
#
# A transposed convolution is a convolution's matrix, transposed; with $k=4$, $s=2$, $p=1$ it doubles the resolution and treats all pixels alike. The DCGAN guidelines keep signals and gradients
# at one scale through the depth of both networks. The loop is two steps in turn, with the fakes detached for one and scored anew for the other. Losses are a thermometer; judge by pictures on fixed $z$, a distance with
# its floor, a count of modes, and neighbours compared with those of newcomers. Latent vectors live on a shell, and attributes are directions in it.
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
# <details><summary>Your losses sit at L_D = 1.38 and L_G = 0.70. Good or bad?</summary>
# One cannot know. A perfect generator and a useless discriminator give the same numbers. Look at the samples.
# </details>
#
# <details><summary>Why slerp? And what would change if z were uniform in a cube?</summary>
# Gaussian vectors live on a shell of radius √d, and the straight line leaves it. In a cube the norm concentrates too, but the cube itself is convex: straight lines never leave its support, so lerp is the natural choice there.
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
# White 2016, [1609.04468](https://arxiv.org/abs/1609.04468) · Heusel et al. 2017 (the Fréchet distance), [1706.08500](https://arxiv.org/abs/1706.08500) · Mescheder et al. 2018 (R1), [1801.04406](https://arxiv.org/abs/1801.04406) ·
# Yazıcı et al. 2018 (averaging GAN weights), [1806.04498](https://arxiv.org/abs/1806.04498) · Härkönen et al. 2020 (GANSpace), [2004.02546](https://arxiv.org/abs/2004.02546)
