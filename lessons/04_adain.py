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
# # Lesson 04 · AdaIN: any style, in real time, with a dial
#
# {{BADGE}}
#
# Show somebody a square inch of a mosaic, and they will know the next mosaic when they see it, whatever it depicts. Style, it seems, is something one can recognise from any piece of a picture, so it cannot depend on *where* things are. In 2015 Leon Gatys and his colleagues took this seriously: they described a style by statistics of a network's features, with all places thrown away, and made pictures that have the content of one and the statistics of another.
#
# It took minutes for each. Two years later Xun Huang and Serge Belongie noticed that the simplest statistics of all, one mean and one standard deviation for every channel, can simply be *set*, by two multiplications and two additions. That is adaptive instance normalisation. It paints any photograph in any style in one pass, with a dial for the strength, and it moved on from there: the generator of StyleGAN is built around it.
#
# **You will be able to**
#
# - say what a style is, as far as this lesson is concerned, and show what is left of a picture when only its statistics are kept,
# - derive AdaIN as the shortest way from one set of statistics to another, and the style loss as the length of that way,
# - build the decoder that makes pictures of it, and say why it has reflected edges, copied pixels and no normalisation,
# - train it on your own computer in a few minutes, and measure style and content with judges that were not its teachers,
# - turn the dial, mix four styles, paint regions, keep the colours, in your browser.
#
# **Time:** about 65 minutes for the **core** (sections 1, 2, 3, 5 and 6, with exercises 3, 4 and 8), and about as long again for **further** (sections 4, 7, 8 and 9, with the other exercises). We count 200 words and 30 lines of code a minute, five minutes for an easy exercise and ten for any other. On one CPU core the whole notebook computes for about eight minutes, which you can spend reading.
# **You need:** lesson 02, and from lesson 03 nothing but the habit of asking what a loss leaves open.
#
# **Papers:** Huang and Belongie 2017 ([arXiv:1703.06868](https://arxiv.org/abs/1703.06868)); Gatys, Ecker and Bethge 2016 ([arXiv:1508.06576](https://arxiv.org/abs/1508.06576)); Li et al. 2017, why statistics are style ([arXiv:1701.01036](https://arxiv.org/abs/1701.01036)).

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
import textwrap
import time
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from ganlab import checks, data, images, plotting
from ganlab.features.encoder import AdaINConfig
from ganlab.style.networks import Decoder
from ganlab.style.scores import evaluate_styles, judge_styles
from ganlab.metrics.fidelity import luminance_ssim
from ganlab.style.losses import gram_loss, gram_matrix, style_loss
from ganlab.style.methods import gatys, histogram_match, keep_colours, whiten_colour
from ganlab.style.transfer import load_style_transfer
from ganlab.data.paintings import STYLES, paint_style

plotting.use_style()
BLUE, VERMILLION, GREEN, ORANGE = (
    plotting.OKABE_ITO[name] for name in ("blue", "vermillion", "green", "orange")
)

# %% [markdown]
# ## 1 · Contents and styles
#
# We need two kinds of picture. **Contents** are photographs; eight of them come inside Python packages that you have installed already. **Styles** could be paintings. Ours are painted by the course itself, in twenty-one manners, so that there are endlessly many of each, nobody's rights are touched, and we can ask a classifier afterwards whether a picture
# *looks* like mosaic. Only the seed decides where things lie; the marks, the edges and the palette are the style. Several share a palette, on purpose: whoever transfers colours alone will be found out.

# %%
SIZE = lab.budget(smoke=64, cpu=256, gpu=256)
style_pictures = torch.stack([paint_style(name, size=SIZE, seed=9000) for name in STYLES])
plotting.show_images(
    style_pictures,
    columns=7,
    titles=list(STYLES),
    title="Twenty-one styles, none with a content",
    scale=0.85,
)

# %%
photographs = data.photos(size=SIZE)
contents = photographs.images
names_of_contents = photographs.classes["photo"]
plotting.show_images(
    contents, columns=4, titles=list(names_of_contents), title="Eight contents"
)

# %% [markdown]
# ## 2 · What is left when the places are thrown away
#
# A convolutional network turns a picture into **feature maps**: at every place a vector of $C$ numbers, one for each pattern the layer has learned to respond to. Early layers respond to edges and colours, later ones to textures and parts of things. The classic network for our purpose is VGG-19, trained on a
# million photographs. The course has a small one in the same arrangement, `style-features`, trained on 48,000 thumbnails of CIFAR-10 and on our styles. What we look at is the response after the first convolution of each resolution: relu1_1, relu2_1, relu3_1, relu4_1.

# %%
features = ganlab.load_pretrained("style-features", device=lab.device)
astronaut, cat = (
    contents[[names_of_contents.index(name)]] for name in ("astronaut", "chelsea")
)
levels = features.levels(astronaut.to(lab.device))
for number, level in enumerate(levels, 1):
    print(f"relu{number}_1: {tuple(level.shape)}")

fig, axes = plt.subplots(2, 4, figsize=(9, 4.6), layout="constrained")
for column, level in enumerate(levels):
    strongest = level[0].std(dim=(1, 2)).topk(2).indices
    for row, channel in enumerate(strongest.tolist()):
        axes[row, column].imshow(level[0, channel].cpu(), cmap="magma")
        axes[row, column].set(
            xticks=[], yticks=[], title=f"relu{column + 1}_1, channel {channel}"
        )
fig.suptitle("Two responses at each level: brighter is stronger")
plt.show()

# %% [markdown]
# Now we throw the places away. Of a map $f$ with $H\times W$ places we keep, for every channel $c$, only its mean and its standard deviation over the places:
#
# $$\mu_c(f)=\frac1{HW}\sum_{h,w}f_{chw},\qquad\sigma_c(f)=\sqrt{\frac1{HW-1}\sum_{h,w}\big(f_{chw}-\mu_c(f)\big)^2+\varepsilon}.\tag{1}$$
#
# That is 64 numbers at relu1_1, 512 at relu4_1, 960 altogether, for a picture of 196,608. A shuffled map has the same ones. $\varepsilon=10^{-5}$ stands inside the root so that a dead channel, constant everywhere, has a deviation that one can divide by and differentiate (exercises 3 and 4 are about the two small choices in this formula).
#
# | symbol | variable | meaning |
# |---|---|---|
# | $f$ | `encoder`, `features` | a network that turns pictures into feature maps |
# | $c$, $s$ | `content`, `style` | the two pictures, or their features |
# | $\mu$, $\sigma$ | `mean`, `std` | statistics of a map, channel by channel and picture by picture, (1) |
# | $t$ | `target` | the content's features with the style's statistics, (5) |
# | $g$ | `decoder` | a network that turns features back into a picture |
# | $\alpha$ | `alpha` | strength: 0 the content's features, 1 the whole style |


# %%
# @save ganlab.layers
def feature_statistics(features, eps=1e-5):
    """Mean and standard deviation of every channel of every picture, over all places: (1)."""
    wide = features if features.dtype == torch.float64 else features.float()
    # (N, C, H, W) -> (N, C, HW)
    flat = wide.flatten(2)
    variance = flat.var(dim=2, unbiased=flat.shape[2] > 1)
    return flat.mean(dim=2)[..., None, None], (variance + eps).sqrt()[..., None, None]


# %%
# verifies (1): against NumPy in float64, and that shuffling the places changes nothing
f = torch.randn(2, 5, 6, 7, dtype=torch.float64)
mean, std = feature_statistics(f)
assert np.allclose(mean[..., 0, 0], np.mean(f.numpy(), axis=(2, 3)), atol=1e-12)
assert np.allclose(
    std[..., 0, 0] ** 2, np.var(f.numpy(), axis=(2, 3), ddof=1) + 1e-5, atol=1e-12
)
shuffled = f.flatten(2)[:, :, torch.randperm(42)].reshape(f.shape)
for a, b in zip(feature_statistics(f), feature_statistics(shuffled), strict=True):
    assert torch.allclose(a, b, atol=1e-12)
print("means and deviations agree with NumPy, and a shuffled map has the same ones")

# %% [markdown]
# What can a picture look like if we know nothing but these numbers? We ask the network itself. Start with noise, and change its pixels by gradient descent until its statistics at all four levels (and of the pixels themselves) are those of a style. For comparison we keep two other things. *Colours only*: shuffle the style's pixels, which keeps its colours and nothing else. *Gram matrices*: keep what every two channels do together, as Gatys did,
#
# $$G_{ij}(f)=\frac1{CHW}\sum_{h,w}f_{ihw}\,f_{jhw}=\frac1C\big(\tilde\Sigma_{ij}+\mu_i\mu_j\big),\tag{2}$$
#
# where $\tilde\Sigma$ is the covariance of the channels, with $1/HW$. Its diagonal holds $(\tilde\sigma_i^2+\mu_i^2)/C$, so it mixes our two statistics. It knows about covariances, which they do not; but it is not simply *more*: from $\tilde\Sigma+\mu\mu^\top$ one cannot get $\mu$ and $\tilde\Sigma$ back.

