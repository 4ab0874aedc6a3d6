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
# # Lesson 05 · SR-GAN: four times larger, and why PSNR is not the whole story
#
# {{BADGE}}
#
# In films a detective says "enhance", and a blurred number plate turns sharp. It cannot be done: what a camera did not record is gone. And yet, shown a small picture of a face, you know that there are eyelashes, and could draw them. They would not be *the* eyelashes.
#
# In 2017 Christian Ledig and his colleagues trained two networks to enlarge photographs four times. The first, SRResNet, was asked to be *right*, and set a record in decibels. The second, SRGAN, was asked to be *believable*: it lost about two and a half decibels, and people preferred it by far. Where many answers are possible, a loss that compares pixels asks for their average, and the average of many sharp pictures is a blurred one. An adversary asks for one of them.
#
# **You will be able to**
#
# - say what enlarging means when fifteen of sixteen numbers are unknown, and prove that the most faithful answer is a blurred one,
# - build SRResNet from residual blocks and sub-pixel convolutions, start it without a checkerboard, and count its parameters,
# - measure PSNR and SSIM as the literature does, to the second decimal, and name four ways to get another number,
# - train it in a few minutes, go on with an adversary, and plot what you lose and what you gain,
# - find an artefact that nobody has told you about, by looking at the spectrum,
# - enlarge your own photographs, in tiles, in the browser, and say what you must not use them for.
#
# **Time:** about 75 minutes for the **core** (sections 1, 2, 4, 5 and 6, with exercises 3, 4, 5 and 10), and about as long again for **further** (sections 3, 7 and 8, with the other exercises). We count 200 words and 30 lines of code a minute, five minutes for an easy exercise and ten for any other. On one CPU core the whole notebook computes for about eleven minutes, which you can spend reading.
# **You need:** lessons 02 and 03; from lesson 04 the idea that a network's features can compare pictures.
#
# **Papers:** Ledig et al. 2017 ([arXiv:1609.04802](https://arxiv.org/abs/1609.04802)); Shi et al. 2016, sub-pixel convolution ([arXiv:1609.05158](https://arxiv.org/abs/1609.05158)); Blau and Michaeli 2018, the trade-off ([arXiv:1711.06077](https://arxiv.org/abs/1711.06077)).

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
import copy
import math
import time
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganlab import checks, data, images, plotting
from ganlab.data.photographs import (
    cut_crops,
    held_out_photographs,
    photographs_in,
    training_photographs,
)
from ganlab.superres import figures
from ganlab.superres.degradations import degrade
from ganlab.superres.tiles import blend_networks, enlarge_in_tiles
from ganlab.losses import discriminator_loss, generator_loss
from ganlab.superres.networks import (
    SMALL,
    Discriminator,
    DiscriminatorConfig,
    MultiStageGenerator,
    SRResNet,
    SRResNetConfig,
)
from ganlab.resampling import crop_to_multiple, downscale, to_8_bit, upscale
from ganlab.pretrained import shipped_card
from ganlab.superres.scores import evaluate_enlarger
from ganlab.superres.losses import feature_loss
from ganlab.metrics.distances import frechet_distance
from ganlab.metrics.fidelity import luma, psnr_y
from ganlab.style.transfer import load_style_transfer
from ganlab.layers import icnr_
from ganlab.training import update_ema

plotting.use_style()

# %% [markdown]
# ## 1 · One small picture, many large ones
#
# To make a picture $x$ four times smaller, each pixel of the small one is computed as a weighted mean of pixels of the large one. That is a linear map: with all pixels in one column,
#
# $$y = D\,x,\qquad x\in\mathbb{R}^{16n},\quad y\in\mathbb{R}^{n}.\tag{1}$$
#
# $D$ has sixteen times as many columns as rows. So fifteen sixteenths of all directions in which one can change $x$ are in its null space: along them the large picture changes and the small one does not. Here is $D$ for a picture of 48 × 48, as a matrix in float64, and three large pictures that it cannot tell apart.
#
# | symbol | meaning | in code |
# |---|---|---|
# | $x$, $y$ | large picture, small picture | `truth`, `small` |
# | $D$ | the degradation, here antialiased bicubic reduction | `downscale`, `degrade` |
# | $G$ | the generator: $G(y)$ is its enlargement | `network` |
# | $f$ | the discriminator's logit | `judge` |
# | $r$ | scale, 4 unless said otherwise | `scale` |
# | $\varphi_l$ | features of a frozen network at layer $l$ | `perceptual_distance` |

# %%
# verifies (1): different large pictures, one and the same small one
side = 48
basis = torch.eye(side * side, dtype=torch.float64).reshape(-1, 1, side, side)
shrink = {"mode": "bicubic", "antialias": True, "align_corners": False}
D = F.interpolate(basis, scale_factor=0.25, **shrink).reshape(side * side, -1).T
print(f"D: {D.shape[0]} rows, {D.shape[1]} columns, rank {torch.linalg.matrix_rank(D)}")

# chelsea, china, coffee: nothing here will ever train on them
photos = held_out_photographs()
cat = photos["chelsea"]
eye = cat[..., 84:132, 128:176].mean(dim=1, keepdim=True).double()
x = eye.reshape(-1)
# projects onto the null space
invisible = torch.eye(side * side, dtype=torch.float64) - torch.linalg.pinv(D) @ D
noise = 0.3 * torch.randn(side * side, dtype=torch.float64, generator=lab.generator(1))
candidates = {
    "the photograph": x,
    "least contrast": torch.linalg.pinv(D) @ (D @ x),
    "with invisible noise": x + invisible @ noise,
}
for name, candidate in candidates.items():
    print(
        f"{name:21s} differs from the photograph by up to {(candidate - x).abs().max():.2f}, "
        f"small picture by {(D @ candidate - D @ x).abs().max():.0e}"
    )
    assert (D @ candidate - D @ x).abs().max() < 1e-9
