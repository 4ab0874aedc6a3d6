# %% [markdown]
# # Lesson 00 · Start here
#
# {{BADGE}}
#
# By the end of this course you will have trained networks that invent faces nobody has painted, on your own
# computer, and you will know why they work. This first quarter of an hour is for the one thing all of it stands on:
# **a picture is a point in a space of numbers**. We look at that space, change a pixel with our own hands, and find
# out why making pictures is hard. On the way you meet the tools: cells, profiles, sliders, and an exercise that
# tells you what is still wrong.
#
# **You will be able to**
#
# - run a notebook, and say why one sometimes lies about its own state,
# - read and change a picture as a tensor of shape (N, C, H, W) with values in [-1, 1],
# - explain with one picture why the average of a thousand faces is no face,
# - pass an exercise and read what its check tells you.
#
# **Time:** 15 minutes. It runs in a few seconds, on a CPU as fast as on a GPU. **You need:** a little Python. If
# `x[0, :, 5:9]` looks familiar, you are ready. **Paper:** the course begins with Goodfellow et al. 2014,
# [Generative Adversarial Nets](https://arxiv.org/abs/1406.2661); lesson 01 takes it apart line by line.

# %% tags=["setup"]
# Colab: install the course once. On your own machine `make lab` has done this already.
import importlib.util
import sys

if "google.colab" in sys.modules and importlib.util.find_spec("ganlab") is None:
    # %pip install -q "ganlab @ git+{{REPOSITORY}}@{{BRANCH}}"
    importlib.invalidate_caches()

import ganlab

lab = ganlab.setup(seed=0)

# %% [markdown]
# ## 1 · What you are looking at
#
# A notebook is a letter with live code in it. The grey boxes are **cells**: click into one and press
# <kbd>Shift</kbd>+<kbd>Enter</kbd>, and Python runs it and writes the result below. Everything between the cells is
# text, written to be read in order. The pictures you see before you run anything come from the last time we ran the
# lesson ourselves; yours will replace them.
#
# The cell above is the same in every lesson. `ganlab.setup` chose a device, fixed the random numbers and printed
# one line saying so. It gave you `lab`, which we come back to.
#
# One habit of notebooks surprises everybody once. **Predict:** what does the next cell print the first time you run
# it, and what the second time?

# %%
visits = globals().get("visits", 0) + 1
print(f"this cell has run {visits} time{'s' if visits > 1 else ''} since the kernel started")

# %% [markdown]
# Behind the page sits one Python process, the **kernel**. It remembers every variable until it is restarted,
# whichever cell set it, in whatever order you pressed the keys, even after you have deleted the cell. So a notebook
# can show results that its own code, read from the top, would not give. When something makes no sense, choose
# *Kernel → Restart Kernel and Run All Cells*. It costs seconds in this lesson and clears up more mysteries than any
# other button.

# %% [markdown]
# ## 2 · A face is 3072 numbers
#
# Our models for the first lessons are cartoon faces, painted by a small program in `ganlab.data.faces`. They have a
# virtue that photographs lack: we know *exactly* what is in each of them, so later we can check whether a network
# has understood.

# %%
import numpy as np
import torch

from ganlab import checks, data, images, plotting
from ganlab.data.faces import paint_faces, sample_attributes

plotting.use_style()
people = data.faces(1000, size=32, seed=0)
print(people)
plotting.show_images(people.images[:16])

# %% [markdown]
# A thousand faces in one tensor. Read its shape from left to right, as all image code in PyTorch does:

# %% tags=["nbval-check-output"]
# (N, C, H, W)
n, channels, height, width = people.images.shape
print(f"N = {n} pictures of C = {channels} colours, H = {height} rows and W = {width} columns of pixels")
print(f"one picture is {channels} x {height} x {width} = {channels * height * width} numbers")
print(f"the smallest of all numbers is {people.images.min():.2f}, the largest {people.images.max():.2f}")

# %% [markdown]
# The three **channels** say how much red, green and blue light each pixel gives off. Here is one face and its three
# channels, each drawn as a grey picture: white means much of that colour, black means none. Look at the background,
# then at the lips, and say which colour they are from the three grey pictures alone.