# %%
# verifies (2): the Gram matrix is covariance plus the product of the means
flat = f[0].flatten(1).numpy()
by_parts = (np.cov(flat, bias=True) + np.outer(flat.mean(1), flat.mean(1))) / len(flat)
assert np.allclose(gram_matrix(f)[0], by_parts, atol=1e-12)
print("largest difference:", np.abs(gram_matrix(f)[0].numpy() - by_parts).max())

# %% [markdown]
# *Predict before you run:* which of the three will be good enough to recognise the mosaic?


# %%
def synthesise(targets, distance, steps, lr=0.08):
    """Pixels, from noise, whose features have the statistics of the targets'."""
    torch.manual_seed(lab.seed)
    pixels = (0.3 * torch.randn_like(targets)).requires_grad_()
    adam = torch.optim.Adam([pixels], lr, betas=(0.9, 0.99))
    with torch.no_grad(), lab.autocast():
        wanted = [targets, *features.levels(targets)]
    for _ in range(steps):
        with lab.autocast():
            found = [pixels, *features.levels(pixels)]
        (pixels.grad,) = torch.autograd.grad(
            distance(features=found, targets=wanted), [pixels]
        )
        adam.step()
        with torch.no_grad():
            pixels.clamp_(-1, 1)
    return pixels.detach().cpu()


chosen = ["impasto", "mosaic", "seigaiha", "halftone", "stained glass"]
side = lab.budget(smoke=32, cpu=96, gpu=128)
examples = torch.stack(
    [paint_style(name, size=SIZE, seed=1)[:, :side, :side] for name in chosen]
)
order = torch.randperm(side * side, generator=lab.generator(1))
steps = lab.budget(smoke=2, cpu=100, gpu=300)
on_device = examples.to(lab.device)
rows = {
    "style": examples,
    "colours only": examples.flatten(2)[:, :, order].reshape(examples.shape),
    "means, deviations": synthesise(on_device, style_loss, steps),
    "Gram matrices": synthesise(on_device, partial(gram_loss, relative=True), steps),
}
plotting.compare_rows(rows, title="Pictures with the same statistics, and no places")

# %% [markdown]
# Nothing told the network where a tile has to be, and there are tiles, with joints between them. Others come back less well: the waves as bands, the dots of the halftone as blobs. The mosaic is easy to recognise in the last two rows; colours alone give sand. Means and deviations, two numbers a channel, are enough to know most of these styles again, and in this experiment the Gram matrices add little to the eye. That is the empirical fact on which this lesson stands: **places can go, and much of the style stays**.
#
# ### Why should statistics be style?
#
# There is a second way to read these matrices, found by Li and colleagues. Take every place of the map as one sample: a vector $f_p\in\mathbb R^C$. A map is then a cloud of $HW$ points, and to ask for the same style is to ask for the **same cloud**, that is, the same distribution of local patterns, wherever they occur. A standard distance between distributions is the maximum mean discrepancy (MMD). With the kernel $k(x,y)=(x^\top y)^2$ it is exactly the Gram distance:
#
# $$\lVert G(f)-G(s)\rVert_F^2=\frac1{C^2}\Big(\operatorname*{mean}_{p,p'}k(f_p,f_{p'})+\operatorname*{mean}_{q,q'}k(s_q,s_{q'})-2\operatorname*{mean}_{p,q}k(f_p,s_q)\Big).\tag{3}$$
#
# So "match the style" means "make the two clouds indistinguishable to this kernel". You have met that sentence before: it is what a discriminator does, with a kernel that it learns.

# %%
# verifies (3): both sides in float64, the right one over all pairs of places
s = torch.randn(1, 5, 4, 8, dtype=torch.float64) + 0.3
# (HW, C)
cloud_f, cloud_s = f[:1].flatten(2)[0].T, s.flatten(2)[0].T


def kernel(x, y):
    return (x @ y.T).square().mean()


left = (gram_matrix(f[:1]) - gram_matrix(s)).square().sum()
right = kernel(cloud_f, cloud_f) + kernel(cloud_s, cloud_s) - 2 * kernel(cloud_f, cloud_s)
print(f"Gram distance {left:.12f}, MMD {right / 25:.12f}")
assert torch.allclose(left, right / 25, atol=1e-12)

# %% [markdown]
# ## 3 · The shortest way from one style to another
#
# Gatys *searches* for pixels with the right statistics. Can we not just *set* them? One channel of a content's map is a heap of $HW$ numbers with mean $\mu_c$ and deviation $\sigma_c$; we want it to have $\mu_s$ and $\sigma_s$, and to move it as little as possible on the way, because the content is what we move. For two normal heaps this is a solved problem of optimal transport. The
# squared cost of moving $\mathcal N(\mu_c,\sigma_c^2)$ into $\mathcal N(\mu_s,\sigma_s^2)$, every grain by the shortest possible way, is
#
# $$W_2^2=(\mu_c-\mu_s)^2+(\sigma_c-\sigma_s)^2,\tag{4}$$
#
# and the map that does it, the only increasing one, is
#
# $$\operatorname{AdaIN}(c,s)=\sigma(s)\,\frac{c-\mu(c)}{\sigma(c)}+\mu(s).\tag{5}$$
#
# *Why.* In one dimension the best plan never lets two grains cross, so it sends the $q$-quantile to the $q$-quantile. The quantiles are $\mu_c+\sigma_cz_q$ and $\mu_s+\sigma_sz_q$ with the same $z_q$ of the standard normal; solve the first for $z_q$, put it into the second, and (5) stands there. The mean squared distance is $\mathbb E\big[(\mu_c-\mu_s+(\sigma_c-\sigma_s)z)^2\big]$, and since $\mathbb E z=0$ and $\mathbb E z^2=1$, that is (4).
#
# *Does it need normal heaps?* No, and behind a ReLU it would be hopeless: more than half of the numbers at relu3_1 are exactly 0. Take any heap $c$, and any map $T$ that gives it the mean $\mu_s$ and the deviation $\sigma_s$. Then $\mathbb E(T(c)-c)^2=(\mu_c-\mu_s)^2+\sigma_c^2+\sigma_s^2-2\operatorname{Cov}(c,T(c))$, and by Cauchy and Schwarz the covariance is at most $\sigma_c\sigma_s$, with equality for (5). So for any distribution at all, **AdaIN is the cheapest map to a given mean and deviation**, and (4) is its cost. What needs normal heaps is only that the result then has the whole *distribution* of the style.
#
# Equation (5) is adaptive instance normalisation, equation 8 of the paper. Equation (4), summed over channels, will be the style loss. They belong together: *the loss is the squared length of the way that the layer goes.*

# %%
# verifies (4) and (5): sorted samples are the optimal plan in one dimension, whatever we
# believe about normal ones
rng = np.random.default_rng(lab.seed)
a = np.sort(rng.normal(0.5, 2.0, 400_000))
b = np.sort(rng.normal(-1.0, 0.7, 400_000))
by_sorting = np.mean((a - b) ** 2)
by_formula = (a.mean() - b.mean()) ** 2 + (a.std() - b.std()) ** 2
moved = b.std() * (a - a.mean()) / a.std() + b.mean()
print(f"cost by sorting {by_sorting:.4f}, by (4) {by_formula:.4f}")
print(f"(5) misses the sorted partner by {np.abs(moved - b).mean():.4f} on average")
assert abs(by_sorting / by_formula - 1) < 0.005
assert np.abs(moved - b).mean() < 0.01

# and for a heap that is nothing like normal: no other map to that mean and deviation is cheaper
heap = np.maximum(rng.normal(-0.5, 1.0, 400_000), 0)
cost = (heap.mean() - b.mean()) ** 2 + (heap.std() - b.std()) ** 2
rivals = {
    "AdaIN": heap,
    "its square": heap**2,
    "its root": np.sqrt(heap),
    "where it is not 0": (heap > 0) * 1.0,
    "its negative": -heap,
}
for name, other in rivals.items():
    arrived = b.std() * (other - other.mean()) / other.std() + b.mean()
    paid = np.mean((arrived - heap) ** 2)
    print(f"a heap with {np.mean(heap == 0):.0%} zeros, moved by {name:18s} {paid:.4f}")
    assert paid >= cost - 1e-9
    assert name != "AdaIN" or abs(paid - cost) < 1e-9


# %%
# @save ganlab.layers
def adaptive_instance_norm(content, style, *, alpha=1.0):
    """Give the features of a content the statistics of a style's: (5), and (6) for the strength."""
    fits = content.dim() == style.dim() == 4 and content.shape[1] == style.shape[1]
    if not fits or style.shape[0] not in (1, content.shape[0]):
        raise ValueError(
            "adaptive_instance_norm: expected content (N, C, H, W) and style (N or 1, C, H', W'), "
            f"got {tuple(content.shape)} and {tuple(style.shape)}"
        )
    mean_c, std_c = feature_statistics(content)
    mean_s, std_s = feature_statistics(style)
    transferred = std_s * (content - mean_c) / std_c + mean_s
    return (alpha * transferred + (1 - alpha) * content).to(content.dtype)


# %% [markdown]
# The strength is a straight line in *feature* space, from the content's own features to the target:
#
# $$t_\alpha=\alpha\operatorname{AdaIN}(c,s)+(1-\alpha)\,c.\tag{6}$$