shown = [c.reshape(1, 1, side, side).float() for c in candidates.values()]
blocks = (
    (D @ x)
    .reshape(1, 1, side // 4, side // 4)
    .repeat_interleave(4, 2)
    .repeat_interleave(4, 3)
)
plotting.show_images(
    torch.cat([*shown, blocks.float()]),
    columns=4,
    titles=[*candidates, "the small picture of all three"],
)

# %% [markdown]
# So to enlarge is to *choose*, and the choice has to rest on what one knows of photographs: that fur continues, that edges are lines.
#
# ### The most faithful answer is an average
#
# Suppose the small picture $y$ leaves many possible large ones, $x\sim p(x\mid y)$. Which single answer $\hat x$ has the smallest expected squared error? Differentiate $\mathbb{E}\lVert x-\hat x\rVert^2$ with respect to $\hat x$, set it to zero, and out comes the mean of them all:
#
# $$\hat x^*(y)=\mathbb{E}[x\mid y],\qquad \mathbb{E}\lVert x-\hat x\rVert^2=\underbrace{\mathbb{E}\lVert x-\hat x^*\rVert^2}_{\text{cannot be helped}}+\lVert\hat x^*-\hat x\rVert^2.\tag{2}$$
#
# Now take an answer $\hat x$ that is perfectly believable: a sample of $p(x\mid y)$ itself, drawn independently of the truth. Both $x$ and $\hat x$ scatter around $\hat x^*$, independently and equally far, so
#
# $$\mathbb{E}\lVert x-\hat x\rVert^2=\mathbb{E}\lVert x-\hat x^*\rVert^2+\mathbb{E}\lVert \hat x-\hat x^*\rVert^2=2\,\mathbb{E}\lVert x-\hat x^*\rVert^2 .\tag{3}$$
#
# Twice the squared error, or $10\log_{10}2=3.01$ decibels. That is the price of a *sample*, and therefore an upper bound on the price of realism: nobody has to pay more. Can one pay less? Often. To look real, the answers taken together must be distributed as photographs are. They need not be independent of the truth given $y$. Write $D_\min$ for the error of $\hat x^*$ and $W_2$ for the Wasserstein distance between the distribution of $\hat x^*$ and that of $x$. The cheapest realistic answer moves the one distribution onto the other along the shortest way, and costs (Freirich et al. 2021)
#
# $$D_\min+W_2^2(p_{\hat x^*},p_x)\;\le\;2D_\min.\tag{3b}$$
#
# The bound holds because pairing each $\hat x^*$ with a sample around it is one way of moving, at a cost of $D_\min$; $W_2$ takes the best way. How much cheaper is the best way? *Predict* for two cases: one number seen through weak noise, and a fabric of fine stripes, of which the small picture shows only the mean grey.

# %%
# verifies (3b): x ~ N(0, 1) is seen as y = x + noise of a known variance
gap = lab.generator(4)
x = torch.randn(400_000, dtype=torch.float64, generator=gap)
noise = torch.randn(len(x), dtype=torch.float64, generator=gap)
other = torch.randn(len(x), dtype=torch.float64, generator=gap)
for variance in (0.25, 1.0, 4.0):
    mean = (x + variance**0.5 * noise) / (1 + variance)
    # of what is possible given y
    spread = (variance / (1 + variance)) ** 0.5
    answers = {
        "sample": mean + spread * other,
        # stretched until it varies as much as x does
        "cheapest": mean / mean.std(),
    }
    least = (x - mean).square().mean()
    price = {n: 10 * torch.log10((x - a).square().mean() / least) for n, a in answers.items()}
    w2 = (1 - (1 + variance) ** -0.5) ** 2
    formula = 10 * math.log10(1 + w2 / spread**2)
    print(
        f"noise variance {variance:4.2f}: a sample costs {price['sample']:.2f} dB, "
        f"the cheapest realistic answer {price['cheapest']:.2f} dB, by (3b) {formula:.2f} dB"
    )
    assert abs(price["sample"] - 10 * math.log10(2)) < 0.03
    assert abs(price["cheapest"] - formula) < 0.03

# %%
# verifies (2) and (3) on stripes whose phase the small picture does not show
stripes = torch.tensor([-0.8, -0.8, 0.8, 0.8]).repeat(8)
# four phases, one mean of 4 pixels: 0
fabrics = torch.stack([stripes.roll(shift) for shift in range(4)])
truths, guesses = (
    fabrics[torch.randint(4, (20_000,), generator=lab.generator(k))] for k in (2, 3)
)
mean = fabrics.mean(dim=0)
error_mean = (truths - mean).square().mean().item()
error_sample = (truths - guesses).square().mean().item()
decibels = 10 * math.log10(error_sample / error_mean)
print(
    f"squared error of the mean {error_mean:.3f}, of a sample {error_sample:.3f}: {decibels:.2f} dB worse"
)
assert abs(decibels - 10 * math.log10(2)) < 0.05
shown = [f.expand(1, 1, 16, -1) for f in (*fabrics[:3], mean)]
plotting.show_images(
    torch.cat(shown),
    columns=4,
    titles=["possible", "possible", "possible", "best in decibels"],
)

# %% [markdown]
# Under weak noise realism is cheap, a quarter of a decibel: the mean is nearly right, and stretching it a little makes it vary as it should. The stripes are the dearest case. There $y$ says nothing about the phase, $\hat x^*$ is always the same grey, and to turn one grey into all fabrics one has to move as far as a sample does: $W_2^2=D_\min$, and the price is the full 3.01 dB. Enlarging lies between the two. A network that loses *more* than 3.01 dB against the best possible answer cannot blame realism for the rest.
#
# Each of the first three would pass for a fabric; the fourth, which wins in every table, is a grey wall. Remember it whenever you read a PSNR.
#
# ## 2 · The data, and how to measure
#
# Training pairs cost nothing: take any photograph and make it small. The literature has agreed on antialiased bicubic reduction, rounded to 8 bits. What does the word *antialiased* hide? *Without* antialiasing each small pixel is computed from its nearest neighbours only: fine patterns turn into coarse ones that were never there, and a network trained to undo that learns something else.

# %%
truth = crop_to_multiple(photos["china"], 4)[..., 220:348, 300:428]
small = downscale(truth)
ways = {
    "truth": truth,
    "antialiased, as agreed": small,
    "every fourth pixel": truth[..., ::4, ::4],
    "mean of 4 x 4": F.avg_pool2d(truth, 4),
}
plotting.show_images(
    torch.cat([F.interpolate(w, size=(128, 128)) for w in ways.values()]),
    columns=4,
    titles=list(ways),
)

# %% [markdown]
# ### Decibels, by the convention
#
# Two groups report 26.9 and 28.3 dB for the same pictures; have they the same network? PSNR, the peak signal-to-noise ratio, is only comparable if all do the same four things: round to 8 bits, look at the *luma* alone, cut off a border of $r$ pixels, and take 255 for the peak:
#
# $$Y=16+65.481R+128.553G+24.966B,\qquad \operatorname{PSNR}=10\log_{10}\frac{255^2}{\operatorname{mean}\,(Y-\hat Y)^2},\tag{4}$$
#
# with $R,G,B$ from 0 to 1. (That luma, BT.601's, runs from 16 to 235 only, an inheritance of analogue television.) SSIM compares means, deviations and correlations in small windows, on the same luma. Done like this, bicubic enlargement reaches 25.96 dB and 0.6675 on the hundred photographs of BSD100, the first line of every table in this field; a test of this course holds our functions to it.


# %%
# @save ganlab.metrics.fidelity
def luma(pictures: Tensor) -> Tensor:
    """The Y of BT.601, from 16 to 235, of pictures (N, C, H, W) in [-1, 1]: (N, 1, H, W), float64."""
    if pictures.dim() != 4 or pictures.shape[1] not in (1, 3):
        raise ValueError(
            f"luma: expected pictures (N, C, H, W) with C 1 or 3, got {tuple(pictures.shape)}"
        )
    colours = ((pictures.double() + 1) / 2).expand(-1, 3, -1, -1)
    weights = torch.tensor(
        [65.481, 128.553, 24.966], dtype=torch.float64, device=pictures.device
    )
    return 16 + (weights[:, None, None] * colours).sum(dim=1, keepdim=True)


# %%
# verifies (4): against scikit-image; and what the same enlargement is worth by other rules
from skimage.color import rgb2ycbcr
from skimage.metrics import peak_signal_noise_ratio

truth = crop_to_multiple(photos["coffee"], 4)
guess = to_8_bit(upscale(downscale(truth)))
pixels = [((p[0].permute(1, 2, 0).numpy() + 1) / 2) for p in (truth, guess)]
ys = [rgb2ycbcr(p)[4:-4, 4:-4, 0] for p in pixels]
reference = peak_signal_noise_ratio(*ys, data_range=255)
print(f"by the convention: {psnr_y(guess, truth):.3f} dB, scikit-image {reference:.3f} dB")
assert abs(psnr_y(guess, truth) - reference) < 1e-3
inner = (..., slice(4, -4), slice(4, -4))
others = {
    "on R, G and B": peak_signal_noise_ratio(*(p[4:-4, 4:-4] for p in pixels), data_range=1),
    "with the border": psnr_y(guess, truth, shave=0),
    "peak of 219, the luma's span": reference + 20 * math.log10(219 / 255),
    "pictures in [-1, 1], peak 1": -10
    * math.log10((guess - truth)[inner].square().mean().item()),
}
for name, value in others.items():
    print(f"{name:29s} {value:.3f} dB  ({value - reference:+.2f})")

# %% [markdown]
# The luma is kind: it spans 219 of 255 values, and eyes forgive what it leaves out. The last line is a bug that has been published more than once: errors on a scale of two, measured against a peak of one, cost six decibels on top. Differences between *papers* are often a tenth of a decibel.
#
# Now the photographs. We train on those that come inside scikit-image and scikit-learn, except the three we measure on; put a folder of your own in `MY_PHOTOS` and they join in.

# %%
# for example "holiday/"
MY_PHOTOS = None

pool = training_photographs()
if MY_PHOTOS:
    pool += photographs_in(MY_PHOTOS)
CROP = lab.budget(smoke=48, cpu=96, gpu=96)
crops = cut_crops(pool, lab.budget(smoke=40, cpu=3000, gpu=12_000), CROP)
print(f"{len(crops)} crops of {CROP} x {CROP} from {len(pool)} photographs")
plotting.show_images(
    torch.cat(
        [crops[:8].float() / 127.5 - 1, upscale(downscale(crops[:8].float() / 127.5 - 1))]
    ),
    columns=8,
    title="The target (above), and what the network is given, enlarged by bicubic interpolation (below)",
)

# %% [markdown]
# ## 3 · The network
#
# ### Enlarging by rearranging
#
# One could enlarge first and let a network mend the large picture: sixteen times the work. Or use transposed convolutions, and fight the checkerboards of lessons 02 and 04. Shi and his colleagues compute *everything* at the small size and only at the end let $r^2$ channels become one map $r$ times as high and wide:
#
# $$y_{c,\;ri+a,\;rj+b}=x_{cr^2+ar+b,\;i,\;j},\qquad 0\le a,b<r.\tag{5}$$
#
# Each small pixel becomes a little square, and each place in the square has a channel of its own. Nothing is calculated, numbers only move. You will write it yourself, in exercise 1.

# %%
# four channels of 2 x 2
x = torch.arange(16.0).reshape(1, 4, 2, 2)
y = F.pixel_shuffle(x, 2)
print("x", tuple(x.shape), "-> y", tuple(y.shape))
figures.shuffle(x, y)

# %%
# verifies (5)
r = 2
for c, i, j, a, b in np.ndindex(1, 2, 2, r, r):
    assert y[0, c, r * i + a, r * j + b] == x[0, c * r * r + a * r + b, i, j]
print("every number is where (5) says")

# %% [markdown]
# ### Starting without a checkerboard
#
# The $r^2$ filters before a shuffle start with different random weights, so the places of each little square start with different values: a checkerboard, from the first step, which training has to unlearn. Aitken and his colleagues let those $r^2$ filters start as *copies of one*. Convolution and shuffle are then, exactly,
#
# $$\operatorname{shuffle}\big(\operatorname{conv}(x;\,\underbrace{w,\dots,w}_{r^2})\big)=\operatorname{nearest}_r\big(\operatorname{conv}(x;\,w)\big),\tag{6}$$
#
# enlargement by copied pixels, and no place differs from its neighbour until the data ask for it. They called it ICNR, "initialised to convolution nearest-neighbour resize".


# %%
# @save ganlab.layers
class SubpixelConv(nn.Module):
    """Enlarge by convolution at the small size, then a pixel shuffle: (N, C, H, W) -> (N, C', rH, rW)."""

    def __init__(
        self, inputs: int, outputs: int, scale: int, kernel: int = 3, gain: float = 1.0
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs * scale**2, kernel, padding=kernel // 2)
        icnr_(self.conv.weight, scale, gain=gain)
        assert self.conv.bias is not None
        nn.init.zeros_(self.conv.bias)
        self.shuffle = nn.PixelShuffle(scale)

    def forward(self, x: Tensor) -> Tensor:
        """Enlarge x (N, inputs, H, W) to (N, outputs, scale H, scale W)."""
        enlarged: Tensor = self.shuffle(self.conv(x))
        return enlarged


# %%
# verifies (6), and shows what it prevents
torch.manual_seed(0)
layer = SubpixelConv(3, 3, 4)
# one of each sixteen filters
plain = F.conv2d(cat[..., 60:124, 120:184], layer.conv.weight[::16], padding=1)
with torch.no_grad():
    started = layer(cat[..., 60:124, 120:184])
    assert torch.allclose(
        started, F.interpolate(plain, scale_factor=4, mode="nearest"), atol=1e-6
    )
    # what PyTorch users would do
    nn.init.kaiming_normal_(layer.conv.weight)
    naive = layer(cat[..., 60:124, 120:184])


def unevenness(picture):
    """Mean deviation inside the little squares, relative to that of the picture."""
    squares = F.unfold(picture.flatten(0, 1)[:, None], 4, stride=4)
    return (squares.std(dim=1).mean() / picture.std()).item()


print(
    f"deviation inside the squares: ICNR {unevenness(started):.3f}, "
    f"independent filters {unevenness(naive):.3f}"
)
plotting.show_images(
    torch.cat(
        [
            p[..., 96:160, 96:160].clamp(-1, 1)
            for p in (started / started.std() / 2, naive / naive.std() / 2)
        ]
    ),
    columns=4,
    titles=["copies of one filter", "sixteen filters"],
    title="The first picture of an untrained layer, in detail",
)

# %% [markdown]
# ### Residual blocks
#
# Between entrance and shuffle stand residual blocks, $x+f(x)$: the map goes on as it is, and only a correction has to be learned; sixteen of them in the paper, with one more skip around all. The paper's block contains batch normalisation. Lim and his colleagues took it out a year later and won: normalising throws away the contrast of a picture, which is exactly what an enlargement has to keep. `normalize` switches it, and section 8 measures it.


# %%
# @save ganlab.layers
class ResidualBlock(nn.Module):
    """x + f(x), with f two 3 x 3 convolutions: only the correction has to be learned."""

    def __init__(
        self, width: int, *, normalize: bool = True, residual_scale: float = 1.0
    ) -> None:
        super().__init__()
        self.residual_scale = residual_scale
        parts: list[nn.Module] = [nn.Conv2d(width, width, 3, padding=1)]
        parts += [nn.BatchNorm2d(width)] if normalize else []
        parts += [nn.PReLU(), nn.Conv2d(width, width, 3, padding=1)]
        parts += [nn.BatchNorm2d(width)] if normalize else []
        self.body = nn.Sequential(*parts)

    def forward(self, x: Tensor) -> Tensor:
        """x (N, width, H, W) and its correction."""
        correction: Tensor = self.body(x)
        return (
            x + correction
            if self.residual_scale == 1
            else torch.add(x, correction, alpha=self.residual_scale)
        )


# %% [markdown]
# With $w=64$ channels, $B=16$ blocks and 9 × 9 kernels at both ends, the paper's SRResNet has
#
# $$\underbrace{(3\cdot9^2+1)w+1}_{\text{entrance, PReLU}}+B\,\underbrace{\big(2(9w+1)w+4w+1\big)}_{\text{block}}+\underbrace{(9w+1)w+2w}_{\text{after the blocks}}+2\,\underbrace{\big((9w+1)4w+1\big)}_{\text{enlarge by 2}}+\underbrace{(9^2w+1)\,3}_{\text{exit}}\tag{7}$$
#
# parameters. Ours, small enough to train on a laptop in a few minutes, is a ninth of that: half the width, half the blocks, 3 × 3 at the ends, no normalisation, one shuffle by 4 straight into the picture, and the bicubic enlargement added at the end, so that the network learns only what that lacks.

# %%
# verifies (7)
w, B = 64, 16
formula = (
    ((3 * 81 + 1) * w + 1)
    + B * (2 * (9 * w + 1) * w + 4 * w + 1)
    + ((9 * w + 1) * w + 2 * w)
    + 2 * ((9 * w + 1) * 4 * w + 1)
    + (81 * w + 1) * 3
)


def count(network):
    return sum(p.numel() for p in network.parameters())


assert count(SRResNet()) == formula
example = torch.zeros(1, 3, 24, 24)
for name, network in {"the paper's": SRResNet(), "ours": SRResNet(SMALL)}.items():
    with torch.no_grad():
        large = network.eval()(example)
    print(
        f"{name:12s} {count(network):9,d} parameters, {tuple(example.shape)} -> {tuple(large.shape)}"
    )

# %% [markdown]
# ## 4 · First be right: SRResNet
#
# The loop is the simplest of the course: a batch of crops, turned and mirrored at random (eight pictures from one), made small on the spot, enlarged, compared. The loss is the mean absolute error; the paper took the squared one, nearly everybody since takes this, whose gradient does not die where the error is small. Adam at $10^{-3}$, falling to almost nothing in the second half, because the last tenths of a decibel are found with small steps.
#
# *Predict before you run:* bicubic enlargement is where the network starts (why?). How many decibels above it will it end, on photographs it has never seen?


# %%
def turned(pictures):
    """The batch, turned by a random multiple of 90 degrees and mirrored at random."""
    pictures = pictures.flip(3) if torch.rand(()) < 0.5 else pictures
    return pictures.rot90(int(torch.randint(4, (1,))), (2, 3))


def draw(count, degradation="bicubic"):
    """Large crops and their small versions, on the device."""
    large = turned(
        crops[torch.randint(len(crops), (count,))].to(lab.device).float() / 127.5 - 1
    )
    large = large.contiguous(memory_format=torch.channels_last)
    return large, degrade(large, degradation).contiguous(memory_format=torch.channels_last)


def enlarger(network):
    """A function from small to large pictures, without gradients, for measuring."""

    @torch.no_grad()
    def enlarge(small):
        return network(small.to(lab.device)).float().cpu().clamp(-1, 1)

    return enlarge


def train_pixels(network, steps, look=None, rate=1e-3, degradation="bicubic"):
    """Towards the pixels, all stages of the network; returns an average of the network over the run."""
    torch.manual_seed(lab.seed)
    network = network.to(lab.device, memory_format=torch.channels_last).train()
    average = copy.deepcopy(network).eval().requires_grad_(False)
    adam = torch.optim.Adam(network.parameters(), rate, betas=(0.9, 0.99))
    for step in range(steps):
        if look is not None and step % max(1, steps // 8) == 0:
            look(step, average)
        adam.param_groups[0]["lr"] = rate * max(0.02, min(1, 2 * (1 - step / steps)))
        large, small = draw(16, degradation)
        with lab.autocast():
            # of SRResNet one, of the network in section 5 two
            stages = network.stages(small)
        loss = 0
        for picture in stages:
            wanted = large if picture.shape == large.shape else downscale(large, 2)
            loss = loss + F.l1_loss(picture.float(), wanted) / len(stages)
        adam.zero_grad()
        loss.backward()
        # one crop of pure texture must not throw the rest
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        adam.step()
        update_ema(average, network, min(0.995, (1 + step) / (10 + step)))
    if look is not None:
        look(steps, average)
    return average


truths = list(photos.values())[: lab.budget(smoke=1, cpu=3, gpu=3)]
if lab.profile == "smoke":
    truths = [t[..., :96, :96] for t in truths]
bicubic = evaluate_enlarger(upscale, truths)
curve = []


def look(step, network):
    found = evaluate_enlarger(enlarger(network), truths)
    curve.append((step, found.psnr - bicubic.psnr))
    print(f"{step:5d}  {found}  ({found.psnr - bicubic.psnr:+.2f} dB)")


print(f"bicubic {bicubic}")
steps = lab.budget(smoke=4, cpu=1200, gpu=20_000)
began = time.perf_counter()
torch.manual_seed(lab.seed)
srresnet = train_pixels(SRResNet(SMALL), steps, look)
print(f"{time.perf_counter() - began:.0f} s")

plotting.curves(
    {"SRResNet": [gain for _, gain in curve]},
    steps=[step for step, _ in curve],
    marker="o",
    level=("bicubic", 0),
    ylabel="dB above bicubic",
    title="On photographs it has never seen",
)

# %%
places = {"chelsea": (72, 116), "china": (228, 330), "coffee": (150, 220)}
SIDE = lab.budget(smoke=48, cpu=128, gpu=128)


def detail(picture, name):
    top, left = places[name] if lab.profile != "smoke" else (0, 0)
    return picture[..., top : top + SIDE, left : left + SIDE]


def side_by_side(ways, title=None, names=None):
    """One row a photograph, one column a way of enlarging."""
    rows = []
    for name, truth in zip(photos, truths, strict=False):
        if names and name not in names:
            continue
        truth = crop_to_multiple(truth, 4)
        small = downscale(truth)
        rows += [detail(way(small), name) for way in ways.values()] + [detail(truth, name)]
    titles = [*ways, "truth"]
    blank = [""] * (len(rows) - len(titles))
    return plotting.show_images(
        torch.cat(rows).clamp(-1, 1),
        columns=len(titles),
        titles=[*titles, *blank],
        title=title,
    )


def nearest(small):
    return F.interpolate(small, scale_factor=4, mode="nearest")


side_by_side(
    {"small": nearest, "bicubic": upscale, "SRResNet": enlarger(srresnet)},
    "After the first training",
)

# %% [markdown]
# Why does it start at bicubic? Because the last filters start a hundredth as large as usual: the network's share is next to nothing, and the bicubic enlargement comes through. What you see at the end is sharper edges, and fur that is still soft: the network has learned where it can be *sure*.
#
# You predicted a number of decibels. Ours gains about seven tenths: more than half of that in the first eighth of the training, the rest ever more slowly.
#
# How far could one go? With 350,000 pictures and days on a GPU, the paper's SRResNet reaches 27.58 dB on BSD100, 28.49 on Set14 and 32.05 on Set5, where bicubic interpolation has 25.96, 26.00 and 28.42: gains of 1.6 to 3.6 dB. The network that comes with the course covers part of that gap; you will meet it in section 6.
#
# ### In two stages
#
# Four times is a long way for one step. A multi-stage network goes twice two: blocks, shuffle by two, *a picture*; more blocks, shuffle by two, another picture. Each picture is compared with the truth at its own size, so the first stage has a loss of its own, right behind it, and does not depend on gradients that have come all the way back (Lai et al. 2017). The price: the second stage works on maps four times as large.

# %%
half = SRResNetConfig(width=32, blocks=4, end_kernel=3, normalize=False, bicubic_skip=True)
short = lab.budget(smoke=2, cpu=120, gpu=2500)
runs = {"one stage": SRResNet(SMALL), "two stages": MultiStageGenerator(half)}
for name, network in runs.items():
    began = time.perf_counter()
    torch.manual_seed(lab.seed)
    runs[name] = train_pixels(network, short)
    seconds = time.perf_counter() - began
    found = evaluate_enlarger(enlarger(runs[name]), truths)
    print(
        f"{name:11s} {count(network):8,d} parameters, {short} steps, {seconds:3.0f} s: {found}"
    )

small = downscale(crop_to_multiple(truths[0], 4))
with torch.no_grad():
    pictures = [
        p.float().cpu().clamp(-1, 1) for p in runs["two stages"].stages(small.to(lab.device))
    ]
print("stages:", " -> ".join(str(tuple(p.shape[2:])) for p in (small, *pictures)))
plotting.show_images(
    torch.cat(
        [
            detail(
                F.interpolate(
                    p, scale_factor=4 * small.shape[2] // p.shape[2], mode="nearest"
                ),
                "chelsea",
            )
            for p in (small, *pictures)
        ]
    ),
    columns=4,
    titles=["given", "first stage: twice", "second stage: four times"],
)

# %% [markdown]
# The two lie within a tenth of a decibel, and this is one seed: too little to call either better. The times are clear, though: two stages cost about three times as much a step, because the second works on maps four times as large, and they have more parameters. To compare them fairly one would give both the same minutes, and several seeds.
#
# ## 5 · Then be believable: SRGAN
#
# The second training goes on from the first: a discriminator sees large crops, real ones and enlarged ones, and the generator is paid for fooling it. The paper's generator loss has two parts: squared distances of *features* $\varphi$ in place of pixels, from a deep layer of VGG-19, and the adversary with a weight of $10^{-3}$. With $f$ the discriminator's logit and $\lambda$ the weights, a family of such losses is
#
# $$L_G=\lambda_x\operatorname{mean}\lvert G(y)-x\rvert+\lambda_\varphi\,\frac1L\sum_l\frac{\operatorname{mean}\,\lvert\varphi_l(G(y))-\varphi_l(x)\rvert}{\operatorname{mean}\,\lvert\varphi_l(x)\rvert}+\lambda_f\,\mathbb{E}\big[-\log\sigma(f(G(y)))\big].\tag{8}$$
#
# VGG's weights are half a gigabyte, and had to be downloaded; for $\varphi$ we take a network that is at hand, the encoder of `adain-small` from lesson 04, at all its three levels. (`ganlab.superres.losses.feature_loss` takes any frozen encoder, VGG-19 too. A network's deep layers alone, behind two poolings, do not mind a grid of single pixels, and the generator finds that out: the shallow levels have to look as well.) A little of the pixels stays in, for the colours.
#
# The discriminator is the paper's, three eighths as wide. In place of two dense layers and one verdict on the whole crop it gives a verdict for every place: we have few steps, and many verdicts teach more than one. For the same reason it gets a head start: it learns alone at first, until it has something to say.
#
# Two rules from lesson 02 matter as much here. The discriminator's step gets `fake.detach()`; and the generator's step asks the discriminator *again*, for it has just changed.
#
# *Predict:* by how many decibels will PSNR fall? More than 3.01?

# %%
features = load_style_transfer("adain-small", device=lab.device).encoder.requires_grad_(False)
WEIGHTS = {"pixels": 0.3, "features": 1.0, "adversary": 0.15}


def train_adversary(network, steps, weights, head_start=60, look=None):
    """Go on from a trained network with (8); returns the average."""
    torch.manual_seed(lab.seed)
    network = copy.deepcopy(network).requires_grad_(True).train()
    average = copy.deepcopy(network).eval().requires_grad_(False)
    judge = Discriminator(DiscriminatorConfig(size=CROP, width=24, dense=0))
    judge = judge.to(lab.device, memory_format=torch.channels_last)
    adam_g = torch.optim.Adam(network.parameters(), 1e-3, betas=(0.9, 0.99))
    adam_d = torch.optim.Adam(judge.parameters(), 8e-4, betas=(0.9, 0.99))
    history = []
    for step in range(steps):
        if look is not None and step % max(1, steps // 4) == 0:
            look(step, average)
        # in the second half ever finer
        for adam, rate in ((adam_g, 1e-3), (adam_d, 8e-4)):
            adam.param_groups[0]["lr"] = rate * max(0.05, min(1, 2 * (1 - step / steps)))
        large, small = draw(8)
        with lab.autocast():
            fake = network(small)
            real_logits = judge(large)
            # detach: only the judge learns here
            fake_logits = judge(fake.detach())
        loss_d = discriminator_loss(
            real_logits=real_logits.float(), fake_logits=fake_logits.float()
        )
        adam_d.zero_grad()
        loss_d.backward()
        adam_d.step()
        if step < head_start:
            # a judge that knows nothing has nothing to teach
            continue
        # it is passed through, and learns nothing
        judge.requires_grad_(False)
        with lab.autocast():
            # asked again: it has changed
            verdicts = judge(fake)
            loss_f = generator_loss(fake_logits=verdicts.float())
            loss_phi = feature_loss(features, fake, large)
        judge.requires_grad_(True)
        loss_x = F.l1_loss(fake.float(), large)
        loss_g = (
            weights["pixels"] * loss_x
            + weights["features"] * loss_phi
            + weights["adversary"] * loss_f
        )
        adam_g.zero_grad()
        loss_g.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        adam_g.step()
        update_ema(average, network, min(0.98, (1 + step) / (10 + step)))
        history.append((loss_d.item(), loss_f.item()))
    if look is not None:
        look(steps, average)
    return average, np.array(history)


steps = lab.budget(smoke=3, cpu=560, gpu=5000)
began = time.perf_counter()
head_start = lab.budget(smoke=1, cpu=60, gpu=200)
srgan, history = train_adversary(srresnet, steps, WEIGHTS, head_start, look)
print(f"{time.perf_counter() - began:.0f} s")
before, after = (evaluate_enlarger(enlarger(n), truths) for n in (srresnet, srgan))
print(
    f"perceptual distance {before.distance:.4f} -> {after.distance:.4f} "
    f"({after.distance / before.distance - 1:+.0%}), PSNR {after.psnr - before.psnr:+.2f} dB"
)

window = max(1, steps // 20)
names = ["discriminator", "generator, adversarial part"]
smooth = {
    name: np.convolve(values, np.ones(window) / window, "valid")
    for name, values in zip(names, history[:, :2].T, strict=True)
}
plotting.curves(
    smooth,
    steps=range(window, len(history) + 1),
    level=("a judge that cannot tell: 2 log 2", 2 * math.log(2)),
    xlabel="step after the head start",
    ylabel="loss",
    title="The game",
    ylim=(0, 2.4),
)

# %% [markdown]
# PSNR falls by a few tenths of a decibel, far from 3.01: our SRGAN is far from realistic, too. And look at the discriminator: its loss hardly leaves the dotted line of a judge that cannot tell. Then does it do anything at all? The loss (8) has three terms, and the features alone might sharpen the picture. So take one term away at a time, from the same start, for the same number of steps.
#
# To judge the three, we need a measure that does not compare a picture with *its* truth, place by place. A **Fréchet distance over patches** is one: cut all enlargements into patches of 8 × 8, fit a Gaussian to them, fit another to the patches of real photographs, and compare the two. It is the $W_2^2$ of (3b), for two Gaussians. We divide by 64, so that it stands in the units of a squared error a pixel.

# %%
PATCH = 8


def patches(pictures):
    """The luma of all patches, half of them overlapping: (M, 64)."""
    return torch.cat([F.unfold(luma(p), PATCH, stride=PATCH // 2)[0].T for p in pictures])


real_patches = patches([crop_to_multiple(t, 4) for t in truths])


@dataclass
class Place:
    """Where a way of enlarging lies: PSNR, and the Fréchet distance of its patches."""

    psnr: float
    distance: float


def place(way):
    wanted = [crop_to_multiple(t, 4) for t in truths]
    made = [to_8_bit(way(downscale(t)).clamp(-1, 1)) for t in wanted]
    decibels = [psnr_y(m, t) for m, t in zip(made, wanted, strict=True)]
    distance = frechet_distance(patches(made), real_patches) / PATCH**2
    return Place(sum(decibels) / len(decibels), distance)


ablation_steps = lab.budget(smoke=2, cpu=70, gpu=1000)
start = place(enlarger(srresnet))
print(f"{'SRResNet':13s} PSNR {start.psnr:.2f} dB, patches {start.distance:.1f}")
for name, changed in {
    "all of (8)": {},
    "no adversary": {"adversary": 0.0},
    "no features": {"features": 0.0},
}.items():
    trained, game = train_adversary(
        srresnet,
        ablation_steps,
        {**WEIGHTS, **changed},
        head_start=lab.budget(smoke=1, cpu=20, gpu=200),
    )
    there = place(enlarger(trained))
    print(
        f"{name:13s} PSNR {there.psnr:.2f} dB, patches {there.distance:.1f}, "
        f"loss of the judge at the end {game[-10:, 0].mean():.2f}"
    )

# %% [markdown]
# What happened? With and without the adversary the two numbers are nearly the same. Without the features the network hardly moves. So in a training as short as this **the features do the work, and the adversary does nothing that these numbers show**. (We have repeated the three runs with the seeds 0, 1 and 2, and each time the first two ended within 0.02 dB and 0.7 of each other.)
#
# Is the judge useless, then? We have also trained the full 560 steps without the adversary's term (one seed). There the judge wins: its loss falls to 0.23, where with the term it ends at 1.38. So the generator does listen to the judge, and denies it every sign that this small network can see. But it buys none of the realism that we measure: 27.43 dB and 114.9 for the patches without the term, 27.42 dB and 116.3 with it. The paper's judge was larger, its training far longer. Whether that is what it takes, we have not measured.
#
# What is the **perceptual distance** printed above? At several layers $l$ of a network that no loss here asks, the direction of the feature vector at every place is compared:
#
# $$d(x,\hat x)=\frac1L\sum_l\operatorname*{mean}_{h,w}\left\lVert\frac{\varphi_l(x)_{hw}}{\lVert\varphi_l(x)_{hw}\rVert}-\frac{\varphi_l(\hat x)_{hw}}{\lVert\varphi_l(\hat x)_{hw}\rVert}\right\rVert^2.\tag{9}$$
#
# It has the form of LPIPS (Zhang et al. 2018), on `style-features`, the small VGG-like network from lesson 04, without LPIPS's weights, which were fitted to what people said. Its numbers compare with each other and with nothing published. Nor is it independent of (8): it was the teacher of the encoder that (8) asks. And for all its name it compares a picture with *its* truth, place by place. Blau and Michaeli count such distances as distortion. Realism is a property of the whole crowd of pictures, which is what the patches measure.
#
# ### The plane
#
# So there are two axes, fidelity and realism, and Blau and Michaeli proved that there is a border on them that no method can cross: the best fidelity at a given degree of realism is a falling curve. How can one move between the two ends without training a network for each point? Two networks that come from one another, as ours do, can be mixed **weight by weight** (Wang et al. 2018):
#
# $$\theta(\alpha)=(1-\alpha)\,\theta_\text{SRResNet}+\alpha\,\theta_\text{SRGAN}.\tag{10}$$
#
# This is not the mixture of their pictures: the networks are not linear in their weights. There is no guarantee that it works. Here the second network started from the first and has not moved far. *Predict:* do the mixtures lie on a line between the two ends, above it or below? Is every mixture worth having?

# %%
alphas = torch.linspace(0, 1, lab.budget(smoke=3, cpu=6, gpu=6)).tolist()
walk = [place(enlarger(blend_networks(srresnet, srgan, alpha))) for alpha in alphas]
points = {"nearest": place(nearest), "bicubic": place(upscale)}
figures.distortion_and_perception(alphas, walk, points)

# %%
# verifies (10): its ends are the two networks, and its middle is not the mean of their pictures
small = downscale(crop_to_multiple(truths[0], 4))
ends = [enlarger(n)(small) for n in (srresnet, srgan)]
for alpha, end in zip((0.0, 1.0), ends, strict=True):
    assert torch.allclose(
        enlarger(blend_networks(srresnet, srgan, alpha))(small), end, atol=1e-5
    )
middle = enlarger(blend_networks(srresnet, srgan, 0.5))(small)
print(
    "middle network against mean picture: "
    f"up to {(middle - (ends[0] + ends[1]) / 2).abs().max():.3f} apart"
)

# %%
side_by_side(
    {"bicubic": upscale, "SRResNet": enlarger(srresnet), "SRGAN": enlarger(srgan)},
    "Right, and believable",
)

# %% [markdown]
# With the networks that come with the course, on these three photographs, the mixtures for $\alpha=0, 0.2, \dots, 1$ lose 0, 0.03, 0.09, 0.23, 0.51 and 1.12 dB, while the distance falls almost evenly, from 99 to 58. So the way is curved: the first half of the dial is nearly free, and the last step is dear. Here each mixture is the best of its price. On other pictures, and by other measures, the far end can be worse than a mixture in both respects; exercise 10 lets you look.
#
# One thing *can* be checked of an invention: does it agree with what was given? Make the enlargement small again, and it should be the small picture.

# %%
for name, way in {
    "bicubic": upscale,
    "SRResNet": enlarger(srresnet),
    "SRGAN": enlarger(srgan),
}.items():
    again = [
        psnr_y(downscale(way(s).clamp(-1, 1)), s, shave=1)
        for s in (downscale(crop_to_multiple(t, 4)) for t in truths)
    ]
    print(f"{name:9s} made small again: {sum(again) / len(again):.1f} dB from what was given")

# %% [markdown]
# No loss asked the networks for this, and still they agree with the given picture far better than bicubic interpolation does, which is no inverse of making small. What SRGAN invents lies, nearly, in the null space of $D$.
#
# ## 6 · The networks of the course
#
# `srresnet-x4` is the same network with twice the width and two more blocks, trained for an hour on these photographs and a hundred and eighty more; `srgan-x4` goes on from it. Their cards say on what they were trained and what was held out: they have seen eighty of the hundred pictures of BSD100, so only the other twenty measure them. These twenty are easier than the hundred (bicubic interpolation reaches 26.37 dB on them and 25.96 on all), so do not set our 27.69 beside the paper's 27.58: compare the gains over bicubic, 1.32 against 1.62 dB.

# %%
shipped = {
    name: ganlab.load_pretrained(name, device=lab.device)
    for name in ("srresnet-x4", "srgan-x4")
}
for name in shipped:
    measured = shipped_card(name)["measured"]
    print(name, "on every fifth picture of BSD100, none of which it has seen:")
    print("   ", {k.split(": ")[1]: v for k, v in measured.items() if k.startswith("BSD100")})
ways = {"bicubic": upscale, **{name: enlarger(network) for name, network in shipped.items()}}
for name, way in ways.items():
    print(f"{name:12s} {evaluate_enlarger(way, truths)}")
side_by_side(ways)

# %% [markdown]
# Look at the third column from near by: at SRGAN's, on the smooth parts. Is that the grain of a photograph? If it were, no frequency would stand out. So measure it. Cut the luma into overlapping windows of 64 × 64, fade each to zero at its edges, and average the power of their Fourier transforms. A pattern that alternates from pixel to pixel in both directions, a chessboard, has the frequency $(\frac12,\frac12)$. *Predict:* how does the power there compare with that at the frequencies around it, for the photographs and for the three ways of enlarging?

# %%
WINDOW = lab.budget(smoke=32, cpu=64, gpu=64)


def spectrum(pictures):
    """Mean power (WINDOW, WINDOW) of the windows' luma; the frequency (k, l) / WINDOW at [k, l]."""
    fade = torch.hann_window(WINDOW, periodic=True, dtype=torch.float64)
    windows = [F.unfold(luma(p), WINDOW, stride=WINDOW // 2)[0].T for p in pictures]
    windows = torch.cat(windows).reshape(-1, WINDOW, WINDOW)
    windows = windows - windows.mean(dim=(1, 2), keepdim=True)
    return torch.fft.fft2(windows * fade[:, None] * fade).abs().square().mean(dim=0)


def stands_out(power, *frequency):
    """The power at a frequency, in cycles a pixel, over the median of those 3 to 5 places away."""
    rows, columns = (round(WINDOW * f) for f in frequency)
    centred = power.roll((5 - rows, 5 - columns), (0, 1))[:11, :11]
    away = (torch.arange(11) - 5).abs()
    away = torch.maximum(away[:, None], away)
    return (centred[5, 5] / centred[away >= 3].median()).item()


wanted = [crop_to_multiple(t, 4) for t in truths]
power = {"truth": spectrum(wanted)}
for name, way in ways.items():
    made = [to_8_bit(way(downscale(t)).clamp(-1, 1)) for t in wanted]
    power[name] = spectrum(made)
places_4 = [(0.5, 0.5), (0.5, 0.0), (0.0, 0.5), (0.25, 0.25), (0.25, 0.5), (3 / 8, 3 / 8)]
print(f"{'at the frequency':13s}" + "".join(f"  ({a:.3g}, {b:.3g})" for a, b in places_4))
for name, found in power.items():
    print(f"{name:13s}   " + "".join(f"{stands_out(found, *f):12.1f}" for f in places_4))
half = WINDOW // 2
plotting.curves(
    {name: found.diagonal()[: half + 1].log10() for name, found in power.items()},
    steps=np.arange(half + 1) / WINDOW,
    colours=["black", "sky", "blue", "vermillion"],
    xlabel="frequency along the diagonal, in cycles a pixel",
    ylabel="power, logarithm",
    title="Along the diagonal: what repeats every four pixels is at 1/4 and at 1/2",
)

# %% [markdown]
# In photographs nothing stands out: the power at $(\frac12,\frac12)$ is that of its surroundings. In SRGAN's pictures it is some ninety times as much. **They carry a grid**, and it is not only a chessboard: other multiples of a quarter stand out too, and $(\frac38,\frac38)$, which is none, hardly does. Between the peaks there is less power than in photographs. Multiples of a quarter are what repeats every four pixels, and four is the shuffle. The sixteen filters that fill a little square have become unequal, in the same way everywhere.
#
# Where does it come from? Not from the adversary, as one might think. We have measured the small networks of section 5 in the same way (one seed). SRResNet reaches at most 5.5 times its surroundings at these frequencies; trained on by (8) *without* the adversary's term, 60 to 620 times; with it, 6 to 380. So the grid comes with the loss on features, and the adversary does not remove it. That the network of features is nearly blind to such a grid is our guess.
#
# It is faint, a fraction of a grey level on average, and the eye finds it because it is regular. PSNR and the perceptual distance have not told us of it. Look at pictures, and at their spectra.

# %% [markdown]
# ### Any size, and a film
#
# A large photograph does not fit into the memory of a GPU, nor its maps into that of a laptop. A convolutional network can be shown a piece at a time, as long as each piece comes with a margin as wide as the network looks: the *receptive radius*, one pixel for each 3 × 3 convolution. With that overlap the tiles fit without a seam; with none, every edge shows.

# %%
picture = downscale(crop_to_multiple(truths[-1], 4))
network = shipped["srresnet-x4"]
whole = enlarge_in_tiles(network, picture, tile=4096)
for overlap in (0, 4, None):
    tiled = enlarge_in_tiles(network, picture, tile=32, overlap=overlap)
    worst = ((tiled - whole).abs().max() * 127.5).item()
    print(
        f"tiles of 32, overlap {'the receptive radius' if overlap is None else overlap}: "
        f"off by {worst:.2f} of 255 at most"
    )
began = time.perf_counter()
side = lab.budget(smoke=32, cpu=256, gpu=256)
enlarge_in_tiles(network, data.photos("astronaut").images[..., :side, :side])
print(f"{side} x {side} -> {4 * side} x {4 * side}: {time.perf_counter() - began:.1f} s")

# %% [markdown]
# A film is many pictures, and there is a new way to fail: details that are invented anew in every frame *flicker*. To measure that, one has to follow the things as they move. Let the camera move by one pixel a frame, down and to the right, so that what was at $(i+1,j+1)$ is at $(i,j)$ in the next frame. In the true film nothing else changes, so the flicker is
#
# $$\frac1{T-1}\sum_t\operatorname{mean}_{i,j}\big\lvert\hat Y_{t+1}(i,j)-\hat Y_t(i+1,j+1)\big\rvert.\tag{11}$$
#
# *Predict:* which of the three is the steadiest?

# %%
# verifies (11): it is 0 for the true film
size = lab.budget(smoke=48, cpu=160, gpu=160)
film = [
    cat[..., 60 + t : 60 + t + size, 110 + t : 110 + t + size]
    for t in range(lab.budget(smoke=3, cpu=8, gpu=8))
]


def along_the_motion(frames):
    """(11), without the edges, where a network sees less."""
    ys = [luma(frame) for frame in frames]
    changes = [
        (new[..., 8:-9, 8:-9] - old[..., 9:-8, 9:-8]).abs().mean()
        for old, new in pairwise(ys)
    ]
    return (sum(changes) / len(changes)).item()


assert along_the_motion(film) == 0
for name, way in ways.items():
    made = [way(downscale(frame)).clamp(-1, 1) for frame in film]
    print(f"{name:12s} flicker {along_the_motion(made):.2f} grey levels a frame")

# %% [markdown]
# The more a method invents, the more it flickers: SRGAN more than three times as much as bicubic interpolation. Each frame shows the things at another place of the small grid, and what is made up depends on that place. (Video has networks of its own, which look at several frames.)
#
# ### Play
#
# Your own photograph, now. Choose a sample or upload a picture, drag the frame over what you want to see large, move the mouse over the results: the loupe shows the same place in all three. The dial is $\alpha$ of (10).

# %%
from ganlab import widgets

studio = widgets.SuperResolutionStudio()
widgets.show(studio)

# %% [markdown]
# Things to try. Fur, then letters, then a face: where does the believable network help, and where does it fail visibly? Put the dial at one half. Upload a photograph that was saved as a small JPEG: its blocks turn into hard edges. Section 7 says why.
#
# And in one line, for scripts, any size in, four times that size out:

# %%
photo = images.to_pil(data.photos("coffee").images[..., 100:200, 200:350])
result = ganlab.enlarge(photo)
print(photo.size, "->", result.size)
result

# %% [markdown]
# ## 7 · The world is not bicubic
#
# A network learns to undo what was done to its training pictures, and nothing else. Real small pictures are blurred by lenses, noisy, squeezed by JPEG. What does a network make of these that has met only bicubic reduction? And one that was trained on all of them?

# %%
camera_steps = lab.budget(smoke=2, cpu=250, gpu=4000)
torch.manual_seed(lab.seed)
start = copy.deepcopy(srresnet).requires_grad_(True)
camera = train_pixels(start, camera_steps, rate=5e-4, degradation="camera")
KINDS = ("bicubic", "blur", "noise", "jpeg", "camera")
print(
    f"{'':28s}"
    + "".join(f"{kind:>9s}" for kind in KINDS)
    + "   (dB above bicubic enlargement)"
)
floor = {kind: evaluate_enlarger(upscale, truths, degradation=kind).psnr for kind in KINDS}
for name, network in {"trained on bicubic": srresnet, "trained on camera": camera}.items():
    gains = [
        evaluate_enlarger(enlarger(network), truths, degradation=k).psnr - floor[k]
        for k in KINDS
    ]
    print(f"{name:28s}" + "".join(f"{gain:+9.2f}" for gain in gains))

truth = crop_to_multiple(truths[0], 4)
bad = degrade(truth, "camera", generator=lab.generator(5))
plotting.show_images(
    torch.cat(
        [
            detail(p, "chelsea")
            for p in (
                nearest(bad),
                upscale(bad),
                enlarger(srresnet)(bad),
                enlarger(camera)(bad),
                truth,
            )
        ]
    ).clamp(-1, 1),
    columns=5,
    titles=["given", "bicubic", "trained on bicubic", "trained on camera", "truth"],
    title="A picture from a bad camera",
)

# %% [markdown]
# Read the upper row from left to right. Blur resembles the training degradation, and the gain stays. Under noise about half of it is left. Under JPEG, and under all three damages at once, the network is no better than bicubic interpolation: it sharpens noise and blocks as if they were things. The network that has met the bad camera gains there, and pays for it on clean pictures, where it has become careful.
#
# There is no best network, only one for a degradation, and the degradation of an arbitrary photograph is unknown. That is "blind" super-resolution: Zhang et al. 2021 train on a long random chain of damages.
#
# ## 8 · Break it on purpose
#
# One short training for each of four changes, and one without. *Predict* their order.

# %%
trial_steps = lab.budget(smoke=2, cpu=100, gpu=1000)


class WithTanh(nn.Module):
    """A tanh at the end, as in a DCGAN, on targets in [-1, 1]."""

    def __init__(self, network):
        super().__init__()
        self.network, self.config = network, network.config

    def forward(self, small):
        return torch.tanh(self.network(small))

    def stages(self, small):
        return [self(small)]


def pytorchs_start(network):
    """The last filters as PyTorch initialises them: each on its own, and some forty times as large."""
    network.tail[0].conv.reset_parameters()
    return network


SIZES = {"width": 32, "blocks": 8, "end_kernel": 3}
trials = {
    "nothing wrong": lambda: SRResNet(SMALL),
    "PyTorch's own start": lambda: pytorchs_start(SRResNet(SMALL)),
    "batch normalisation": lambda: SRResNet(
        SRResNetConfig(**SIZES, normalize=True, upsampling="direct", bicubic_skip=True)
    ),
    "no bicubic skip": lambda: SRResNet(
        SRResNetConfig(**SIZES, normalize=False, upsampling="direct")
    ),
    "tanh at the end": lambda: WithTanh(SRResNet(SMALL)),
}
pictures = []
for name, make in trials.items():
    torch.manual_seed(lab.seed)
    trained = train_pixels(make(), trial_steps)
    found = evaluate_enlarger(enlarger(trained), truths)
    pictures.append(
        detail(enlarger(trained)(downscale(crop_to_multiple(truths[0], 4))), "chelsea")
    )
    print(
        f"{name:28s} {found.psnr - bicubic.psnr:+6.2f} dB against bicubic, distance {found.distance:.4f}"
    )
plotting.show_images(
    torch.cat(pictures), columns=5, titles=[name.replace(", ", ",\n") for name in trials]
)

# %% [markdown]
# | what was changed | symptom | diagnosis | cure |
# |---|---|---|---|
# | PyTorch's own start | behind | a guess: the first steps go into silencing sixteen unequal filters | ICNR, and a small start |
# | batch normalisation | none at this length, beyond the time it costs | known from longer trainings of deeper networks (Lim et al.): it changes the contrast | leave it out |
# | no bicubic skip | more than a decibel behind, little squares | a guess: the network spends its steps on learning to copy | add the bicubic enlargement |
# | tanh at the end | most of a decibel behind, contrast is lost | $\tanh(0.5)=0.46$, and $\pm1$ is never reached: the network has to undo it | no tanh, clip when showing |
#
# This is one seed and a hundred steps: a tenth of a decibel is not a finding here, and we draw no conclusion from one. Not every warning in a textbook shows in a hundred steps; an experiment that is too short finds nothing wrong with anything.
#
# With targets normalised for ImageNet a tanh is worse still: these run from $-2.1$ to $2.6$, far outside its range. Exercise 6 is about that mistake.

# %% [markdown]
# ## 9 · Exercises
#
# Ten, each marked with its difficulty. No later cell needs your answers. Arguments come in the order of the definition and are never to be changed; pictures are always (N, 3, H, W) in $[-1,1]$, and $r$ is the `scale`.
#
# **Exercise 1 (medium).** The pixel shuffle, by hand. From `x` (N, C $r^2$, H, W) make $y$ (N, C, $r$H, $r$W) with
#
# $$y_{c,\;ri+a,\;rj+b}=x_{cr^2+ar+b,\;i,\;j},\qquad 0\le a,b<r.$$
#
# The $r^2$ channels of one group are dealt out into one little square, $a$ being the row in it and $b$ the column. Nothing is computed, every number only moves; that is why all convolutions can stand *before* it, at the small size, where each costs $r^2$ times less.
# Use indexing, `reshape` and `permute`, and leave `F.pixel_shuffle` aside. Follow one number before you write: where does `x[0, 1, 0, 0]` belong? And remember the face that lesson 00 broke: `reshape` splits and merges neighbouring axes only, and the last one counts fastest.


# %% tags=["exercise"]
def pixel_shuffle(x, scale):
    """Tensor (N, C, scale H, scale W)."""
    ### BEGIN SOLUTION
    n, channels, height, width = x.shape
    groups = channels // scale**2
    # (N, C, a, b, H, W)
    x = x.reshape(n, groups, scale, scale, height, width)
    # (N, C, H, a, W, b)
    x = x.permute(0, 1, 4, 2, 5, 3)
    return x.reshape(n, groups, height * scale, width * scale)
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_05.pixel_shuffle(pixel_shuffle)
### BEGIN HIDDEN TESTS
_random = lab.generator(501)
for _r, _size in ((3, (2, 36, 2, 5)), (2, (3, 4, 4, 3)), (4, (1, 32, 3, 2))):
    _x = torch.randn(_size, generator=_random)
    _want, _got = F.pixel_shuffle(_x, _r), pixel_shuffle(_x.clone(), _r)
    assert _got.shape == _want.shape, "r times larger, with r * r times fewer channels"
    assert torch.allclose(_got.float(), _want), "every number at its place"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 2 (medium).** A fresh sub-pixel convolution paints a checkerboard: the $r^2$ filters that fill one little square are different random numbers, so every square begins with the same accidental pattern, and some of it may survive the training. The cure (ICNR, Aitken et al. 2017) is to let those $r^2$ filters begin as *copies of one*. Convolution and shuffle together are then an ordinary convolution, enlarged by copying pixels, and no square has a pattern until training finds a reason for one. `weight` is (C $r^2$, C$_\text{in}$, k, k).
#
# Return new weights of the same shape in which the filters of every group are copies of the group's *first*, that is of the filters number $0, r^2, 2r^2, \dots$ of `weight`. (One could draw new ones. Taking the first of each group leaves chance out of it, and keeps the deviation that the filters were drawn with. The mean of the group would not: its deviation is $r$ times smaller.) Which $r^2$ channels fill one square, you know from exercise 1.


# %% tags=["exercise"]
def icnr(weight, scale):
    """Tensor of the shape of `weight`."""
    ### BEGIN SOLUTION
    # (C, C_in, k, k)
    first = weight[:: scale**2]
    return first.repeat_interleave(scale**2, dim=0)
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_05.icnr(icnr)
### BEGIN HIDDEN TESTS
_random = lab.generator(502)
for _r, _size in ((2, (20, 3, 5, 5)), (3, (27, 2, 3, 3)), (4, (32, 1, 1, 1))):
    _weight = torch.randn(_size, generator=_random)
    _got = icnr(_weight.clone(), _r).detach()
    assert _got.shape == _size, "as many filters as before"
    for _k in range(_size[0]):
        _want = _weight[_k - _k % _r**2]
        assert torch.allclose(_got[_k].float(), _want), "a copy of the group's first"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 3 (easy).** Published numbers all stand on one way of making pictures small, and a network learns to undo that way and no other. Make `pictures` $r$ times smaller (H and W are multiples of $r$), in three steps. *Reduce* with `F.interpolate`, mode `"bicubic"`, `antialias=True`, `align_corners=False`.
#
# Antialiasing makes the curve $r$ times as wide, so that every pixel has its share; without it only 4 by 4 pixels count for each new one, however far apart the new ones lie, and stripes finer than the new grid come back as stripes that were never there. *Clip:* beside an edge a bicubic curve swings past black and white. *Round*, once and at the end, to what a file of 8 bits can hold: every value becomes $k/127.5-1$ with a whole number $k$ from 0 to 255. The result is again in $[-1,1]$.


# %% tags=["exercise"]
def make_small(pictures, scale):
    """Tensor (N, 3, H / scale, W / scale), every value one of 256."""
    ### BEGIN SOLUTION
    height, width = pictures.shape[2] // scale, pictures.shape[3] // scale
    small = F.interpolate(
        pictures,
        size=(height, width),
        mode="bicubic",
        antialias=True,
        align_corners=False,
    )
    levels = ((small + 1) * 127.5).round().clamp(0, 255)
    return levels / 127.5 - 1
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_05.make_small(make_small)
### BEGIN HIDDEN TESTS
_random = lab.generator(503)
for _r, _size in ((2, (1, 3, 4, 3)), (3, (2, 1, 3, 4)), (4, (1, 2, 2, 3))):
    _blocks = 255 * torch.randint(0, 2, _size, generator=_random)
    _large = _blocks.repeat_interleave(2 * _r, 2).repeat_interleave(2 * _r, 3)
    _noise = torch.randint(0, 256, _large.shape, generator=_random)
    _large = torch.cat([_noise, _large], 2)
    _to = [side // _r for side in _large.shape[2:]]
    _want = F.interpolate(_large.double(), _to, mode="bicubic", antialias=True).clamp(0, 255)
    _got = (make_small(_large / 127.5 - 1, _r).double() + 1) * 127.5
    assert _got.shape == _want.shape, "r times smaller"
    assert (_got - _got.round()).abs().max() < 0.02, "one of 256 values"
    assert (_got - _want).abs().max() < 0.52, "the nearest one (half-way: either)"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 4 (medium).** PSNR, so that it may stand beside a number from a paper. Four agreements make it comparable, and whoever breaks one measures something else. (i) Both sets are clipped and rounded to 8 bits first. (ii) Only the luma of BT.601 is compared,
#
# $$Y=16+65.481\,R+128.553\,G+24.966\,B,\qquad R,G,B\in[0,1].$$
#
# (iii) At each of the four sides `shave` pixels are not looked at (it may be 0). (iv) The peak is 255, although this $Y$ only runs from 16 to 235 (a peak of 219 would take off 1.3 decibels): for one picture $\text{PSNR}=10\log_{10}\frac{255^2}{\operatorname{mean}\,(Y-\hat Y)^2}$.
# Of several pictures it is the *mean of their decibels*; averaging their errors first would let the worst outweigh all others. Which of the four numbers in the formula of $Y$ has no effect at all?


# %% tags=["exercise"]
def psnr_y(pictures, truth, shave):
    """A float, in decibels."""
    ### BEGIN SOLUTION
    weights = torch.tensor([65.481, 128.553, 24.966]).view(3, 1, 1)
    lumas = []
    for x in (pictures, truth):
        colours = ((x + 1) * 127.5).round().clamp(0, 255) / 255
        # (N, H, W)
        lumas.append(16 + (weights * colours).sum(dim=1))
    height, width = truth.shape[2:]
    inner = (slice(None), slice(shave, height - shave), slice(shave, width - shave))
    # one a picture
    error = (lumas[0] - lumas[1])[inner].square().mean(dim=(1, 2))
    return float((10 * torch.log10(255**2 / error)).mean())
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_05.psnr_y(psnr_y)
### BEGIN HIDDEN TESTS
_random = lab.generator(504)
_truth = torch.randint(0, 256, (2, 3, 12, 17), generator=_random)
_error = torch.randint(-9, 10, _truth.shape, generator=_random)
_error[1] *= 4
# lost in 8 bits
_between = 0.8 * torch.rand(2, *_truth.shape, generator=_random) - 0.4
_shown = (_truth + _error + _between[0]) / 127.5 - 1
_true = (_truth + _between[1]) / 127.5 - 1
_gap = ((_truth + _error).clamp(0, 255) - _truth).double().movedim(1, 3) / 255
_gap = _gap @ torch.tensor([65.481, 128.553, 24.966]).double()
for _shave in (0, 3):
    _inner = _gap[:, _shave : 12 - _shave, _shave : 17 - _shave]
    _want = sum(10 * math.log10(255**2 / float((g**2).mean())) for g in _inner) / 2
    _got = float(psnr_y(_shown.clone(), _true.clone(), _shave))
    assert abs(_got - _want) < 3e-3, "the mean of the pictures' decibels in Y"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 5 (medium).** The turn of SRGAN. `discriminator` makes one logit of each picture, $D(x)$, large for what it takes for real; `fake` has just come out of the generator, with its graph. Return `loss_d` and `loss_g`, in this order:
#
# $$L_D=\operatorname{mean}\,s\big({-D(x)}\big)+\operatorname{mean}\,s\big(D(\hat x)\big),\qquad L_G=\operatorname{mean}\,s\big({-D(\hat x)}\big),\qquad s(t)=\log(1+e^t),$$
#
# where $s(-D)=-\log\operatorname{sigmoid}(D)$, in a form that stays finite for any logit: `F.softplus`. $L_G$ is the paper's equation 6 with a mean for the sum, and *not* $-L_D$: it keeps its slope where the discriminator wins.
# The gradient of `loss_d` must reach the discriminator and stop there; that of `loss_g` must reach the generator. So the fakes are judged twice, once cut off and once not. (In a training step the discriminator moves in between, which is one more reason not to use its logits again.) Only the losses are asked for: no `backward`, no optimiser, and the weight $10^{-3}$ belongs to the sum of all losses.


# %% tags=["exercise"]
def two_losses(discriminator, real, fake):
    """The scalars loss_d and loss_g, each with its graph."""
    ### BEGIN SOLUTION
    of_real = discriminator(real)
    # detach: not a lesson for the generator
    of_fake = discriminator(fake.detach())
    loss_d = F.softplus(-of_real).mean() + F.softplus(of_fake).mean()
    loss_g = F.softplus(-discriminator(fake)).mean()
    return loss_d, loss_g
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_05.two_losses(two_losses)
### BEGIN HIDDEN TESTS
_random = lab.generator(505)
with torch.random.fork_rng(devices=[]):
    _judge = nn.Sequential(nn.Flatten(), nn.Linear(24, 1, bias=False), nn.Flatten(0))
_w = _judge[1].weight
_w.data.normal_(generator=_random)
_real, _made = torch.randn(2, 5, 3, 4, 2, generator=_random)
# with a graph, as from a generator
_fake = _made.requires_grad_() / 2
_x, _y, _weight = (v.detach().flatten(1).double() for v in (_real, _fake, _w))
_r, _f = (torch.sigmoid(v @ _weight[0]) for v in (_x, _y))
_want = -_r.log().mean() - (1 - _f).log().mean(), -_f.log().mean()
_loss_d, _loss_g = two_losses(_judge, _real.clone(), _fake)
assert abs(_loss_d - _want[0]) < 1e-4 * (1 + _want[0]), "loss_d"
assert abs(_loss_g - _want[1]) < 1e-4 * (1 + _want[1]), "loss_g"
_more = {"retain_graph": True, "materialize_grads": True}
_slope, _none = torch.autograd.grad(_loss_d, [_w, _made], **_more)
_want = (_f @ _y - (1 - _r) @ _x) / 5
assert torch.allclose(_slope[0].double(), _want, 1e-3, 1e-5), "the judge learns"
assert not _none.any(), "from the judge's loss the generator learns nothing"
_pull, _want = torch.autograd.grad(_loss_g, _made)[0], (_f[:, None] - 1) * _weight / 10
assert torch.allclose(_pull.double().flatten(1), _want, 1e-3, 1e-6), "the generator learns"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 6 (medium).** The loss in feature space (the paper's equation 5, with a mean for the sum): $\operatorname{mean}\,\big(\phi(\hat x)-\phi(x)\big)^2$, where $\phi$ is `encode`, a network that was trained on pictures normalised as ImageNet's. It does *not* normalise by itself. So bring **both** pictures from $[-1,1]$ to $[0,1]$, then subtract the mean and divide by the deviation, channel by channel.
#
# A mistake that is found in published courses: the target goes through a data loader that normalises it, the generator's output comes straight out of its last layer, and both go into $\phi$. The loss falls all the same, since a generator can learn to be wrong by just as much: what it learns to make are normalised pictures, with more than twice the contrast, cut off at black and white when they are shown. The gradient must reach `fake`; for `real` nobody needs one. Do not clip: a pixel that has left $[-1,1]$ would have no gradient to bring it back.

# %%
# shape (3,): red, green, blue
IMAGENET_MEAN = torch.tensor([0.485, 0.456, 0.406])
IMAGENET_STD = torch.tensor([0.229, 0.224, 0.225])


# %% tags=["exercise"]
def feature_loss(encode, fake, real):
    """Scalar tensor, differentiable with respect to `fake`."""
    ### BEGIN SOLUTION
    mean, std = IMAGENET_MEAN.view(1, 3, 1, 1), IMAGENET_STD.view(1, 3, 1, 1)
    found = encode(((fake + 1) / 2 - mean) / std)
    # the target does not learn
    with torch.no_grad():
        wanted = encode(((real + 1) / 2 - mean) / std)
    return (found - wanted).square().mean()
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_05.feature_loss(feature_loss)
### BEGIN HIDDEN TESTS
_random = lab.generator(506)
_weight = torch.randn(5, 3, 2, 2, generator=_random)

def _encode(x):
    return torch.tanh(F.conv2d(x, 0.1 * _weight.to(x)))

_fake, _real = 2.4 * torch.rand(2, 4, 3, 5, 6, generator=_random) - 1.2
_mean, _std = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]])[..., None, None]
_a, _b = (x.double().requires_grad_() for x in (_fake, _real))
_features = [_encode((x + 1 - 2 * _mean) / (2 * _std)) for x in (_a, _b)]
_want = ((_features[0] - _features[1]) ** 2).mean()
_slope = torch.autograd.grad(_want, _a)[0]
_got = feature_loss(_encode, _fake.requires_grad_(), _real.clone())
assert abs(_got - _want) < 2e-4 * _want, "the mean square of the features' difference"
_got.backward()
assert torch.allclose(_fake.grad.double(), _slope, 1e-3, 1e-6), "its gradient"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 7 (easy).** How far does a pixel see? A convolution of odd kernel $k$ and stride 1 looks $\frac{k-1}{2}$ pixels far in every direction, the one behind it looks at pixels that have looked already, and so on: through layers one after the other, reaches add up. Return the radius, a whole number of pixels, for a list of kernels. (Skips around a block add nothing: the longest way counts.)
#
# The radius says how to enlarge a photograph that does not fit into memory. Cut it into tiles with so many pixels more at every side, enlarge each, and throw the margins away: what is left is the same as if the whole picture had been enlarged at once, without a seam. With fewer, there are seams. Try the paper's generator up to its first enlargement, a 9, then sixteen blocks of two 3s, and one 3 more; what does the margin cost for a tile of 64 pixels?


# %% tags=["exercise"]
def receptive_radius(kernels):
    """An int, of pixels."""
    ### BEGIN SOLUTION
    return sum((kernel - 1) // 2 for kernel in kernels)
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_05.receptive_radius(receptive_radius)
### BEGIN HIDDEN TESTS
_draws = torch.randint(0, 8, (10, 9), generator=lab.generator(507)).tolist()
# no layer, one layer, two, and so on
for _count, _halves in enumerate(_draws):
    _kernels, _seen = [2 * half + 1 for half in _halves[:_count]], np.ones(1)
    for _kernel in _kernels:
        _seen = np.convolve(_seen, np.ones(_kernel))
    assert receptive_radius(list(_kernels)) == len(_seen) // 2, "as far as one pixel spreads"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 8 (medium).** Between faithful and sharp. The GAN started from the weights of the network that was trained on pixels alone, so a straight line leads from one to the other, and the networks on it work, too (ESRGAN, Wang et al. 2018, calls it network interpolation). Blending two *pictures* costs two passes and lays invented detail over blur; blending two *networks* costs one, and needs no training. `first` and `second` are state dicts with the same names, perhaps in another order: name $\to$ tensor.
#
# Return a new dict with $(1-\text{share})\,\theta_1+\text{share}\,\theta_2$ for *every* floating-point tensor, not only for those that are called `weight`. All others, such as the counter of a batch normalisation, are copied from `first`: nothing lies half-way between two counters. Nothing in the result may be the very tensor of one of the networks, or it would change as they go on training.


# %% tags=["exercise"]
def blend(first, second, share):
    """A new dict, name -> tensor."""
    ### BEGIN SOLUTION
    blended = {}
    for name, one in first.items():
        if one.is_floating_point():
            blended[name] = (1 - share) * one + share * second[name]
        else:
            blended[name] = one.clone()
    return blended
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_05.blend(blend)
### BEGIN HIDDEN TESTS
_random = lab.generator(508)
_sizes = {"conv.weight": (3, 2, 1, 4), "norm.running_var": (6,), "scale": (), "count": (2,)}
_first, _second = (
    {name: torch.randn(size, generator=_random) for name, size in _sizes.items()}
    for side in range(2)
)
_share = 0.55 + 0.4 * float(torch.rand((), generator=_random))
_want = {k: (1 - _share) * v.double() + _share * _second[k] for k, v in _first.items()}
for _state in (_first, _second):
    _state["count"] = (100 * _state["count"]).int()
_want["count"] = _first["count"].clone()
_got = blend(dict(_first), dict(reversed(_second.items())), _share)
assert set(_got) == set(_want), "every name"
assert _got["count"].dtype == torch.int32, "counters stay whole"
for _name, _one in _got.items():
    assert _one.shape == _want[_name].shape, "the shapes"
    assert torch.allclose(_one.double(), _want[_name].double(), 1e-4, 1e-5), f"{_name}"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 9 (medium).** Find the mistakes. Mira enlarges tile by tile, with her own code. Run it: every tile comes out of the same `upscale` as the picture beside it, so why do they not fit together? Predict first, from the code, which tiles will be wrong: all, none, those at the edge, those in the middle?


# %%
def miras_tiles(enlarge, small, tile, margin, scale):
    height, width = small.shape[2:]
    large = torch.zeros(*small.shape[:2], scale * height, scale * width)
    for top in range(0, height, tile):
        for left in range(0, width, tile):
            rows = slice(max(0, top - margin), top + tile + margin)
            columns = slice(max(0, left - margin), left + tile + margin)
            piece = enlarge(small[..., rows, columns])[..., margin:, margin:]
            piece = piece[..., : scale * tile, : scale * tile]
            bottom, right = scale * (top + tile), scale * (left + tile)
            large[..., scale * top : bottom, scale * left : right] = piece
    return large


small = downscale(cat[..., 60:188, 110:238])
plotting.show_images(
    torch.cat([upscale(small), miras_tiles(upscale, small, 8, 4, 4)]).clamp(-1, 1),
    columns=2,
    titles=["at once", "in tiles, by Mira"],
)

# %% [markdown]
# Every tile is wrong, those in the first row and column in another way than the rest, and a picture whose sides are no multiples of the tile makes the code crash. Mend it: for any size, any tile and any margin from 0 up, the result is that of `enlarge(small)`, provided that the margin is as wide as `enlarge` looks. `enlarge` makes pictures (N, C, h, w) `scale` times larger. It must never be shown more than a tile and a margin on each side of it, and at the edge of the picture nothing is added.


# %% tags=["exercise"]
def mend_tiles(enlarge, small, tile, margin, scale):
    """Tensor (N, C, scale h, scale w)."""
    ### BEGIN SOLUTION
    n, channels, h, w = small.shape
    whole = small.new_zeros(n, channels, scale * h, scale * w)
    for i in range(0, h, tile):
        for j in range(0, w, tile):
            # no margin beyond the edge of the picture
            above, before = min(margin, i), min(margin, j)
            shown = small[..., i - above : i + tile + margin, j - before : j + tile + margin]
            # the margin counts in small pixels, what comes back in large ones
            made = enlarge(shown)[..., scale * above :, scale * before :]
            place = whole[..., scale * i : scale * (i + tile), scale * j : scale * (j + tile)]
            place.copy_(made[..., : place.shape[2], : place.shape[3]])
    return whole
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_05.mend_tiles(mend_tiles)
### BEGIN HIDDEN TESTS
_random = lab.generator(509)
for _r, _tile, _margin, _size in ((2, 3, 1, (2, 3, 8, 10)), (4, 5, 2, (1, 1, 11, 7))):
    _kernel = torch.rand([1, 1, *2 * [2 * _margin + 1]], generator=_random)
    _small = torch.rand(_size, generator=_random)

    def _enlarge(x, kernel=_kernel, r=_r):
        assert max(x.shape[2:]) <= _tile + 2 * _margin, "no more than a tile and its margins"
        seen = F.conv2d(x.flatten(0, 1)[:, None], kernel, padding="same").view(x.shape)
        return torch.kron(seen, torch.arange(1.0, r * r + 1).reshape(r, r))

    _maps = _small.double().flatten(0, 1)[:, None]
    _blurred = F.conv2d(_maps, _kernel.double(), padding="same")
    _square = torch.arange(1.0, _r * _r + 1).double().reshape(_r, _r)
    _want = torch.kron(_blurred.view(_size), _square)
    _got = mend_tiles(_enlarge, _small.clone(), _tile, _margin, _r)
    assert _got.shape == _want.shape, "scale times larger"
    assert torch.allclose(_got.double(), _want, 1e-4, 1e-4), "the same as at once"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 10 (medium).** Predict, measure, choose, defend. In section 5 you saw the mixtures of (10) as points. A way of enlarging is *beaten* if another has at least its PSNR and at most its distance, and is better in one of the two. Whoever uses a beaten one gives something away for nothing. `psnr` (high is good) and `distance` (low is good) are lists of equal length. Return the numbers of the rows that no other beats, as a list, in the order of the table. Two equal rows do not beat each other.


# %% tags=["exercise"]
def worth_keeping(psnr, distance):
    """A list of ints."""
    ### BEGIN SOLUTION
    points = list(zip(psnr, distance, strict=True))

    def beats(a, b):
        return a != b and a[0] >= b[0] and a[1] <= b[1]

    return [i for i, b in enumerate(points) if not any(beats(a, b) for a in points)]
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_05.worth_keeping(worth_keeping)
### BEGIN HIDDEN TESTS
_random = lab.generator(510)
for _count in (1, 2, 12, 30):
    _p, _d = (torch.randint(0, 9, (2, _count), generator=_random) - 4.0).tolist()
    _want = [
        i
        for i in range(_count)
        if all(
            (q < _p[i] or e > _d[i]) or (q == _p[i] and e == _d[i])
            for q, e in zip(_p, _d, strict=True)
        )
    ]
    _got = [int(row) for row in worth_keeping(list(_p), list(_d))]
    assert _got == _want, "those that no other beats"
### END HIDDEN TESTS

# %% [markdown]
# Now use it. *Before* you run anything, write down which of these you expect to be beaten on a photograph **of your own** (`photographs_in("a folder")` gives a list; without one, take a picture of `photos`): `nearest`, `bicubic`, `srresnet-x4`, `srgan-x4`, and the mixtures of the last two with $\alpha$ = 0.3, 0.5 and 0.7. Then measure each as section 5 does, with the patches of your photograph as the real ones, and apply `worth_keeping`. Were you right?
#
# Last, choose one of those that remain for each of three customers, and defend it in two sentences: a newspaper that prints a portrait, a game that enlarges its old textures, a museum that archives its slides. What would make you change your mind? (There is no check for this part. A good answer names a cost for each customer, and one of the three should not enlarge at all.)

# %% [markdown]
# ## 10 · What it cannot do, and what one must not do with it
#
# **Limits.** The networks know bicubic reduction and, in section 7, one family of bad cameras; a compressed, sharpened, re-photographed picture is neither. They see 23 small pixels far, and the one you trained 19: that a window comes after eight other windows, that this is an eye and needs a pupil, is beyond them. Letters they have hardly seen come out as strokes that look like letters. The perceptual distance that we report was computed by a small network that never asked a person, and comparing two networks by it says less than a look at their pictures.
#
# **Responsible use.** An enlarged picture shows what is *plausible*, and (1) says how many other pictures it could have been. It is no evidence. A face that was enlarged sixteen times is the face of nobody, or worse, of somebody: in 2020 a well-known method turned a coarse portrait of Barack Obama into a white man, because that is what its training pictures had made plausible. Do not enlarge faces, number plates, X-rays or satellite pictures in order to *find something out*. Where you publish an enlarged picture, say so, and keep the original beside it. And for photographs of people the usual question comes before all others: would they want it?
#
# ## 11 · Summary
#
# Fifteen sixteenths of a picture that was made four times smaller are in the null space of making it small, so to enlarge is to choose. The answer with the smallest squared error is the mean of all that is possible, and it is blurred. A sample of what is possible has twice that error, three decibels less; the cheapest realistic answer costs $D_\min+W_2^2$, which is at most that. There is a border between fidelity and realism that no method crosses, and a dial between SRResNet and SRGAN moves from the one towards the other.
#
# SRResNet computes at the small size, corrects with residual blocks, and enlarges by rearranging channels; ICNR starts it without a checkerboard, a bicubic skip starts it at bicubic. PSNR is only comparable on the 8-bit luma, without the border. A network undoes the degradation it was trained on, and no other. Tiles that overlap by the receptive radius have no seams.
#
# **Recall.** Answer aloud before you unfold.
#
# <details><summary>Why is the picture with the best PSNR blurred?</summary>
# The mean of all possible large pictures has the smallest expected squared error, and where they differ in detail, their mean has none.
# </details>
#
# <details><summary>How many decibels does a perfectly realistic enlargement have to lose against the best possible one?</summary>
# At most 10 log 2 = 3.01, the price of a sample: truth and sample lie independently and equally far around the same mean. The cheapest realistic answer costs D_min + W2², which can be far less.
# </details>
#
# <details><summary>Somebody reports 31 dB on BSD100 at four times. What do you ask?</summary>
# Luma or RGB, which peak, 8 bits, border cut off, antialiased bicubic reduction? And whether the pictures were trained on.
# </details>
#
# <details><summary>What does ICNR make equal, and what does that prevent?</summary>
# The r² filters that fill one little square start as copies of one: no checkerboard before training.
# </details>
#
# <details><summary>Your tiles show seams although they overlap. What is missing?</summary>
# The overlap must reach as far as the network looks, its receptive radius, in pixels of the small picture.
# </details>
#
# <details><summary>How do you find out whether a network with a shuffle by four leaves a grid?</summary>
# Look at the mean spectrum of many windows: whatever repeats every four pixels stands out at multiples of a quarter.
# </details>
#
# <details><summary>SRGAN wins the perceptual distance. May you read a number plate with it?</summary>
# No. It shows a plausible plate.
# </details>
#
# **What comes next.** Adversarial training has now made, filled, painted and enlarged pictures. Lesson 06, which is still to come, asks why it sometimes fails, and what Wasserstein's distance does about it.
#
# **References.** Ledig et al. 2017 (SRResNet, SRGAN), [arXiv:1609.04802](https://arxiv.org/abs/1609.04802) · Shi et al. 2016 (sub-pixel convolution), [1609.05158](https://arxiv.org/abs/1609.05158) · Aitken et al. 2017 (ICNR), [1707.02937](https://arxiv.org/abs/1707.02937) · Lim et al. 2017 (EDSR: no batch normalisation), [1707.02921](https://arxiv.org/abs/1707.02921) · Lai et al. 2017 (stages), [1704.03915](https://arxiv.org/abs/1704.03915) ·
# Blau, Michaeli 2018 (perception and distortion), [1711.06077](https://arxiv.org/abs/1711.06077) · Freirich et al. 2021 (the price of realism), [2107.02555](https://arxiv.org/abs/2107.02555) · Zhang et al. 2018 (LPIPS), [1801.03924](https://arxiv.org/abs/1801.03924) · Wang et al. 2018 (ESRGAN, network interpolation), [1809.00219](https://arxiv.org/abs/1809.00219) · Isola et al. 2017 (judges of patches), [1611.07004](https://arxiv.org/abs/1611.07004) · Zhang et al. 2021 (blind super-resolution), [2103.14006](https://arxiv.org/abs/2103.14006) · Menon et al. 2020 (PULSE, and the debate about it), [2003.03808](https://arxiv.org/abs/2003.03808) · Keys 1981 (bicubic), [doi](https://doi.org/10.1109/TASSP.1981.1163711)