# %%
# (3, 32, 32)
face = people.images[2]
# one channel three times over is a grey picture
red, green, blue = (face[c].expand(3, 32, 32) for c in range(3))
channel_names = ["all three", "red", "green", "blue"]
plotting.show_images(torch.stack([face, red, green, blue]), columns=4, titles=channel_names)

# %% [markdown]
# ### Why from -1 to 1?
#
# A file on your disk stores each of these numbers as a whole number $p$ from 0 (none) to 255 (all the screen can
# do). Networks prefer small numbers on both sides of zero, and the last layer of many generators is a hyperbolic
# tangent, which gives exactly the range from -1 to 1. So everything in this course that holds a picture holds
#
# $$x=\frac{p}{127.5}-1\tag{1}$$
#
# | symbol | meaning | variable, shape |
# |---|---|---|
# | $p$ | a pixel value as files store it, 0 to 255 | `stored` (H, W, C), uint8 |
# | $x$ | the same as networks see it, -1 to 1 | `face` (C, H, W), float32 |
# | $\bar x$ | the mean of all pictures | `mean_face` (C, H, W) |
# | $c$ | any one guess for all pictures | `guess` (C, H, W) |
#
# The next cell sends the face to a picture file's format and back by equation (1). Note the order of the axes:
# files keep the three colours of a pixel together, (H, W, C), PyTorch keeps each colour's picture together, (C, H,
# W).

# %% tags=["nbval-check-output"]
# verifies (1): through 256 levels and back, the worst number is off by no more than half a level
# (H, W, C), uint8
stored = np.asarray(images.to_pil(face))
# (H, W, C) -> (C, H, W)
back = torch.from_numpy(stored / 127.5 - 1).permute(2, 0, 1).float()
print(f"stored as {stored.dtype} {stored.shape}, from {stored.min()} to {stored.max()}")
print("off by at most half a level:", bool((back - face).abs().max() <= 0.5 / 127.5 + 1e-6))
same = torch.allclose(back, images.to_tensor(stored), atol=1e-6)
print("the same as the course's own images.to_tensor:", same)

# %% [markdown]
# ### Change it by hand
#
# If a picture is numbers, then assigning numbers is painting. Row 0 is at the top, column 0 at the left. Try other
# rows, other colours; break things, `face` itself is safe because we work on a `clone()`.

# %%
# without clone() we would be painting on people.images itself
mine = face.clone()
# one pixel, top right: red on, the rest off
mine[:, 4, 26] = torch.tensor([1.0, -1.0, -1.0])
teal = torch.tensor([-1.0, 0.1, 0.4])
# (3,) -> (3, 1, 1): one colour for a whole block
mine[:, 26:, :] = teal[:, None, None]

# dimension 1 is the rows
upside_down = face.flip(1)
night = face.clone()
# less red, less green: blue is left over
night[:2] = (face[:2] + 1) * 0.45 - 1
names = ["the face", "repainted by hand", "rows reversed", "by moonlight"]
plotting.show_images(torch.stack([face, mine, upside_down, night]), columns=4, titles=names)

# %% [markdown]
# ## 3 · The space of all pictures
#
# Three numbers are a point in a room. 3072 numbers are a point too, in a space with 3072 directions, and **every**
# 32 × 32 picture there could ever be is a point in it: your passport photograph, a page of this text, the first
# frame of a film not yet shot. That sounds like a crowded place. **Predict:** pick a point in it at random. What
# will it look like?

# %%
anywhere = torch.rand(8, 3, 32, 32, generator=lab.generator(1)) * 2 - 1
plotting.show_images(anywhere, columns=8)

# %% [markdown]
# Noise. Draw for the rest of your life and you will see nothing else: the pictures that look like *something* are a
# vanishing part of the space. So we had better start from pictures we have. Suppose you must answer with a single
# picture $c$, and you are fined the squared distance to a face drawn at random. Which one do you hand in? The fine
# falls into two parts,
#
# $$\mathbb{E}\,\lVert x-c\rVert^2=\underbrace{\mathbb{E}\,\lVert x-\bar x\rVert^2}_{\text{the same for every }c}
# +\lVert c-\bar x\rVert^2\tag{2}$$
#
# because $x-c=(x-\bar x)+(\bar x-c)$, and when that is squared the mixed term has the mean of $x-\bar x$ in it, which is zero.
# Only the second part is yours to choose: the best answer is the mean, $c=\bar x$. **Predict** what the mean of a
# thousand faces looks like before you run the cell.