# %%
# verifies (5) and (6) on real features: the statistics arrive, and along the way they change evenly
with torch.no_grad():
    c, s = (features(x.to(lab.device)) for x in (astronaut, style_pictures[:1]))
wanted, have = feature_statistics(s), feature_statistics(c)
for alpha in (0.0, 0.5, 1.0):
    found = feature_statistics(adaptive_instance_norm(c, s, alpha=alpha))
    print(f"alpha {alpha}: mean of channel 0 {found[0][0, 0].item():.4f}")
    between = [alpha * w + (1 - alpha) * h for w, h in zip(wanted, have, strict=True)]
    # elsewhere epsilon is what one would compare
    alive = (have[1] > 0.05) & (wanted[1] > 0.05)
    assert torch.allclose(found[0], between[0], atol=1e-3)
    assert torch.allclose(found[1][alive], between[1][alive], rtol=1e-2)

# %% [markdown]
# ### Instance, batch, layer: over what is averaged
#
# Normalisation layers differ in the places they average over, and that decides what they forget. **Batch** normalisation takes one mean for a channel over the whole batch, **layer** normalisation one for all channels of a picture, **instance** normalisation one for each channel of each picture. If style lives *only* in the last kind of number, then instance normalisation should wipe it out, and the others should not.
#
# We can test that. Cut crops from all twenty-one styles, take their features at relu3_1, normalise them in each of the three ways, and ask of each crop: whose statistics (1) are most like mine? If the nearest is a crop of the same style, these numbers still know the style.
#
# But that is an unfair test of instance normalisation: it sets the very numbers that we look at. So ask it a second question, about numbers that it does not set, the correlations between the channels. *Predict* both.

# %%
each = lab.budget(smoke=2, cpu=6, gpu=6)
cut = lab.budget(smoke=32, cpu=96, gpu=96)
crops = torch.stack(
    [
        paint_style(name, size=SIZE, seed=20 + k)[:, :cut, :cut]
        for name in STYLES
        for k in range(each)
    ]
)
labels = torch.arange(len(STYLES)).repeat_interleave(each)
with torch.no_grad():
    parts = [
        features.levels(part.to(lab.device), 3)[-1].float().cpu() for part in crops.split(32)
    ]
maps = torch.cat(parts)


def style_survives(maps):
    """How often the crop with the most similar statistics has the same style."""
    numbers = torch.cat(feature_statistics(maps), dim=1).flatten(1)
    distance = torch.cdist(numbers, numbers).fill_diagonal_(torch.inf)
    return (labels[distance.argmin(dim=1)] == labels).float().mean().item()


survived = {
    "no normalisation": style_survives(maps),
    "batch": style_survives(F.batch_norm(maps, None, None, training=True)),
    "layer": style_survives(F.layer_norm(maps, maps.shape[1:])),
    "instance": style_survives(F.instance_norm(maps)),
}
for name, share in survived.items():
    print(f"{name:17s} {share:6.1%}   {'#' * round(40 * share)}")
print(f"by chance         {(each - 1) / (len(crops) - 1):6.1%}")


def correlations_know(maps):
    """How often the crop with the most similar correlations of channels has the same style."""
    flat = F.instance_norm(maps).flatten(2)
    together = flat @ flat.transpose(1, 2) / flat.shape[2]
    above = torch.triu_indices(*together.shape[1:], 1)
    numbers = together[:, above[0], above[1]]
    distance = torch.cdist(numbers, numbers).fill_diagonal_(torch.inf)
    return (labels[distance.argmin(dim=1)] == labels).float().mean().item()


# each channel's places in an order of its own: what goes together no longer does
orders = torch.rand(maps.flatten(2).shape, generator=lab.generator(6)).argsort(2)
apart = maps.flatten(2).gather(2, orders).reshape(maps.shape)
print(f"behind instance norm, by correlations {correlations_know(maps):6.1%}")
print(f"the same, each channel shuffled alone {correlations_know(apart):6.1%}")

# %% [markdown]
# Batch and layer normalisation shift and stretch all crops alike, or all channels of one alike, and every crop still finds its family. Instance normalisation sets all means to 0 and all deviations to 1, and *these numbers* hardly know the style any more. (Hardly: a channel that is dead in a crop stays at 0, because of $\varepsilon$, and *which* channels are dead is a trace of the style.)
#
# But the style is not gone. The correlations between channels, which instance normalisation leaves alone, still name it in nearly every crop; shuffle each channel by itself, and they fall to chance. **Instance normalisation removes two moments of every channel, not the style.** That is also the limit of AdaIN, which replaces just these two. WCT, in section 7, replaces the correlations as well.
#
# The layer came before the theory: Ulyanov and colleagues noticed in 2016 that style networks work better with it, since the content's own contrast no longer stands in the way.
#
# ## 4 · The decoder, and three of its details
#
# AdaIN gives features. To see them we need a network that turns features into a picture: a **decoder**. Ours is the encoder read backwards: where the encoder halves the resolution, the decoder doubles it; before that it has three layers more, room to turn numbers into marks. Three of its details are there for a reason.
#
# **Reflected edges.** A 3 × 3 convolution needs neighbours beyond the edge. Zeros there are an edge that is not in the picture: the network sees a black frame around everything, its statistics enter the style, and the decoder paints them back. Reflection continues the picture by its mirror image.
#
# **Copied pixels.** In lesson 02 the generator doubled the resolution by transposed convolutions with kernel 4 and stride 2. If the kernel is no multiple of the stride, as with kernel 3, some pixels are reached by more weights than their neighbours (exercise 6 counts them). With kernel 4 all are reached equally often, but by *different* weights, one set for each of the four places in a square of four, and before training these are unequal by chance. In both cases there is a checkerboard before a single step. Copying each pixel into a square of four and convolving afterwards treats all alike.
#
# **No normalisation.** Instance normalisation in the decoder would undo what AdaIN has just done. We will watch that happen in section 9.
#
# The first two show in networks that have learned nothing: give them features that are the *same* at every place, and whatever is not flat in the picture is their own invention.

# %%
flat_features = torch.ones(1, 128, 16, 16)
variants = {
    "reflect + nearest": {},
    "zeros + nearest": {"padding": "zeros"},
    "reflect + transposed": {"upsampling": "transposed"},
}
fig, axes = plt.subplots(1, 3, figsize=(9, 3.2), layout="constrained")
for ax, (name, options) in zip(axes, variants.items(), strict=True):
    torch.manual_seed(lab.seed)
    config = AdaINConfig(widths=(32, 64, 128), depths=(2, 2), level=3, **options)
    with torch.no_grad():
        grey = Decoder(config)(flat_features)[0].mean(dim=0)
    ax.imshow(grey - grey.mean(), cmap="RdBu", vmin=-0.3, vmax=0.3)
    ax.set(xticks=[], yticks=[], title=f"{name}\nspread {grey.std():.3f}")
fig.suptitle("What an untrained decoder makes of features without any structure")
plt.show()

# is it the uneven reach? kernel 3 against kernel 4, both with stride 2, on a flat input
for kernel in (3, 4):
    spreads = []
    for seed in range(20):
        torch.manual_seed(seed)
        layer = nn.ConvTranspose2d(128, 64, kernel, stride=2, padding=1)
        with torch.no_grad():
            made = layer(torch.ones(1, 128, 16, 16))[0, :, 4:26, 4:26]
        # (channel, row and column of the square, places in it)
        squares = made.reshape(64, 11, 2, 11, 2).transpose(2, 3).flatten(3)
        spreads.append((squares.std(dim=3).mean() / made.std()).item())
    print(f"kernel {kernel}: spread within a square of two {np.mean(spreads):.2f}")

# %% [markdown]
# Kernel 4, which reaches evenly, does no better than kernel 3: the checkerboard of an untrained layer comes from unequal filters rather than from unequal reach. Lesson 05 starts such filters as copies of one.
#
# ### The encoder is an argument
#
# Any encoder will do whose features know both colours and shapes. The paper takes **VGG-19** up to relu4_1, whose weights `ganlab.features.vgg` fetches from torchvision (550 MB, once); pictures have to be brought to the numbers that VGG was trained on, which is exercise 5. The course brings a small one, `adain-small`, which works without a network: encoder and decoder together are 2.9 MB, AdaIN acts at relu3_1.
# Set `WANT_VGG` if you like to compare; if the weights cannot be had, you are told so in one sentence and the small one takes over.

# %%
from ganlab.data.remote import DownloadError
from ganlab.features.vgg import vgg19_encoder

WANT_VGG = False

network = load_style_transfer("adain-small", device=lab.device)
encoder, LEVEL = network.encoder, network.level
if WANT_VGG:
    try:
        # judges contents and styles from here on
        features = vgg19_encoder().to(lab.device)
    except DownloadError as error:
        print(error)
sizes = {
    name: sum(w.numel() for w in part.parameters()) for name, part in network.named_children()
}
print(
    f"AdaIN at relu{LEVEL}_1; weights:",
    ", ".join(f"{name} {n:,}" for name, n in sizes.items()),
)