# %%
# verifies (2) for three guesses: the mean, a real face, and plain grey
# (3, 32, 32)
mean_face = people.images.mean(0)


def fine(guess):
    # (1000,)
    distances = (people.images - guess).square().sum(dim=(1, 2, 3))
    return distances.mean()


guesses = {"the mean face": mean_face, "a real face": face, "grey": torch.zeros(3, 32, 32)}
for name, guess in guesses.items():
    split = fine(mean_face) + (guess - mean_face).square().sum()
    print(f"{name:14} fine {fine(guess):7.2f}    right side of (2) {split:7.2f}")
plotting.show_images(torch.stack(list(guesses.values())), columns=3, titles=list(guesses), scale=0.75)

# %% [markdown]
# There is the central difficulty of this course. The mean face wins, and it wins against every real face there is,
# **because it is the mean**; the blur is what follows. It has half a pair of glasses, hair of every colour, a mouth neither up nor down. It is
# nobody. A network that has to hand in one picture at once, and is trained to keep the squared distance small, learns to hand
# in such averages. No amount of training cures it, because the average *is* the right answer to that question.
#
# What we want to reward is
# something else: looking like one of them. Nobody knows how to write that down as a formula. The idea of 2014 was
# not to write it down, but to train a second network to judge it.
#
# One more look around. Between two faces, take the straight line through the space of pixels, and compare it with a
# walk in which the *painter's* settings change little by little.

# %%
alike = {"hair": 3, "style": 2, "bg": 0, "shirt": 1, "iris": 1}
alike |= dict.fromkeys(["glasses", "hat", "beard", "open"], 0)
left = {"tilt": -0.16, "dx": -0.07, "smile": -0.9, "gx": -1, "light": -1, "skin": 0.5}
right = {"tilt": 0.16, "dx": 0.07, "smile": 1.0, "gx": 1, "light": 1, "skin": 2.5}
start = sample_attributes(1, seed=5, **alike, **left)
end = sample_attributes(1, seed=8, **alike, **right)
t = torch.linspace(0, 1, 7)
walk = {}
for name, value in start.items():
    # hair colour and the like are choices: there is no half-way
    moves = value.is_floating_point()
    walk[name] = torch.lerp(value, end[name], t) if moves else value.expand(7)
# (7, 3, 64, 64)
by_painter = paint_faces(walk, size=64)
# (7, 1, 1, 1) against (1, 3, 64, 64): every mixture of the two ends
by_pixel = torch.lerp(by_painter[:1], by_painter[-1:], t[:, None, None, None])
plotting.compare_rows({"in pixels": by_pixel, "in settings": by_painter})

# %% [markdown]
# In the upper row the two ends fade through one another; half-way there are four eyes. Every picture of the lower
# row is a face. The straight line leaves the faces at once, so they are no cloud that is filled all through.
# The painter's program says more: about thirty numbers go in and a face with 3,072 comes out, so the faces lie on a
# thin, curved surface in that space. The program is a **map of the surface**. A generator is such a map too, with one difference that makes it worth two hours of your
# time: nobody writes its program. It finds the map from examples.

# %% [markdown]
# ## 4 · Your laptop, your budget
#
# `lab` knows where you are. Every lesson states in one visible line what it spends, once for each of three
# **profiles**: `smoke` (seconds, for our tests), `cpu` (a laptop, at most five minutes of training in a lesson) and
# `gpu`. If you have longer to wait, change the number; that is what it is there for.

# %%
steps = lab.budget(smoke=20, cpu=1500, gpu=20_000)
print(f"profile {lab.profile!r} on {lab.device}: a training run here would take {steps} steps")

# %% [markdown]
# The seed you gave to `setup` makes chance repeatable. `lab.generator()` is a source of random numbers that always
# begins at the same place, so that your pictures are our pictures:

# %% tags=["nbval-check-output"]
first = torch.randn(2, 3, generator=lab.generator())
again = torch.randn(2, 3, generator=lab.generator())
print("the same numbers twice:", torch.equal(first, again))

# %% [markdown]
# ## 5 · Play
#
# Now walk on the surface yourself. Each slider is one of the painter's settings; the face is painted again while
# you drag. (If you read this without a running kernel you see a row of five still pictures instead of the sliders.)
# Can you make somebody look *suspicious*? Which two sliders did it take? In lesson 02 you will get sliders like
# these for a network that was never told there are such things as smiles.

# %%
import ipywidgets
from IPython.display import display


def paint(**settings):
    plain = dict.fromkeys(["hat", "glasses", "beard", "open"], 0)
    attributes = sample_attributes(1, seed=4, style=1, hair=1, **plain, **settings)
    return paint_faces(attributes, size=160)[0]


# setting: (what it says beside the slider, where it begins, lowest, highest)
knobs = {
    "smile": ("smile", 0.9, -1, 1),
    "tilt": ("tilt", -0.05, -0.3, 0.3),
    "brow": ("eyebrows", 0, -0.5, 0.5),
    "gx": ("looks", 0, -1.2, 1.2),
    "eyer": ("eyes", 0.1, 0.06, 0.16),
    "fw": ("width", 0.48, 0.4, 0.6),
    "skin": ("skin", 1, 0, 5),
    "light": ("light", 0.5, -1, 1),
}
sliders = {}
canvas = ipywidgets.HTML(layout={"max_width": "100%"})


def repaint(_=None):
    now = paint(**{name: slider.value for name, slider in sliders.items()})
    canvas.value = f'<img alt="your face" width="320" style="max-width: 100%" src="{images.data_url(now)}">'


for name, (label, value, low, high) in knobs.items():
    sliders[name] = ipywidgets.FloatSlider(
        value, min=low, max=high, step=(high - low) / 40, description=label, readout=False,
        layout={"max_width": "97%"},
    )
    sliders[name].observe(repaint, names="value")
repaint()

moods = [(-1, 0.4, 0), (-1, -0.4, 1), (0.1, 0, 0), (0.6, 0.2, -1), (1, 0, 0)]
still = torch.stack([paint(smile=smile, brow=brow, gx=gx) for smile, brow, gx in moods])
display(plotting.show_images(still, columns=5))
# Side by side, or one above the other where the window is narrow.
panel = ipywidgets.VBox(list(sliders.values()), layout={"max_width": "100%"})
ipywidgets.HBox([panel, canvas], layout={"flex_flow": "row wrap"})

# %% [markdown]
# ## 6 · Break it on purpose
#
# Sooner or later you will load a picture file into a tensor yourself, and this will happen. **Symptom:** the shape
# is right, the numbers are right, and the picture is a piece of tartan.

# %%
# (H, W, C) = (32, 32, 3), as a file keeps it
as_file = torch.from_numpy(stored / 127.5 - 1).float()
# has the right shape, and is wrong
broken = as_file.reshape(3, 32, 32)
# (H, W, C) -> (C, H, W)
cured = as_file.permute(2, 0, 1)
print("shapes:", tuple(broken.shape), tuple(cured.shape))
print("the same numbers:", torch.equal(broken.flatten().sort()[0], cured.flatten().sort()[0]))
calls = ["reshape(3, 32, 32)", "permute(2, 0, 1)"]
plotting.show_images(torch.stack([broken, cured]), columns=2, titles=calls, scale=1.2)

# %% [markdown]
# **Diagnosis:** `reshape` keeps the numbers in their order in memory and only draws new boundaries between them.
# The first third of them is the top of the head, with the colours of each pixel side by side; it has been declared
# to be the red channel, the middle of the face the green one, the shirt the blue one. **Cure:** to change the
# *order* of axes use `permute`, and `reshape` only to split or merge neighbouring ones. PyTorch cannot warn you: to
# it both are 3072 numbers in a (3, 32, 32) box. Only looking at the picture can. Look at your data.

# %% [markdown]
# ## 7 · Your first exercise
#
# Equation (1) turns pixel values into network numbers. To save what a generator has made we must go the other way.
# Write `to_pixels`: it takes a batch of pictures with values in [-1, 1] and returns the pixel values 0 to 255 as
# `torch.uint8`, of the same shape.
#
# Two things make it a little less obvious than it looks. Numbers can lie a hair outside of [-1, 1], as after an enlargement by bicubic
# interpolation, and 256 does not fit into eight bits: it wraps around to 0, so the whitest white becomes black. And converting to
# whole numbers cuts off decimals, which makes 99.9 into 99 where 100 would be nearer.
#
# Replace the line that raises `NotImplementedError`, run the cell, then run the check below it. Every exercise has
# such a check. It looks at your answer step by step and tells you the first thing that is not yet right. Try it
# unsolved first, to hear how that sounds.