# %% [markdown]
# ## 5 · Losses and the loop
#
# The decoder $g$ has to satisfy two masters. Let $y=g(t)$ be its picture. The **content loss** asks that the features of $y$ be those it was made from, and the **style loss** that its statistics be the style's, at several levels $l$ of the judging network $\varphi$:
#
# $$L_c=\operatorname{mean}\big(f(y)-t\big)^2,\qquad L_s=\sum_l\operatorname*{mean}_c\Big[\big(\mu_c(\varphi_l(y))-\mu_c(\varphi_l(s))\big)^2+\big(\sigma_c(\varphi_l(y))-\sigma_c(\varphi_l(s))\big)^2\Big].\tag{7}$$
#
# In the paper $f=\varphi$ is VGG. Look at $L_s$: it is (4), channel by channel. (Equations 12 and 13 of the paper have norms instead of mean squares; the authors' code, like ours, has the squares.) One level alone would not do: relu4_1 knows nothing of colours, relu1_1 nothing of tiles. To these we add total variation $L_v$, the mean difference of neighbouring pixels, against noise, and the pixels themselves as level 0, whose statistics are the palette:
#
# $$L=\lambda_c L_c+\lambda_sL_s+\lambda_vL_v.\tag{8}$$


# %%
def content_distance(found, target):
    return (found.float() - target).square().mean() / target.square().mean()


def style_distance(found, wanted):
    """(7), right: found and wanted are lists of maps."""
    total = 0
    for mine, theirs in zip(found, wanted, strict=True):
        for a, b in zip(feature_statistics(mine), feature_statistics(theirs), strict=True):
            total = total + (a - b).square().mean()
    return total


# %%
# verifies (7): the style loss is the mean transport cost (4) over channels, and the
# package's function
found, wanted = (
    [torch.rand(2, 6, 8, 8, dtype=torch.float64) for _ in range(3)] for _ in range(2)
)
costs = []
for mine, theirs in zip(found, wanted, strict=True):
    (m1, s1), (m2, s2) = feature_statistics(mine), feature_statistics(theirs)
    # (4) for each channel of each picture
    costs.append(((m1 - m2) ** 2 + (s1 - s2) ** 2).mean())
assert torch.allclose(style_distance(found, wanted), sum(costs), atol=1e-12)
assert torch.allclose(
    style_loss(features=found, targets=wanted).double(), sum(costs), atol=1e-6
)
print(
    f"style loss {style_distance(found, wanted):.6f}, sum of transport costs {sum(costs):.6f}"
)

# %% [markdown]
# Here is the loop. Encoder and judge are frozen: only the decoder learns, from nothing, four styles. In one thing it departs from (7): our judge $\varphi$ is a second network, in which nobody has computed a target $t$. There the content loss asks for the deepest features of the photograph itself, as Johnson, Alahi and Fei-Fei did, relative to their size.
#
# *Predict before you run:* which of the two losses will fall further? And what would a plain grey picture score?

# %%
OURS = ["impasto", "mosaic", "seigaiha", "stained glass"]
EACH = lab.budget(smoke=1, cpu=12, gpu=12)
CROP = lab.budget(smoke=32, cpu=64, gpu=96)
# the decoder never sees these photographs
held = ["astronaut", "coffee"]
learning = contents[[k for k, name in enumerate(names_of_contents) if name not in held]]
testing = contents[[k for k, name in enumerate(names_of_contents) if name in held]]
paintings = torch.stack(
    [paint_style(name, size=SIZE, seed=100 + k) for name in OURS for k in range(EACH)]
)

# Two folders of your own, "holiday/" and "paintings/" for example, in place of the course's
# pictures:
MY_CONTENTS = MY_STYLES = None
if MY_CONTENTS:
    learning = data.folder(MY_CONTENTS, size=SIZE).images
if MY_STYLES:
    paintings = data.folder(MY_STYLES, size=SIZE).images


def random_crops(pictures, count):
    """Squares cut at random places from random pictures, on the device."""
    cut = []
    for index in torch.randint(len(pictures), (count,)).tolist():
        top, left = torch.randint(SIZE - CROP + 1, (2,)).tolist()
        cut.append(pictures[index, :, top : top + CROP, left : left + CROP])
    return torch.stack(cut).to(lab.device)


def train_decoder(decoder, steps, judged=(0, 1, 2, 3, 4), weights=(1, 2, 0.1), look=None):
    """Adam on (8), on judged levels only; `look(step)` is called five times on the way."""
    torch.manual_seed(lab.seed)
    decoder = decoder.to(lab.device, memory_format=torch.channels_last).train()
    adam = torch.optim.Adam(decoder.parameters(), 2e-3, betas=(0.9, 0.99))
    history = []
    for step in range(steps):
        if look is not None and step % max(1, steps // 4) == 0:
            look(step)
        # in the second half ever finer
        rate = 2e-3 * min(1, 2 * (1 - step / steps))
        adam.param_groups[0]["lr"] = rate
        content, style = random_crops(learning, 8), random_crops(paintings, 8)
        with torch.no_grad(), lab.autocast():
            c, s = network.encode(content), network.encode(style)
            target = adaptive_instance_norm(c, s).float()
            seen = features.levels(torch.cat([content, style]))
        with lab.autocast():
            painted = decoder(target).float()
            found = features.levels(painted)
        # What is painted should show what the content shows: the deepest features.
        loss_c = content_distance(found[-1], seen[-1][:8].float())
        mine, wanted = [painted, *found], [style, *(level[8:] for level in seen)]
        loss_s = style_distance([mine[k] for k in judged], [wanted[k] for k in judged])
        loss_v = sum(painted.diff(dim=d).abs().mean() for d in (2, 3))
        loss = weights[0] * loss_c + weights[1] * loss_s + weights[2] * loss_v
        adam.zero_grad()
        loss.backward()
        # no loud style may throw it
        nn.utils.clip_grad_norm_(decoder.parameters(), 1.0)
        adam.step()
        history.append((loss_c.item(), loss_s.item()))
    if look is not None:
        look(steps)
    return np.array(history)


def stylise_with(decoder, alpha=1.0):
    """A function (contents, style) -> pictures, for measuring."""

    @torch.no_grad()
    def stylise(contents, style):
        with lab.autocast():
            known = network.encode(style.to(lab.device))
            target = adaptive_instance_norm(
                network.encode(contents.to(lab.device)), known, alpha=alpha
            )
            return decoder(target).float().cpu().clamp(-1, 1)

    return stylise


torch.manual_seed(lab.seed)
CONFIG = network.decoder.config
decoder = Decoder(CONFIG).to(lab.device)
tests = torch.stack([paint_style(name, size=SIZE, seed=9000) for name in OURS])
steps = lab.budget(smoke=4, cpu=600, gpu=4000)


def look(step):
    found = evaluate_styles(stylise_with(decoder), testing, tests, OURS)
    print(f"{step:6d}  {found.accuracy:5.2f}  {found.ssim:5.2f}")


print("  step  judge   SSIM   (four styles it learns, two photographs it never sees)")
began = time.perf_counter()
history = train_decoder(decoder, steps, weights=(8, 2, 0.1), look=look)
print(f"{time.perf_counter() - began:.0f} s")

fig, ax = plt.subplots(figsize=(8, 2.8))
width = max(1, steps // 40)
for column, (name, colour) in enumerate({"content": BLUE, "style": VERMILLION}.items()):
    smooth = np.convolve(history[:, column], np.ones(width) / width, "valid")
    ax.plot(np.arange(len(smooth)) + width, smooth, color=colour, label=f"{name} loss")
ax.set(xlabel="step", yscale="log", title="Two masters")
ax.legend()
plt.show()

# what a plain grey picture would score, on the learning photographs
with torch.no_grad():
    seen = learning[:32, :, :CROP, :CROP].to(lab.device)
    deepest, of_grey = (features.levels(x)[-1].float() for x in (seen, torch.zeros_like(seen)))
print(
    f"content loss at the end {np.mean([c for c, _ in history[-50:]]):.2f}, "
    f"of a plain grey picture {content_distance(of_grey, deepest).item():.2f}"
)

# %% [markdown]
# The style loss falls to a small part of what it was, the content loss hardly at all after the first steps: these minutes go into marks. The last line says how little the content loss means here: our network ends no better than a plain grey picture. So the content that you recognise comes through the features that the decoder is given, not through this loss.
#
# Judge and similarity both rise from those of an untrained decoder, the judge a long way, SSIM a short one. The 8 before the content loss is a choice: put 3 there, then 15, run the cell again, and see which of the two losses gives way.

# %%
few = testing[: lab.budget(smoke=1, cpu=2, gpu=2)]
rows = {"style": tests}
for name, photo in zip(held, few, strict=False):
    rows[name] = torch.cat(
        [stylise_with(decoder)(photo[None], style[None]) for style in tests]
    )
plotting.compare_rows(rows, title="Four styles, after the time it takes to make tea")

# %% [markdown]
# ## 6 · The shipped network
#
# `adain-small` has learned all twenty-one styles, in random colours and at random scales, for three quarters of an hour on two processor cores. Two things are different from section 5. Its **encoder was trained along with the decoder**: a frozen encoder of this size has forgotten too much of a picture's colours, and nothing obliges an encoder to be a classifier.
#
# (Its losses are computed by another network, `style-features`, which stays frozen. An encoder that judged itself could please both masters by answering zero to everything.) And the style distance is that of Gram matrices, each picture's relative to its style's and then through $\log(1+d)$, so that one smooth style in a batch does not drown the others. `python -m tools.weights adain-small` makes it again from nothing.
#
# How good is it? Neither loss will tell: whoever trains on a loss network learns to please it. So the course has a **judge** that shares neither layers nor weights with the networks it judges, nor any single painting. It does share the twenty-one manners: the loss network was trained on them as well, so the two are not strangers. The first line below says how often it names the style of a crop it has never seen. And for the content there is SSIM, the structural similarity of the brightness to the photograph's. Either alone is easily won, the judge by wallpaper and SSIM by doing nothing; the question is whether one can have both.

# %%
shipped = stylise_with(network.decoder)
methods = {
    "the photograph": lambda c, s: c,
    "colours only": lambda c, s: histogram_match(c, s.expand(len(c), -1, -1, -1)),
    "adain-small": shipped,
}
photos = testing[: lab.budget(smoke=1, cpu=2, gpu=2)]
right = (judge_styles(crops) == labels).float().mean().item()
print(f"real crops of {cut} pixels: {right:.1%} named rightly")
for name, method in methods.items():
    print(f"{name:16s} {evaluate_styles(method, photos, style_pictures)}")

# %%
shown = [
    "impasto",
    "pointillism",
    "hatching",
    "woodcut",
    "halftone",
    "mosaic",
    "seigaiha",
    "papercut",
]
columns = torch.stack([style_pictures[STYLES.index(name)] for name in shown])
rows = {"style": columns}
for name, photo in zip(held, photos, strict=False):
    rows[name] = torch.cat([shipped(photo[None], style[None]) for style in columns])
plotting.compare_rows(rows, title="adain-small on photographs it has never seen")

# %% [markdown]
# Two thirds of the pictures are named rightly, with twenty-one styles to choose from, where transferred colours alone get one in seven; and the photographs are still there. It is not equally good at everything: `evaluate_styles(...).by_style` tells which styles the judge never names. Hatching keeps a tint that the style does not have. Look for what is missing, then read section 11.
#
# ## 7 · Beside its relatives
#
# **Histogram matching** gives each colour channel the style's histogram: (4) and (5) on pixels, with all quantiles instead of two numbers. **Gatys** optimises the pixels until the Gram matrices fit, with the same features. And between Gatys and AdaIN stands **WCT**, whitening and colouring: where AdaIN matches the diagonal of the covariance, WCT matches all of it, in closed form. With $\Sigma=V\Lambda V^\top$,
#
# $$\operatorname{WCT}(c,s)=\Sigma_s^{1/2}\,\Sigma_c^{-1/2}\,(c-\mu_c)+\mu_s,\qquad\Sigma^{\pm1/2}=V\Lambda^{\pm1/2}V^\top.\tag{9}$$
#
# Roots of small eigenvalues magnify every rounding error, so this is one of the rare places in deep learning where float64 is not a luxury.

# %%
# verifies (9): after whitening and colouring the covariance is the style's, all of it;
# after AdaIN the diagonal is
generator = lab.generator(9)
mixing = torch.randn(8, 8, generator=generator)
c = torch.randn(1, 8, 24, 24, generator=generator)
s = torch.einsum("ij,njhw->nihw", mixing, torch.randn(1, 8, 20, 30, generator=generator)) + 1
wanted = torch.cov(s.double().flatten(2)[0])
for name, made in {"WCT": whiten_colour(c, s), "AdaIN": adaptive_instance_norm(c, s)}.items():
    off = (torch.cov(made.double().flatten(2)[0]) - wanted).abs()
    print(
        f"{name:6s} largest error on the diagonal {off.diagonal().max():.1e}, anywhere {off.max():.1e}"
    )
    assert off.diagonal().max() < 1e-3
    assert (off.max() < 1e-4) == (name == "WCT")

# %%
steps = lab.budget(smoke=3, cpu=100, gpu=200)
content, style = (
    astronaut.to(lab.device),
    style_pictures[[STYLES.index("mosaic")]].to(lab.device),
)


def by_adain():
    return shipped(content, style)


@torch.no_grad()
def by_wct():
    target = whiten_colour(network.encode(content), network.encode(style))
    return network.decoder(target).float().cpu().clamp(-1, 1)


def by_gatys():
    with lab.autocast():
        return (
            gatys(content, style, features, steps=steps, style_weight=100.0, lr=0.06)
            .float()
            .cpu()
        )


relatives = {
    "colours only": lambda: histogram_match(content, style).cpu(),
    "AdaIN": by_adain,
    "WCT": by_wct,
    f"Gatys, {steps} steps": by_gatys,
}
# the first call also sets things up
by_adain()
with torch.no_grad():
    seen_c, seen_s = features.levels(content), features.levels(style)
painted, seconds = {}, {}
print(f"{'':18s}  seconds   content   style    SSIM")
for name, method in relatives.items():
    times = []
    for _ in range(1 if "Gatys" in name else 3):
        began = time.perf_counter()
        painted[name] = method()
        times.append(time.perf_counter() - began)
    seconds[name] = min(times)
    with torch.no_grad():
        found = features.levels(painted[name].to(lab.device))
        loss_c = content_distance(found[-1], seen_c[-1]).item()
        loss_s = gram_loss(features=found, targets=seen_s, relative=True).item() / len(found)
    ssim = luminance_ssim(painted[name], content)
    print(f"{name:18s} {seconds[name]:8.3f} {loss_c:9.2f} {loss_s:8.3f} {ssim:7.2f}")
slower = seconds[f"Gatys, {steps} steps"] / seconds["AdaIN"]
print(f"Gatys takes {slower:.0f} times as long as AdaIN")
plotting.show_images(
    torch.cat([content.cpu(), style.cpu(), *painted.values()]),
    columns=6,
    titles=["content", "style", *painted],
    title="The same pair, by four methods",
)

# %% [markdown]
# Gatys comes nearest to the style by far, and takes more than a hundred times as long for one picture; its content distance is larger too, at our weights. WCT, which matches all covariances at this level, gains nothing over AdaIN here: the decoder was trained on AdaIN targets, and whatever else one feeds it is strange to it. Colours alone keep the photograph best, for they hardly touch it.
#
# ## 8 · The dial, the mixture, the brush
#
# ### Strength
#
# $\alpha$ in (6) mixes *features*; the decoder sees half-way features and paints a half-way picture. Mixing the finished pictures instead would be a double exposure, the photograph shining through the paint. That is exercise 9.

# %%
alphas = torch.linspace(0, 1, 5)
style = style_pictures[[STYLES.index("hatching")]]
rows = {
    "in feature space": torch.cat(
        [stylise_with(network.decoder, float(a))(cat, style) for a in alphas]
    ),
    "double exposure": torch.cat(
        [float(a) * shipped(cat, style) + (1 - float(a)) * cat for a in alphas]
    ),
}
plotting.compare_rows(
    rows,
    title="The dial at "
    + ", ".join(f"{float(a):.2f}" for a in alphas)
    + ": features above, pixels below",
)

# %% [markdown]
# ### Mixtures
#
# The target is a linear function of the style's two statistics. So the mean of several targets, with weights $w_k$ that sum to 1, is the target of the mean statistics:
#
# $$\sum_kw_k\operatorname{AdaIN}(c,s_k)=\bar\sigma\,\frac{c-\mu(c)}{\sigma(c)}+\bar\mu,\qquad\bar\mu=\sum_kw_k\mu(s_k),\quad\bar\sigma=\sum_kw_k\sigma(s_k).\tag{10}$$
#
# Four styles cost one decoding, and the weights may differ from place to place: a brush.

# %%
# verifies (10): mixing targets and mixing statistics, in float64
c, *others = (torch.randn(1, 6, 5, 7, dtype=torch.float64) + k for k in range(4))
weights = (0.2, 0.5, 0.3)
targets = sum(w * adaptive_instance_norm(c, s) for w, s in zip(weights, others, strict=True))
mean, std = (
    sum(w * part for w, part in zip(weights, parts, strict=True))
    for parts in zip(*(feature_statistics(s) for s in others), strict=True)
)
(mean_c, std_c) = feature_statistics(c)
assert torch.allclose(targets, std * (c - mean_c) / std_c + mean, atol=1e-12)
print("mixed targets are the target of the mixed statistics")

# %%
pair = ["woodcut", "papercut"]
a, b = (style_pictures[[STYLES.index(name)]].to(lab.device) for name in pair)
shares = torch.linspace(0, 1, lab.budget(smoke=3, cpu=9, gpu=9)).tolist()
with torch.no_grad(), lab.autocast():
    mixed = torch.cat(
        [network.mix(astronaut.to(lab.device), [a, b], [1 - w, w]) for w in shares]
    ).float()
    levels = [features.levels(mixed), features.levels(a), features.levels(b)]
distances = {
    name: [
        sum(
            (p - q).square().mean().item()
            for found, wanted in zip(levels[0], levels[k], strict=True)
            for p, q in zip(
                feature_statistics(found[[i]]), feature_statistics(wanted), strict=True
            )
        )
        for i in range(len(shares))
    ]
    for k, name in enumerate(pair, 1)
}
fig, ax = plt.subplots(figsize=(8, 2.8))
for (name, values), colour in zip(distances.items(), (BLUE, VERMILLION), strict=True):
    ax.plot(shares, values, "o-", color=colour, label=f"distance to {name}")
ax.set(
    xlabel=f"weight of {pair[1]}",
    ylabel="style distance (7)",
    title="Towards one style, away from the other",
)
ax.legend()
plt.show()
falls = np.diff(distances[pair[1]])
print(
    f"distance to {pair[1]}: largest step upwards {max(falls.max(), 0):.4f} "
    f"of {distances[pair[1]][0]:.2f}"
)
plotting.compare_rows({"mixture": mixed.cpu()[:: max(1, len(shares) // 4)]})

# %% [markdown]
# ### Regions, colours, scale
#
# With maps of weights, each place has its own style. To keep a photograph's colours, take only the *brightness* of the painted picture and the colour differences of the photograph (Gatys et al. 2016). And the scale of the marks is simply the scale at which the style's picture is shown to the encoder.

# %%
left = torch.zeros(2, SIZE, SIZE)
left[0, :, : SIZE // 2] = left[1, :, SIZE // 2 :] = 1
s = style_pictures[[STYLES.index("mosaic")]]
with torch.no_grad(), lab.autocast():
    regions = network.mix(cat.to(lab.device), [a, b], left).float().cpu()
larger = F.interpolate(s, scale_factor=2, mode="bilinear", antialias=True)
smaller = F.interpolate(s, scale_factor=0.5, mode="bilinear", antialias=True)
controls = {
    f"{pair[0]} | {pair[1]}": regions,
    "mosaic": shipped(cat, s),
    "its own colours": keep_colours(shipped(cat, s), cat),
    "finer marks": shipped(cat, smaller),
    "larger marks": shipped(cat, larger),
}
plotting.show_images(
    torch.cat([cat, *controls.values()]), columns=6, titles=["content", *controls]
)

# %% [markdown]
# ### Play
#
# In the studio all of this is live. Drag the point between four styles, turn the dial, paint a region for one corner alone, upload a photograph and a painting of your own, download what you like. A change of the dial costs one decoding: content features and style statistics are kept.

# %%
from ganlab import widgets

studio = widgets.StyleStudio(network)
widgets.show(studio)

# %% [markdown]
# Things to try. Put the same style in two corners and a second one in the others: along one side of the pad nothing happens. Give the *photograph* as its own style: (5) changes nothing, and you see what the autoencoder alone loses. Use a plain grey picture as a style: $\sigma(s)=0$, and the content is gone. Which of the two statistics carries the colour, which the marks?
#
# And in one line, for scripts, PIL in and PIL out, at any size (large pictures are painted in tiles that share the whole picture's statistics, so that there are no seams):

# %%
photo = images.to_pil(data.photos("coffee").images[0])
result = ganlab.stylize(photo, "papercut", alpha=0.8)
print(photo.size, "->", result.size)
result

# %% [markdown]
# ## 9 · Break it on purpose
#
# Four small trainings, each with one thing wrong, and one with nothing wrong. The content has an eighth of its weight in section 5, so that a style shows within a few steps. The paper warns of the first mistake: **instance normalisation in the decoder** (sections 6.1 and 7.2).

# %%
short = lab.budget(smoke=2, cpu=120, gpu=600)


def with_instance_norm(decoder):
    """The same decoder, normalising after every convolution but the last."""
    layers = []
    for layer in decoder.layers:
        layers.append(layer)
        if isinstance(layer, nn.Conv2d) and layer.out_channels > 3:
            layers.append(nn.InstanceNorm2d(layer.out_channels, affine=True))
    return nn.Sequential(*layers)


trials = {
    "nothing wrong": {},
    "normalised decoder": {"normalise": True},
    "style at the deepest level only": {"judged": (4,)},
    "style at the pixels only": {"judged": (0,)},
    "nobody asks for content": {"weights": (0, 2, 0.1)},
}
# mosaic and stained glass
pair = [tests[1], tests[3]]
rows = [[style[None]] for style in pair]
print(f"{'':32s} judge   SSIM   difference between styles")
for name, trial in trials.items():
    options = dict(trial)
    torch.manual_seed(lab.seed)
    broken = Decoder(CONFIG)
    broken = with_instance_norm(broken) if options.pop("normalise", False) else broken
    train_decoder(broken, short, **options)
    stylise = stylise_with(broken)
    found = evaluate_styles(stylise, few, tests, OURS)
    two = [stylise(few[:1], style[None]) for style in pair]
    for row, picture in zip(rows, two, strict=True):
        row.append(picture)
    apart = (two[0] - two[1]).abs().mean()
    print(f"{name:32s} {found.accuracy:5.2f}  {found.ssim:5.2f}   {apart:.3f}")
plotting.show_images(
    torch.cat([picture for row in rows for picture in row]),
    columns=len(trials) + 1,
    titles=[textwrap.fill(name, 18) for name in ("style", *trials)] + [""] * (len(trials) + 1),
    title="Two styles, one photograph, five trainings",
)

# %% [markdown]
# | what was broken | symptom | diagnosis | cure |
# |---|---|---|---|
# | normalisation in the decoder | the two styles look more alike, and the judge is lost | every layer replaces the statistics that AdaIN has set | none in the decoder |
# | style at the deepest level only | marks in invented colours | deep features have forgotten the palette | several levels, and the pixels |
# | style at the pixels only | blurred photographs in other colours; SSIM is high, the judge names none | a palette is no style | several levels |
# | nobody asks for content | SSIM is no lower, and the judge names fewer | the target is made of the content's own features: what the decoder is given to paint is there already | none needed in a short training; in a long one, or where lines must stay, the content loss holds the decoder to them |
#
# A hundred and twenty steps and one seed: read the symptoms, not the second decimal.
#
# %% [markdown]
# ## 10 · Exercises
#
# Nine, each marked with its difficulty. No later cell needs your answers. Arguments come in the order of the definition and are never to be changed; $\mu$ and $\sigma$ of a map are always its mean and deviation over places, channel by channel and picture by picture.
#
# **Exercise 1 (easy).** The two numbers of a channel: for each picture $n$ and channel $c$ of `features` (N, C, H, W), the mean $\mu_{nc}$ over the $HW$ places and the deviation $\sigma_{nc}=\sqrt{v_{nc}+\varepsilon}$. Take the *unbiased* variance
# $v_{nc}=\frac{1}{HW-1}\sum_{h,w}(f_{nchw}-\mu_{nc})^2$, as the paper's code does, and keep the axes of height and width with length 1, so that the result meets the map in a formula.


# %% tags=["exercise"]
def channel_statistics(features, eps=1e-5):
    """Mean and deviation, each (N, C, 1, 1)."""
    ### BEGIN SOLUTION
    mean = features.mean(dim=(2, 3), keepdim=True)
    variance = features.var(dim=(2, 3), keepdim=True)
    return mean, (variance + eps).sqrt()
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_04.channel_statistics(channel_statistics)
### BEGIN HIDDEN TESTS
_random = lab.generator(401)
for _size, _scale, _given in (((1, 4, 7, 2), 1.0, (0.3,)), ((3, 2, 3, 9), 0.01, ())):
    _maps = 2 * torch.randn(_size, generator=_random) + torch.arange(_size[1])[:, None, None]
    _x, _eps = (_scale * _maps).double().numpy(), _given[0] if _given else 1e-5
    _mean, _std = channel_statistics(_scale * _maps, *_given)
    _want = np.sqrt(_x.var((2, 3), ddof=1, keepdims=True) + _eps)
    assert _mean.shape == _std.shape == (*_size[:2], 1, 1), "axes of length 1"
    assert np.allclose(_mean, _x.mean((2, 3), keepdims=True), 1e-4, 1e-6), "mean"
    assert np.allclose(_std, _want, 1e-4), "unbiased deviation"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 2 (medium).** Adaptive instance normalisation with a strength: $t=\sigma(s)\,\frac{c-\mu(c)}{\sigma(c)}+\mu(s)$ (the paper's equation 8), and of it $\alpha\,t+(1-\alpha)\,c$ (equation 14). The style's map may be of another size, (N, C, H', W'), or a single one for all, (1, C, H', W').
# A channel without fluctuations must become the style's mean, not NaN, even if the whole map is a single place; `feature_statistics`, from above, knows all that.


# %% tags=["exercise"]
def adain(content, style, alpha=1.0):
    """Tensor of the shape of `content`."""
    ### BEGIN SOLUTION
    mean_c, std_c = feature_statistics(content)
    mean_s, std_s = feature_statistics(style)
    transferred = std_s * (content - mean_c) / std_c + mean_s
    return alpha * transferred + (1 - alpha) * content
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_04.adain(adain)
### BEGIN HIDDEN TESTS
_random = lab.generator(402)
_content = 1 + 2 * torch.randn(3, 4, 6, 5, generator=_random)
_strength = 0.2 + 0.6 * float(torch.rand((), generator=_random))
# a style for each, then one for all
for _count, _alpha in ((3, 1.0), (1, _strength)):
    _style = 3 * torch.randn(_count, 4, 3, 8, generator=_random) - 1
    _c, _s = _content.double().flatten(2), _style.double().flatten(2)
    _moved = _s.std(2, keepdim=True) / _c.std(2, keepdim=True) * (_c - _c.mean(2, True))
    _want = torch.lerp(_c, _moved + _s.mean(2, True), _alpha)
    _got = adain(_content.clone(), _style.clone(), *[_alpha][: _count == 1])
    assert _got.shape == _content.shape, "as large as the content"
    assert torch.allclose(_got.double().flatten(2), _want, 1e-4, 5e-4), "the style's numbers"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 3 (easy).** The unbiased variance divides the sum of squares by $n-1$, the biased one by $n$, where $n=HW$ is the number of `places`. By what factor, a number below 1, is the biased *deviation* smaller than the unbiased one? ($\varepsilon$ aside.)
# Try your function on 4, 64 and 4096 places before you check it: for which of the maps of an encoder does it matter which one you take?


# %% tags=["exercise"]
def estimator_ratio(places):
    """Biased deviation / unbiased deviation, a float."""
    ### BEGIN SOLUTION
    return math.sqrt((places - 1) / places)
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_04.estimator_ratio(estimator_ratio)
### BEGIN HIDDEN TESTS
_random = lab.generator(403)
for _places in (3, *torch.randint(5, 300, (5,), generator=_random).tolist()):
    _x = torch.randn(_places, generator=_random, dtype=torch.float64).numpy()
    _got, _want = float(estimator_ratio(_places)), np.std(_x) / np.std(_x, ddof=1)
    assert abs(_got - _want) < 1e-6, "as measured on random numbers"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 4 (easy).** Behind a ReLU there are dead channels: constant in this content, with $v=0$. By what factor does AdaIN multiply the tiniest fluctuation there, a rounding error say? `style_std` is the number that AdaIN multiplies by; the divisor is $\sqrt{v+\varepsilon}$ if `inside`, else $\sqrt v+\varepsilon$.
# (Where $\varepsilon$ stands matters twice. The slope of $\sqrt{v+\varepsilon}$ at $v=0$ is $\frac{1}{2\sqrt\varepsilon}$, large but finite. That of $\sqrt v+\varepsilon$ is infinite; the chain rule multiplies it by the slope of $v$, which is 0 there, and $\infty\cdot0$ is NaN: one dead channel, and the training is over. PyTorch's `std` catches this case, `var` and a root do not.)


# %% tags=["exercise"]
def dead_channel_gain(style_std, eps, inside):
    """A float."""
    ### BEGIN SOLUTION
    return style_std / (math.sqrt(eps) if inside else eps)
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_04.dead_channel_gain(dead_channel_gain)
### BEGIN HIDDEN TESTS
_random = lab.generator(404)
_tiny = 1e-14 * torch.randn(50, generator=_random, dtype=torch.float64)
for _style, _power in torch.rand(5, 2, generator=_random, dtype=torch.float64).tolist():
    _eps, _style = 10 ** (-6 * _power), _style + 0.1
    for _inside in (True, False):
        _std = (_tiny.var() + _eps).sqrt() if _inside else _tiny.std() + _eps
        _want = float((_style * _tiny / _std).std() / _tiny.std())
        _got = float(dead_channel_gain(_style, _eps, _inside))
        assert math.isclose(_got, _want, rel_tol=1e-4), "as measured on a tiny fluctuation"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 5 (easy).** VGG was trained on RGB pictures in $[0,1]$, from which the mean of all of ImageNet had been subtracted, channel by channel, and which were then divided by its deviation. Ours come in $[-1,1]$. Bring `pictures` (N, 3, H, W) there: first to $[0,1]$, then $(x-m_c)/s_c$.
# The decoder learns *through* this function: it must let gradients pass.

# %%
# shape (3,): red, green, blue
IMAGENET_MEAN = torch.tensor([0.485, 0.456, 0.406])
IMAGENET_STD = torch.tensor([0.229, 0.224, 0.225])


# %% tags=["exercise"]
def normalise_for_vgg(pictures):
    """Tensor (N, 3, H, W)."""
    ### BEGIN SOLUTION
    mean, std = IMAGENET_MEAN.view(1, 3, 1, 1), IMAGENET_STD.view(1, 3, 1, 1)
    return ((pictures + 1) / 2 - mean) / std
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_04.normalise_for_vgg(normalise_for_vgg)
### BEGIN HIDDEN TESTS
_random = lab.generator(405)
_pictures, _pull = torch.rand(2, 2, 3, 5, 4, generator=_random) * 2 - 1
_given = _pictures.clone()
_got = normalise_for_vgg(_pictures.requires_grad_())
assert _got.shape == _pictures.shape, "as large as the pictures"
(_got * _pull).sum().backward()
for _k, _mean, _std in ((0, 0.485, 0.229), (1, 0.456, 0.224), (2, 0.406, 0.225)):
    _want = _given[:, _k].double() / (2 * _std) + (0.5 - _mean) / _std
    _slope = _pull[:, _k] / (2 * _std)
    assert torch.allclose(_got[:, _k].double(), _want, 1e-4, 1e-5), "as in VGG's training"
    assert torch.allclose(_pictures.grad[:, _k], _slope, 1e-4, 1e-5), "its gradient"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 6 (medium).** Why this decoder enlarges by copying pixels, and not by transposed convolutions as in lesson 02. A transposed convolution in one dimension puts a stamp of `kernel` weights at the places $0, s, 2s, \dots$, one for each of `length` inputs, $s$ being the `stride`; there is no padding, and stamps that overlap are added.
# Count for each of the $(\text{length}-1)\,s+\text{kernel}$ output places by how many weights it is reached. Compare kernel 4 with stride 2, and kernel 3 with stride 2: where the counts alternate, so does the brightness, and a checkerboard is built in.


# %% tags=["exercise"]
def reach(length, kernel, stride):
    """One count for each output place: a list, an array or a tensor."""
    ### BEGIN SOLUTION
    counts = [0] * ((length - 1) * stride + kernel)
    for i in range(length):
        for j in range(kernel):
            counts[i * stride + j] += 1
    return counts
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_04.reach(reach)
### BEGIN HIDDEN TESTS
_draws = torch.randint(0, 9, (8, 2), generator=lab.generator(406)).tolist()
for _turn, (_length, _kernel) in enumerate(_draws):
    _case = _length + 2, _kernel + 1, _turn % 4 + 1
    _ones = torch.ones(1, 1, _case[0]), torch.ones(1, 1, _case[1])
    _want = F.conv_transpose1d(*_ones, stride=_case[2]).flatten().tolist()
    _pairs = zip(reach(*_case), _want, strict=True)
    assert all(abs(got - want) < 1e-4 for got, want in _pairs), "as PyTorch stamps ones"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 7 (medium).** The style loss. `features` and `targets` are lists of maps, one for each level $l$, (N, C$_l$, H, W) each; those of the style may have another height and width. The loss is
# $\sum_l\big(\operatorname{mean}_{n,c}\,(\mu(f_l)-\mu(s_l))^2+\operatorname{mean}_{n,c}\,(\sigma(f_l)-\sigma(s_l))^2\big)$, the paper's equation 13 with mean squares for norms, as in its code. The deviations are those of exercise 1, and a dead channel must not make the gradient NaN.


# %% tags=["exercise"]
def my_style_loss(features, targets):
    """Scalar tensor, differentiable."""
    ### BEGIN SOLUTION
    total = 0
    for found, target in zip(features, targets, strict=True):
        for mine, wanted in zip(
            feature_statistics(found), feature_statistics(target), strict=True
        ):
            total = total + (mine - wanted).square().mean()
    return total
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_04.style_loss(my_style_loss)
### BEGIN HIDDEN TESTS
_random = lab.generator(407)
_found, _style = [], []
for _c, _h, _w in ((4, 5, 3), (1, 6, 6), (3, 2, 7), (6, 3, 3)):
    _spread = 1 + torch.rand(_c, 1, 1, generator=_random)
    _found += [(_spread * torch.randn(3, _c, _h, _w, generator=_random)).requires_grad_()]
    _style += [1 + 2 * torch.randn(3, _c, _w + 1, _h + 2, generator=_random)]
_want = 0.0
for _f, _s in zip(_found, _style, strict=True):
    _f, _s = _f.double().flatten(2), _s.double().flatten(2)
    _want += ((_f.mean(2) - _s.mean(2)) ** 2 + (_f.std(2) - _s.std(2)) ** 2).mean()
_slopes = torch.autograd.grad(_want, _found)
_got = my_style_loss(_found, _style)
assert abs(_got - _want) < 2e-4 * _want, "the sum over levels of the two mean squares"
_got.backward()
_pairs = zip(_found, _slopes, strict=True)
assert all(torch.allclose(f.grad, s, 1e-3, 1e-4) for f, s in _pairs), "its gradient"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 8 (hard).** AdaIN sees each channel for itself. Whitening also takes away what channels have in common: from one map `features` (C, H, W), with mean $\mu$ and covariance $\Sigma=V\operatorname{diag}(\lambda)V^\top$ of its channels over the places (C × C), make $\Sigma^{-1/2}(f-\mu)$, whose covariance is the identity. Take the eigenvalues of $\Sigma$ in float64, since roots of small ones
# magnify errors, and use the *symmetric* root $\Sigma^{-1/2}=V\operatorname{diag}(\lambda^{-1/2})V^\top$ (called ZCA): any rotation of the result would be white, too, but this one leaves each channel as near as possible to what it was. Whether you divide by $HW$ or by $HW-1$ is all the same here.


# %% tags=["exercise"]
def whiten(features):
    """Tensor (C, H, W)."""
    ### BEGIN SOLUTION
    # (C, H, W) -> (C, HW)
    flat = features.double().flatten(1)
    centred = flat - flat.mean(dim=1, keepdim=True)
    values, vectors = torch.linalg.eigh(centred @ centred.T / (flat.shape[1] - 1))
    white = vectors @ torch.diag(values.rsqrt()) @ vectors.T @ centred
    return white.reshape(features.shape).to(features.dtype)
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_04.whiten(whiten)
### BEGIN HIDDEN TESTS
_random = lab.generator(408)
_turn = torch.linalg.qr(torch.randn(5, 5, generator=_random)).Q
_flat = _turn * torch.linspace(0.7, 2, 5) @ torch.randn(5, 77, generator=_random)
_maps = (_flat + 3 * torch.rand(5, 1, generator=_random)).reshape(5, 7, 11)
_got = whiten(_maps.clone())
assert _got.shape == _maps.shape, "a map again"
_both = torch.cat([_got, _maps]).double().flatten(1).cov()
# with the map: the root of its covariance
_white, _root = _both[:5, :5], _both[:5, 5:]
# 1, or 77 / 76
_places = _white.diagonal().mean()
assert min(abs(_places - 1), abs(_places - 77 / 76)) < 1e-3, "variance 1"
assert torch.allclose(_white, _places * torch.eye(5).double(), 1e-3, 1e-3), "uncorrelated"
assert torch.allclose(_root, _root.T, 1e-3, 1e-3), "symmetric"
assert torch.linalg.eigvalsh(_root).min() > 0, "positive: nothing is turned round"
assert _got.double().mean((1, 2)).abs().max() < 1e-3, "mean 0"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 9 (medium).** The slider. Given two functions, `encode` (pictures to features) and `decode` (features to pictures), a content, a style (of any size) and $\alpha$: mix *in feature space*, $\operatorname{decode}\big(\alpha\operatorname{AdaIN}(f,s)+(1-\alpha)f\big)$ with $f$ and $s$ the features of content and style.
# Use the library's `adaptive_instance_norm`. Where would you see the difference if pixels were mixed instead?


# %% tags=["exercise"]
def stylise(encode, decode, content, style, alpha):
    """Pictures (N, 3, H, W)."""
    ### BEGIN SOLUTION
    features = encode(content)
    transferred = adaptive_instance_norm(features, encode(style))
    return decode(alpha * transferred + (1 - alpha) * features)
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_04.stylise(stylise)
### BEGIN HIDDEN TESTS
_random = lab.generator(409)
_there, _back = torch.randn(2, 4, 3, 3, 3, generator=_random)

def _encode(x):
    return F.softplus(F.conv2d(x, _there.to(x), padding=1))

def _decode(x):
    return torch.sin(0.2 * F.conv_transpose2d(x, _back.to(x), padding=1))

_content = 2 * torch.rand(3, 3, 7, 5, generator=_random) - 1
_style = torch.rand(3, 3, 4, 9, generator=_random)
_alpha = 0.2 + 0.6 * float(torch.rand((), generator=_random))
_f, _s = (_encode(x.double()).flatten(2) for x in (_content, _style))
_moved = _s.std(2, keepdim=True) / _f.std(2, keepdim=True) * (_f - _f.mean(2, True))
_mixed = torch.lerp(_f, _moved + _s.mean(2, True), _alpha).unflatten(2, (7, 5))
_want = _decode(_mixed)
_got = stylise(_encode, _decode, _content.clone(), _style.clone(), _alpha)
assert _got.shape == _want.shape, "pictures"
assert torch.allclose(_got.double(), _want, 1e-3, 5e-4), "mixed as features, decoded once"
### END HIDDEN TESTS

# %% [markdown]
# ## 11 · What it cannot do, and what one should not do with it
#
# **Limits.** Two numbers a channel describe a texture, not an artist. What a painter leaves out, how a composition is built, why a line stops: nothing of that is a mean or a deviation over places. Statistics are of the *whole* picture, so a style that paints skies one way and faces another comes back as the average of both, everywhere; a content of which half is sky has other statistics than its left half alone, which is why tiles must share them.
#
# The network can only make marks it has learned to make. Ours has seen procedural paintings and a hundred photographs; put in a painting with brushwork unlike any of them, and it answers with the nearest marks it knows, in the right colours. And a strong style costs recognisability, most of all in faces, whose features are small.
#
# **Responsible use.** A style as such belongs to nobody, in most countries' law; a painting does, as long as its painter lives and for decades after. Whoever sells imitations of a *living* artist, under that artist's name, takes away part of a living. Say how a picture was made, and never sign it with the name of somebody who did not make it. A photograph is of somebody: a portrait in the manner of a caricature is still their face. And do not take a stylised picture for an anonymised one: the structure that SSIM measures is what a person is recognised by.
#
# ## 12 · Summary
#
# Style, for this lesson, is what survives when places are thrown away: the distribution of local features, summed up by means and deviations or, richer, by Gram matrices, whose distance is a maximum mean discrepancy. To move one channel's distribution onto another by the shortest way one shifts and stretches it: that is AdaIN, and the length of the way is the style loss.
#
# Instance normalisation removes two moments of each channel, AdaIN replaces them, and correlations keep what they knew of the style. A decoder turns features back into a picture; it must have no normalisation of its own, reflected edges, and no uneven upsampling. Strength and mixtures are straight lines in feature space, at the price of one decoding. Judge with somebody who was not the teacher, and judge style and content together.
#
# **Recall.** Answer aloud before you unfold.
#
# <details><summary>Why does shuffling the places of a feature map not change its style loss?</summary>
# Means and deviations over places do not depend on their order. (Of a map: shuffling the pixels of a picture does change its features.)
# </details>
#
# <details><summary>What does the style loss measure, in the language of transport?</summary>
# The mean cost of the cheapest map that gives each channel the style's mean and deviation; for normal distributions, the whole distance.
# </details>
#
# <details><summary>What does a Gram matrix know that means and deviations do not, and which method uses all of it in closed form?</summary>
# Which channels go together, the covariances. WCT.
# </details>
#
# <details><summary>A colleague's decoder paints every style alike. Where do you look first?</summary>
# For normalisation in the decoder: it gives every picture the statistics of its own parameters.
# </details>
#
# <details><summary>Why is the strength not a blend of the photograph and the finished painting?</summary>
# That is a double exposure. In feature space half-way features are decoded into half as much painting.
# </details>
#
# <details><summary>Your judge gives 1.0. Is the style transfer good?</summary>
# Not if SSIM is near 0: wallpaper pleases it, too. And not if the judge was among the teachers.
# </details>
#
# **What comes next.** In lesson 05 the content is all that counts: a picture becomes four times larger, and the question is once more what a loss does with what cannot be known.
#
# **References.** Huang, Belongie 2017, [arXiv:1703.06868](https://arxiv.org/abs/1703.06868) · Gatys, Ecker, Bethge 2015 (texture), [1505.07376](https://arxiv.org/abs/1505.07376), and 2016 (style), [1508.06576](https://arxiv.org/abs/1508.06576) · Gatys et al. 2016 (colours), [1606.05897](https://arxiv.org/abs/1606.05897) · Li et al. 2017 (statistics as MMD), [1701.01036](https://arxiv.org/abs/1701.01036) ·
# Li et al. 2017 (WCT), [1705.08086](https://arxiv.org/abs/1705.08086) · Ulyanov, Vedaldi, Lempitsky 2016 (instance normalisation), [1607.08022](https://arxiv.org/abs/1607.08022) · Dumoulin, Shlens, Kudlur 2017 (a learned style is a set of scales and shifts), [1610.07629](https://arxiv.org/abs/1610.07629) ·
# Johnson, Alahi, Fei-Fei 2016 (perceptual losses), [1603.08155](https://arxiv.org/abs/1603.08155) · Odena, Dumoulin, Olah 2016 (checkerboards), [doi](https://doi.org/10.23915/distill.00003) · Karras, Laine, Aila 2019 (StyleGAN), [1812.04948](https://arxiv.org/abs/1812.04948) · Peyré, Cuturi 2019 (optimal transport), [1803.00567](https://arxiv.org/abs/1803.00567)