# %% tags=["exercise"]
def to_pixels(pictures):
    """Pictures (N, C, H, W), float in [-1, 1] or a little outside -> pixel values 0 to 255, torch.uint8."""
    ### BEGIN SOLUTION
    # equation (1) solved for p
    levels = (pictures.clamp(-1, 1) + 1) * 127.5
    return levels.round().to(torch.uint8)
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_00.to_pixels(to_pixels)
### BEGIN HIDDEN TESTS
_random = lab.generator(1)
_levels = torch.randint(-30, 286, (2, 4, 7, 5), generator=_random)
# never half-way
_offset = 0.8 * torch.rand(_levels.shape, generator=_random) - 0.4
_got = to_pixels((_levels + _offset).double() / 127.5 - 1)
assert _got.dtype == torch.uint8, "whole numbers of eight bits"
assert torch.equal(_got, _levels.clamp(0, 255).byte()), "the nearest value, held in range"
### END HIDDEN TESTS

# %% [markdown]
# ## 8 · When you are stuck
#
# - **What does this function want?** Write its name with a question mark, `data.faces?`, and run the cell; two
#   question marks show its source. <kbd>Tab</kbd> completes names, <kbd>Shift</kbd>+<kbd>Tab</kbd> inside the
#   parentheses shows the arguments.
# - **An error message** is read from the bottom: the last line says what happened, the lines above where. The
#   course's own messages say what was expected, what came, and what to do.
# - **A shape is wrong?** Print `x.shape` before and after the line you suspect. Most bugs in image code show there.
# - **Nothing makes sense?** Restart the kernel and run all cells. Then it is about the code, and no longer about
#   the past.
# - **An exercise will not give way?** `solutions/` has every lesson solved. Try for ten minutes first; the ten
#   minutes are the course.
# - **You found a mistake of ours?** Please tell us: [{{REPOSITORY}}/issues]({{REPOSITORY}}/issues).
#
# ## 9 · A word before you make faces
#
# The people in this lesson exist nowhere, and nobody can be harmed by giving them a hat. That changes with
# photographs. The methods of this course can be used on pictures of real people: take only such as you may use, ask
# those who are in them, say of a generated picture that it is generated, and never use one to claim that somebody
# did or said something. And remember whose faces a network has seen. It draws the world it was shown. Ours has been
# shown six skin tones, six hair colours and no wheelchairs, no wrinkles and no scars, because we did not paint any.
#
# ## 10 · What to take with you
#
# A batch of pictures is a tensor (N, C, H, W) in [-1, 1]. Pictures that look like something are a thin, curved
# surface in the space of all pictures; their mean lies off it, and so does the middle of almost any two of them. A
# generator is a map onto that surface, and squared distance is the wrong teacher for one that has a single try.
#
# **Recall**, without scrolling up:
#
# <details><summary>Why does a generator trained on squared distance make blurred pictures?</summary>
# By equation (2) the best single answer under squared distance is the mean of everything that could be right, and
# the mean of many sharp pictures is blurred. It is not a failure to train: it is the correct answer to the wrong
# question.
# </details>
#
# <details><summary>A colour picture has 64 rows and 48 columns. What shape has a batch of ten?</summary>
# (10, 3, 64, 48): N, C, H, W, rows before columns.
# </details>
#
# <details><summary>Your notebook works, but a friend who opens it gets a NameError. What happened?</summary>
# Your kernel remembers a variable from a cell that you have changed, deleted or run in another order. Restart and
# run all cells, and you will see your friend's error.
# </details>
#
# <details><summary>When is <code>reshape</code> wrong where <code>permute</code> is right?</summary>
# Whenever the order of axes changes, as from (H, W, C) to (C, H, W). Reshape leaves the numbers where they are in
# memory.
# </details>

# %% [markdown]
# **Next:** [Lesson 01, the minimax game](01_minimax_game.ipynb). Two networks, one number, and the question of who
# wins.
#
# **References.** I. Goodfellow et al., *Generative Adversarial Nets*, NeurIPS 2014,
# [arXiv:1406.2661](https://arxiv.org/abs/1406.2661). C. Harris et al., *Array programming with NumPy*, Nature 585,
# 2020.
