# %% [markdown]
# # Lesson 01 · The minimax game
#
# {{BADGE}}
#
# In 2014 Ian Goodfellow and his colleagues proposed to train a network that makes pictures by setting a second
# network against it. Nobody writes down what a good picture is. One network *makes*, the other *judges*. The judge
# learns from real data and from fakes; the maker never sees a real picture and learns from the judge alone. This lesson studies that game where every part of it can still be drawn:
# with numbers on a line and points in a plane.
#
# **You will be able to**
#
# - write the value function of the game and derive, then *see*, the best possible discriminator,
# - say which distance between distributions the generator is fighting, and measure it three ways,
# - say at which end the generator's gradient vanishes, and why the usual cure changes the game,
# - explain why two players who both follow their gradient can circle each other for ever, and stop them,
# - train a generative adversarial network in a loop that hides nothing, and diagnose four ways of ruining it.
#
# **Time:** about an hour for the **core** (sections 1 to 4, 6, 7 and 9, with exercises 1, 2, 3 and 8), and about 50 minutes for **further** (sections 5, 8, 10
# and 11, with the other exercises). We count 200 words and 30 lines of code a minute, five minutes for an easy exercise and ten for any other. Running everything
# takes about a minute and a half on a laptop's CPU; a GPU is no faster for networks this small. **You need:** derivatives, expectations, a little PyTorch.
#
# **Papers:** Goodfellow et al. 2014 ([arXiv:1406.2661](https://arxiv.org/abs/1406.2661)), with Arjovsky and Bottou
# 2017 ([1701.04862](https://arxiv.org/abs/1701.04862)) and Mescheder et al. 2018
# ([1801.04406](https://arxiv.org/abs/1801.04406)) for the second half.

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

import numpy as np
import torch
import torch.nn.functional as F
from scipy import integrate, optimize, stats

from ganlab import checks, plotting
from ganlab.data import toy
from ganlab.losses import r1_penalty
from ganlab.minimax import figures, networks

plotting.use_style()
# networks this small fit one core; a second would spend its time waiting for the first
torch.set_num_threads(1)

# %% [markdown]
# ## 1 · Two players
#
# The usual story has a forger and an expert. The forger paints, the expert sees genuine and forged paintings in
# random order and says of each how likely it is genuine; the forger improves until the expert can only guess. It is a
# good story, but it leaves out what makes the method work. A forger who only hears "caught!" learns next to
# nothing. Ours hears much more: the expert is a differentiable function, so the forger is told, for every brush
# stroke, *in which direction to move it* for the painting to look more genuine.
#
# And one thing is stricter than in the story: our forger never sees a genuine painting. Everything the generator ever learns about
# the data reaches it through the discriminator's gradient. Keep that in mind: most of what goes wrong with GANs
# goes wrong on that one wire.
#
# The picture shows who is connected to whom. Noise $z$ enters the generator $G$ and comes out as a sample $G(z)$.
# The discriminator $D$ sees real samples and generated ones, and answers with a probability of "real". The dashed
# arrow is the wire: the gradient, flowing back through the discriminator into the generator.

# %%
figures.game()

# %% [markdown]
# ### What they play for
#
# Both players are scored by one number. Write $D(x)\in(0,1)$ for the probability that the discriminator gives to
# "$x$ is real". It earns $\log D(x)$ on a real sample and $\log(1-D(G(z)))$ on a fake one; both are at most zero, and zero
# means perfectly sure and right. The average is the **value function**
#
# $$V(D,G)=\mathbb{E}_{x\sim p}\big[\log D(x)\big]+\mathbb{E}_{z}\big[\log\big(1-D(G(z))\big)\big]\tag{1}$$
#
# and the game is $\min_G\max_D V(D,G)$: the discriminator wants $V$ large, the generator wants it small. The
# first term, for a fixed $D$, does not depend on $G$, so the generator can only work on the second.
#
# In code the discriminator's last layer gives a **logit** $f(x)$, any real number, and $D(x)=\sigma(f(x))$ with
# $\sigma(f)=1/(1+e^{-f})$. A logit of 0 means "fifty-fifty", $+3$ means "95% real". Everything below works
# with logits, for a reason we shall meet when we write the losses.
#
# | symbol | meaning | variable, shape |
# |---|---|---|
# | $x\sim p$ | a real sample and its density | `real` (N, data_dim), `p` |
# | $z$ | noise, standard normal | `z` (N, latent_dim) |
# | $G(z)\sim q$ | a generated sample and its density | `fake` (N, data_dim), `q` |
# | $f(x)$ | the discriminator's logit | `real_logits`, `fake_logits` (N,) |
# | $D(x)=\sigma(f(x))$ | probability of "real" | `torch.sigmoid(logits)` (N,) |
# | $V$, $L_D=-V$, $L_G$ | value, the two losses | `value`, `loss_d`, `loss_g`, scalars |
# | $D^*$, $C(G)=\max_D V$ | the best discriminator, what it leaves to $G$ | `d_star`, `cost` |
# | $\eta$, $\gamma$ | step size, weight of a penalty | `eta`, `gamma` |
#
# First, equation (1) itself. The cell computes it from logits and compares it with NumPy in double precision,
# where the sigmoid and the logarithm are written out. A discriminator that always says ½ scores $2\log\frac12=-\log 4$;
# remember that number, it will come back.


# %% tags=["nbval-check-output"]
# verifies (1): the value function from logits, against NumPy and against a case we know
def value(real_logits, fake_logits):
    # 1 - sigmoid(f) = sigmoid(-f)
    return F.logsigmoid(real_logits).mean() + F.logsigmoid(-fake_logits).mean()


real_logits = torch.tensor([2.0, 0.5, -1.0, 3.0], dtype=torch.float64)
# the two batches need not be of one size
fake_logits = torch.tensor([-2.0, 1.0, 0.0], dtype=torch.float64)
by_hand = np.mean(np.log(1 / (1 + np.exp(-real_logits.numpy())))) + np.mean(
    np.log(1 - 1 / (1 + np.exp(-fake_logits.numpy())))
)
print(f"from logits {value(real_logits, fake_logits):.6f}    written out {by_hand:.6f}")
print(
    f"D = 1/2 everywhere: {value(torch.zeros(5), torch.zeros(5)):.6f}    -log 4 = "
    f"{-math.log(4):.6f}"
)
assert abs(value(real_logits, fake_logits).item() - by_hand) < 1e-12

# %% [markdown]
# ## 2 · The best discriminator there can be
#
# Hold the generator still. Its samples have some density $q$, the data have the density $p$. Which $D$ makes $V$
# largest? Write the two expectations as one integral (the second by the change of variables that defines $q$):
#
# $$V(D,G)=\int\Big[p(x)\log D(x)+q(x)\log\big(1-D(x)\big)\Big]\,dx .$$
#
# Here is the step that makes the problem easy. $D$ may be any function, so its value at one point can be chosen
# without regard to its value at any other. The integral is largest when the bracket is largest *at every $x$
# separately*. At one point, call $a=p(x)$, $b=q(x)$ and $y=D(x)$; we need the maximum over $y\in(0,1)$ of
#
# $$h(y)=a\log y+b\log(1-y),\qquad h'(y)=\frac ay-\frac b{1-y},\qquad h''(y)=-\frac a{y^2}-\frac b{(1-y)^2}.$$
#
# If $a$ and $b$ are positive, $h'(y)=0$ has the one solution $y=a/(a+b)$, and $h''<0$ everywhere, so $h$ is strictly
# concave and this is *the* maximum, not merely a stationary point. Hence
#
# $$D^*(x)=\frac{p(x)}{p(x)+q(x)}.\tag{2}$$
#
# Where does this formula break down? Where only $p$ is positive, $h$ rises all the way
# to $y=1$: the best answer is certainty, which a sigmoid approaches as its logit runs to $+\infty$ but never
# reaches. (Likewise 0 where only $q$ is positive. Much trouble comes from those runaway logits.) Where $p=q=0$ every
# answer is as good as any other: no sample ever lands there, so **$D^*$ is undefined off the data**.
#
# Changing $D$ on a set of measure zero
# changes no integral, so uniqueness means uniqueness almost everywhere. Finally, we assumed that $q$ *has* a density. A generator
# with fewer inputs than outputs paints on a thin sheet and has none; then (2) still holds with both densities taken with respect
# to the measure $p+q$.
#
# Solve (2) for the logit and it becomes even more telling: $\sigma(f)=p/(p+q)$ gives
#
# $$f^*(x)=\log p(x)-\log q(x).\tag{3}$$
#
# The best discriminator *measures the log-ratio of two densities* of which it has only ever seen samples. That is what the
# generator differentiates: $\nabla_x f^*=\nabla_x\log p-\nabla_x\log q$ pulls a sample towards where data are
# denser than fakes.


# %% tags=["nbval-check-output"]
# verifies (2): a numerical maximiser that knows no calculus, and a finite difference of h
# at the formula's answer
def h(y, a, b):
    return a * np.log(y) + b * np.log1p(-y)


for a, b in [(0.5, 0.5), (0.3, 0.1), (0.02, 0.9)]:
    best = optimize.minimize_scalar(
        lambda y: -h(y, a, b),
        bounds=(1e-9, 1 - 1e-9),
        method="bounded",
        options={"xatol": 1e-10},
    ).x
    slope = (h(a / (a + b) + 1e-6, a, b) - h(a / (a + b) - 1e-6, a, b)) / 2e-6
    print(
        f"p = {a:4.2f}, q = {b:4.2f}: maximiser {best:.4f}   p/(p+q) = "
        f"{a / (a + b):.4f}   slope of h there {abs(slope):.4f}"
    )
    assert abs(best - a / (a + b)) < 1e-5

# verifies (3): the sigmoid of the log-ratio is the ratio of (2)
p_at, q_at = np.array([0.5, 0.3, 1e-30]), np.array([0.1, 0.3, 0.2])
assert np.allclose(1 / (1 + np.exp(-(np.log(p_at) - np.log(q_at)))), p_at / (p_at + q_at))
print("sigmoid(log p - log q) equals p/(p+q)")

# %% [markdown]
# ### Look at the data: two densities on a line
#
# To see (2) at work we need a $p$ and a $q$ whose densities we can write down. The data $p$ have two bumps of different
# width; $q$, standing in for a generator, is one broad bell. The lower panel is $D^*$. Read it from left to right: it is
# high where blue is above orange, low where orange is above blue, and exactly ½ where the curves cross. At the far left and
# right it is decided by which of two vanishing tails vanishes more slowly.

# %%
p = toy.Mixture(means=(-1.5, 1.5), stds=(0.4, 0.8), weights=(0.5, 0.5))
q = toy.Mixture(means=(0.5,), stds=(1.3,), weights=(1.0,))
line = torch.linspace(-6, 6, 2401, dtype=torch.float64)
p_line, q_line = p.density(line), q.density(line)
d_star = p_line / (p_line + q_line)

figures.densities(line, p_line, q_line, d_star)

# %% [markdown]
# ### Does a trained network find it?
#
# The derivation allowed every function. A network with a few thousand weights, trained on samples
# by Adam, is a different animal. So let us train one. The loop below is half a GAN: the generator is frozen (we simply draw
# from $q$) and the discriminator descends on $-V$, equation (1) literally. It never sees a density.
#
# > **Predict before you run.** Over which part of the line will the trained $D$ agree best with $p/(p+q)$, and where
# > worst? Recall what the derivation said about points where no sample ever lands.

# %%
steps = lab.budget(smoke=60, cpu=2000, gpu=4000)
torch.manual_seed(lab.seed)
judge = networks.Discriminator(networks.ToyConfig(data_dim=1, width=64)).to(lab.device)
adam = torch.optim.Adam(judge.parameters(), lr=5e-3)
cooling = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
for _ in range(steps):
    # (512,) -> (512, 1)
    real = p.sample(512)[:, None].to(lab.device)
    fake = q.sample(512)[:, None].to(lab.device)
    loss_d = -value(judge(real), judge(fake))
    adam.zero_grad()
    loss_d.backward()
    adam.step()
    cooling.step()

with torch.no_grad():
    d_trained = torch.sigmoid(judge(line[:, None].float().to(lab.device))).cpu().double()
error = (d_trained - d_star).abs()
# how often a training sample falls here
mass = (p_line + q_line) / 2
seen = mass > 0.01
print(
    f"mean error, weighted by where samples fall: "
    f"{float((error * mass).sum() / mass.sum()):.4f}"
)
print(
    f"largest error where samples fall (density above 0.01): {float(error[seen].max()):.4f}"
)
print(
    f"largest error anywhere on the line: {float(error.max()):.4f}, at x = "
    f"{float(line[error.argmax()]):.2f}"
)

# %%
figures.trained_against_formula(line, d_star, d_trained, mass)

# %% [markdown]
# **What happened.** Where samples fall, the network lies on the formula; the printed mean error is the measure of it. Beyond them
# it extrapolates, and there its error is whatever its architecture likes. This matters more than it seems. A
# young generator puts its samples where no data are. There the discriminator has been trained, by those very fakes.
# But what the generator follows is the *slope* of $D$ across the gap between fakes and data, and in the gap nothing
# has taught it. That the slope points the right way is not in the theorem; it is a kindness of smooth networks.

# %% [markdown]
# ## 3 · What the generator is really fighting
#
# Suppose the discriminator is always optimal. Then the generator faces the cost $C(G)=\max_D V(D,G)=V(D^*,G)$. Put (2) into
# (1), and let $m=\frac12(p+q)$ be the average of the two densities, so that $p/(p+q)=\frac12\,p/m$:
#
# $$C(G)=\mathbb{E}_{p}\Big[\log\tfrac12\tfrac pm\Big]+\mathbb{E}_{q}\Big[\log\tfrac12\tfrac qm\Big]
# =-\log4+\mathrm{KL}(p\,\Vert\,m)+\mathrm{KL}(q\,\Vert\,m).$$
#
# The last two terms are, by definition, twice the **Jensen–Shannon divergence**
#
# $$\mathrm{JSD}(p,q)=\tfrac12\mathrm{KL}(p\,\Vert\,m)+\tfrac12\mathrm{KL}(q\,\Vert\,m),\qquad
# \mathrm{KL}(p\,\Vert\,m)=\int p\log\frac pm\,dx,\tag{4}$$
#
# and therefore
#
# $$C(G)=2\,\mathrm{JSD}(p,q)-\log 4.\tag{5}$$
#
# Each KL term is at least zero (Jensen's inequality) and zero only when the densities agree. It is at most $\log2$, because $p/m\le2$. So
# $C(G)$ lies between $-\log4$, reached **only when the generator has become the data**, and $0$, reached when the two
# never overlap. The answer of a discriminator that meets a perfect generator is $D^*=\frac12$ wherever there are data.
#
# We verify (4) and (5) without trusting either: one column integrates $V(D^*)$ directly, the other integrates (4). Two
# uniform densities of length 1, one shifted by $c\le1$, give a closed form to compare with. They overlap on a length $1-c$,
# where $p=q=m$ adds nothing; on the rest $p/m=2$; so $\mathrm{JSD}=c\log2$. At $c=0$ they are equal, at $c=1$
# disjoint.


# %% tags=["nbval-check-output"]
# verifies (4) and (5): numerical integration in float64 (Simpson), a closed form, and the
# two extreme cases
def kl(a, b, x):
    # where a = 0 the integrand is 0: log 1
    ratio = np.where(a > 0, a, 1.0) / np.where(a > 0, b, 1.0)
    return integrate.simpson(a * np.log(ratio), x=x)


def jsd(a, b, x):
    m = (a + b) / 2
    return kl(a, m, x) / 2 + kl(b, m, x) / 2


def cost_directly(a, b, x):
    """V(D*, G) by integrating equation (1) with D* = a/(a+b), 0 log 0 taken as 0."""
    total = np.where(a + b > 0, a + b, 1.0)
    inside = a * np.log(np.where(a > 0, a / total, 1.0)) + b * np.log(
        np.where(b > 0, b / total, 1.0)
    )
    return integrate.simpson(inside, x=x)


# wide enough to hold all of both tails: (5) needs two masses of exactly 1
x = np.linspace(-12, 13, 10_001)
a, b = (density.density(torch.from_numpy(x)).numpy() for density in (p, q))
print("densities                     V(D*)     2 JSD - log 4   closed form")
print(
    f"our p and q                {cost_directly(a, b, x):8.5f}      "
    f"{2 * jsd(a, b, x) - math.log(4):8.5f}"
)
assert abs(cost_directly(a, b, x) - (2 * jsd(a, b, x) - math.log(4))) < 1e-9
print(
    f"p and p (equal)            {cost_directly(a, a, x):8.5f}      "
    f"{2 * jsd(a, a, x) - math.log(4):8.5f}      {-math.log(4):8.5f}"
)
# midpoints: no sample sits on an edge of a uniform density
cells = (np.arange(40_000) + 0.5) / 40_000 * 3 - 0.5
for c in (0.25, 0.5, 1.0):
    first, second = ((cells > start) & (cells < start + 1) for start in (0.0, c))
    direct = cost_directly(first * 1.0, second * 1.0, cells)
    through_jsd = 2 * jsd(first * 1.0, second * 1.0, cells) - math.log(4)
    print(
        f"uniforms, shifted by {c:4.2f}  {round(direct, 3) + 0.0:8.3f}        "
        f"{round(through_jsd, 3) + 0.0:8.3f}        {2 * c * math.log(2) - math.log(4):8.3f}"
    )
    assert abs(direct - (2 * c * math.log(2) - math.log(4))) < 1e-3

# %% [markdown]
# Equation (5) turns a training curve into a measurement. Any discriminator, however bad, has $V(D)\le V(D^*)$, and
# $L_D=-V$, so
#
# $$\mathrm{JSD}(p,q)\;\ge\;\log2-\tfrac12L_D.\tag{6}$$
#
# The discriminator's loss gives a **lower bound** on the divergence between data and fakes, tight only when the discriminator is good.
# It is worth stating what does *not* follow. A loss near $\log4\approx1.386$ makes the bound zero. That may mean that
# the generator is perfect, or that the discriminator is incompetent. From the loss alone the two look the same,
# and before this lesson is over we shall see both.

# %%
# verifies (6): the bound from our trained discriminator, on fresh samples, stays below the
# integral and comes close
with torch.no_grad():
    n = lab.budget(smoke=20_000, cpu=200_000, gpu=200_000)
    loss_fresh = -value(
        judge(p.sample(n)[:, None].to(lab.device)),
        judge(q.sample(n)[:, None].to(lab.device)),
    ).item()
print(f"log 2 - L_D / 2 from samples : {math.log(2) - loss_fresh / 2:.4f}")
print(f"JSD by integration           : {jsd(a, b, x):.4f}")
# 0.01: chance in a finite sample
assert math.log(2) - loss_fresh / 2 < jsd(a, b, x) + 0.01

# %% [markdown]
# ### A distance that stops measuring
#
# Slide one bell away from another and watch the divergence. While they overlap it grows, and a generator that follows its slope
# would walk back. Once they have parted it has nothing more to say: *far* and *very far* cost the same,
# $\log 2$. The slope, drawn below, is all the generator would have to go by. Real pictures and the first attempts of a
# generator do not overlap in any useful sense, so a *perfect* discriminator would be a useless teacher there (Arjovsky and
# Bottou 2017). That a GAN learns at all from such a start is due to its discriminator being imperfect and smooth.

# %%
shifts = np.linspace(0, 6, 61)
wide = np.linspace(-5, 11, 4001)
bell = stats.norm.pdf(wide, 0, 0.7)
slid = np.array([jsd(bell, stats.norm.pdf(wide, shift, 0.7), wide) for shift in shifts])

figures.saturation(shifts, slid)

# %% [markdown]
# ## 4 · Two losses for the generator
#
# The generator's share of $V$ is $\mathbb{E}_z[\log(1-D(G(z)))]$, to be made small. Now that we know what a perfect
# discriminator would do to it, look at one generated sample with logit $f$, so $D(G(z))=\sigma(f)$. Since
# $1-\sigma(f)=\sigma(-f)$, the loss on this sample is $\log\sigma(-f)=-\mathrm{softplus}(f)$ with
# $\mathrm{softplus}(f)=\log(1+e^{f})$, whose derivative is $\sigma(f)$. So
#
# $$\frac{d}{df}\Big[-\mathrm{softplus}(f)\Big]=-\sigma(f)=-D(G(z)).\tag{7}$$
#
# Read the right-hand side. The signal is proportional to $D(G(z))$, the discriminator's belief in the fake. When
# the discriminator sees through every fake, $D(G(z))\approx0$ and **the gradient vanishes: the loss saturates at the end
# where the discriminator wins**. A generator does not start there, but the discriminator's first steps take it there. The worst samples learn least.
#
# Goodfellow and his colleagues saw this and proposed to *maximise* $\log D(G(z))$ instead. On one sample the loss is
# $-\log\sigma(f)=\mathrm{softplus}(-f)$, and
#
# $$\frac{d}{df}\Big[\mathrm{softplus}(-f)\Big]=-\sigma(-f)=-\big(1-D(G(z))\big).\tag{8}$$
#
# It pushes in the same direction, towards larger $f$, but hardest on the samples that fool nobody; it fades only where the fake is already
# taken for real. This is the **non-saturating loss**, and it is what nearly everybody uses.

# %%
# verifies (7) and (8): autograd and central finite differences, both in float64, against
# the two formulas
f = torch.linspace(-12, 12, 241, dtype=torch.float64, requires_grad=True)
believed = torch.sigmoid(f.detach())
for name, loss, formula in [
    ("saturating,     -softplus(f)", lambda f: -F.softplus(f, threshold=40), -believed),
    (
        "non-saturating, softplus(-f)",
        lambda f: F.softplus(-f, threshold=40),
        -(1 - believed),
    ),
]:
    (by_autograd,) = torch.autograd.grad(loss(f).sum(), f)
    step = 1e-5
    by_difference = (loss(f.detach() + step) - loss(f.detach() - step)) / (2 * step)
    print(
        f"{name}: largest deviation {float((by_autograd - formula).abs().max()):.1e} "
        "(autograd), "
        f"{float((by_difference - formula).abs().max()):.1e} (finite differences)"
    )
    assert torch.allclose(by_autograd, formula, atol=1e-12)
    assert torch.allclose(by_difference, formula, atol=1e-8)

# %%
chance = torch.sigmoid(torch.linspace(-7, 7, 400))
losses = {
    r"saturating: $\log(1-D)$": torch.log(1 - chance),
    r"non-saturating: $-\log D$": -torch.log(chance),
}
# the sizes of (7) and (8)
gradients = {"saturating: $D$": chance, "non-saturating: $1-D$": 1 - chance}
figures.generator_losses(chance, losses, gradients)

# %% [markdown]
# The left panel hides a trap that many texts have fallen into. As a function of *the probability* $D$, the curve
# $\log(1-D)$ is steep at $D\approx1$ and gentle at $D\approx0$, with slope $-1$, which is not zero. It does not look flat where we say it is.
# But nothing in the network moves $D$ directly. It moves the logit, and $dD/df=D(1-D)$ stands between them: the chain rule
# gives $-\frac1{1-D}\cdot D(1-D)=-D$, the straight line on the right. So when you read that this loss saturates when
# $D(G(z))$ is near **one**, or see the non-saturating loss called "the minimax loss", you know better.
#
# ### The cure changes the game
#
# With the saturating loss the two players share one number: what one gains the other loses, a **zero-sum** game, and the
# theory of section 3 applies. With the non-saturating loss each player has a number of its own. Their sum is not constant,
# there is no common $V$ any more, and "the GAN minimises the Jensen–Shannon divergence" is no longer true. What is? Arjovsky
# and Bottou (2017, theorem 2.5) worked it out. If $D=D^*$ for the current parameters $\theta_0$ and the generator takes one
# non-saturating gradient step, its direction is the gradient of
#
# $$\nabla_\theta\,\mathbb{E}_z\big[-\log D^*(G_\theta(z))\big]\Big|_{\theta_0}
# =\nabla_\theta\Big[\mathrm{KL}(q_\theta\,\Vert\,p)-2\,\mathrm{JSD}(q_\theta,p)\Big]\Big|_{\theta_0}.\tag{9}$$
#
# The divergence enters with a *minus* sign, and beside it stands the reverse KL, which charges heavily for samples where no data are and almost
# nothing for data that are never produced. A generator that forgets half of the data and paints the other half beautifully pays little.
# That is often named as a root of the forgotten modes you will see below. It is a conjecture, and a disputed one: (9) is about a gradient at one
# point, not about the loss. With half of the data forgotten, the non-saturating loss against $D^*$ *rises*, from $\log2=0.693$ to $\log3=1.099$, and $L_D$
# falls from 1.386 to 0.955. The losses do complain.
#
# The cell tests (9) on bells: $G_\theta(z)=\theta+z$.

# %% tags=["nbval-check-output"]
# verifies (9): both sides by integration and central differences in theta,
# for q = N(theta, 1) and p = N(0, 1)
grid = np.linspace(-14, 16, 20_001)
target = stats.norm.pdf(grid)


def q_theta(theta):
    return stats.norm.pdf(grid, theta, 1)


def slope_at(function, theta, step=1e-3):
    return (function(theta + step) - function(theta - step)) / (2 * step)


for theta0 in (0.5, 1.0, 2.0):
    # D* is frozen at theta0
    loss_at_d_star = -np.log(target / (target + q_theta(theta0)))
    left_side = slope_at(
        lambda theta: integrate.simpson(q_theta(theta) * loss_at_d_star, x=grid), theta0
    )
    right_side = slope_at(
        lambda theta: (
            kl(q_theta(theta), target, grid) - 2 * jsd(q_theta(theta), target, grid)
        ),
        theta0,
    )
    print(
        f"theta = {theta0:.1f}: non-saturating gradient {left_side:.4f}   gradient of "
        f"KL - 2 JSD {right_side:.4f}"
    )
    assert abs(left_side - right_side) < 1e-5

# and it is not a zero-sum game: add the generator's own share to minus that share, then
# change the logits
for fake_logit in (-2.0, 0.0, 2.0):
    f0 = torch.tensor([fake_logit])
    # the part of L_D that the generator can change
    share_of_d = F.softplus(f0).item()
    print(
        f"f = {fake_logit:4.1f}: L_D's share + saturating loss = "
        f"{share_of_d - F.softplus(f0).item():.3f}, "
        f"L_D's share + non-saturating loss = {share_of_d + F.softplus(-f0).item():.3f}"
    )

# %% [markdown]
# ## 5 · The smallest GAN, by hand
#
# Before any loop, one round of the game in slow motion, with four samples and every shape printed. Two things in it
# deserve your attention. The fakes are **detached** for the discriminator's step: without it, the
# gradient of *its* loss would run on into the generator and teach it to be caught. And the generator scores its fakes again, with
# the discriminator *after* its update: the logits from before belong to a network that no longer exists.

# %%
torch.manual_seed(lab.seed)
config = networks.ToyConfig(latent_dim=1, data_dim=1, width=4, depth=1)
generator, discriminator = networks.Generator(config), networks.Discriminator(config)
adam_g = torch.optim.Adam(generator.parameters(), lr=1e-3)
adam_d = torch.optim.Adam(discriminator.parameters(), lr=1e-3)

z = torch.randn(4, 1)
real, fake = p.sample(4)[:, None], generator(z)
print("z", tuple(z.shape), " real", tuple(real.shape), " fake", tuple(fake.shape))

# detach: hands off the generator
real_logits, fake_logits = discriminator(real), discriminator(fake.detach())
loss_d = -value(real_logits, fake_logits)
print(
    "real_logits",
    tuple(real_logits.shape),
    " fake_logits",
    tuple(fake_logits.shape),
    " loss_d",
    tuple(loss_d.shape),
)
loss_d.backward()
print(
    "after loss_d.backward(): generator has a gradient?",
    any(w.grad is not None for w in generator.parameters()),
)
adam_d.step()

# scored again, by the updated discriminator
loss_g = -F.logsigmoid(discriminator(fake)).mean()
adam_g.zero_grad()
loss_g.backward()
adam_g.step()
print(
    f"loss_d {loss_d.item():.3f}   loss_g {loss_g.item():.3f}   (a clueless pair has "
    "log 4 = 1.386 and log 2 = 0.693)"
)

# %% [markdown]
# ## 6 · The real functions
#
# These are the losses the whole course stands on, exactly as they are kept in `ganlab.losses`. They take logits, and use
# softplus where the formula has a logarithm of a sigmoid. The two are equal on paper. In float32 they are not:
# $\sigma(-200)$ is rounded to zero, its logarithm is minus infinity, and one such sample ends the training. The cell after the next
# shows it. Note also the names: the loss called `saturating` is the one that belongs to the minimax game.


# %%
# @save ganlab.losses
def discriminator_loss(*, real_logits, fake_logits):
    """Minus the value function V(D, G): what the discriminator minimises."""
    # -log sigmoid(f)
    loss_real = F.softplus(-real_logits).mean()
    # -log(1 - sigmoid(f))
    loss_fake = F.softplus(fake_logits).mean()
    return loss_real + loss_fake


def generator_loss(*, fake_logits):
    """The non-saturating generator loss: small when the discriminator takes fakes for real."""
    # -log sigmoid(f)
    return F.softplus(-fake_logits).mean()


def saturating_generator_loss(*, fake_logits):
    """The minimax generator loss, the generator's share of V(D, G)."""
    # log(1 - sigmoid(f))
    return -F.softplus(fake_logits).mean()


# %% tags=["nbval-check-output"]
some_real, some_fake = torch.tensor([1.0, -0.5]), torch.tensor([-1.0, 0.3, 2.0])
print(
    f"discriminator_loss "
    f"{discriminator_loss(real_logits=some_real, fake_logits=some_fake):.5f}   minus "
    f"V {-value(some_real, some_fake):.5f}"
)
# a fake that the discriminator is very sure about
hopeless = torch.tensor([-200.0], requires_grad=True)
naive = -torch.log(torch.sigmoid(hopeless)).mean()
stable = generator_loss(fake_logits=hopeless)
print(
    f"at a logit of -200: log(sigmoid) written literally gives {naive.item()}, "
    f"softplus gives {stable.item()}"
)
print(
    "gradients:",
    *(torch.autograd.grad(loss, hopeless)[0].item() for loss in (naive, stable)),
)

# %% [markdown]
# ## 7 · The loop
#
# Now both networks learn, in turn, on the two-bump data of section 2. The generator is a function of one number, so
# learning means: bend the bell of $z$ until it has the shape of $p$. We keep snapshots and look at three
# things: the samples, the data, and the curve $D$ that teaches. The cell prints one number: the **Wasserstein-1 distance**, how far
# the samples would have to be moved, on average, to become the data.
#
# > **Predict before you run.** The generator starts as a narrow spike near zero. Sketch $D$ after its first few dozen steps against
# > that spike. What will $D$ look like at the end, if all goes well? And what will `loss_d` then be?

# %%
steps = lab.budget(smoke=60, cpu=2400, gpu=4000)
keep = {round(steps * part) for part in (0.02, 0.06, 0.15, 0.4, 1.0)}
torch.manual_seed(lab.seed)
config = networks.ToyConfig(latent_dim=1, data_dim=1, width=64)
generator, discriminator = (
    networks.Generator(config).to(lab.device),
    networks.Discriminator(config).to(lab.device),
)
adam_g = torch.optim.Adam(generator.parameters(), lr=1e-3, betas=(0.5, 0.999))
adam_d = torch.optim.Adam(discriminator.parameters(), lr=1e-3, betas=(0.5, 0.999))
# the same noise in every snapshot
fixed_z = torch.randn(4000, 1, generator=lab.generator(1)).to(lab.device)


def snapshot(step):
    with torch.no_grad():
        curve = torch.sigmoid(discriminator(line[:, None].float().to(lab.device))).cpu()
        return step, generator(fixed_z)[:, 0].cpu(), curve


frames, trace = [snapshot(0)], []
for step in range(1, steps + 1):
    real = p.sample(256)[:, None].to(lab.device)
    fake = generator(torch.randn(256, 1).to(lab.device))

    loss_d = discriminator_loss(
        real_logits=discriminator(real), fake_logits=discriminator(fake.detach())
    )
    adam_d.zero_grad()
    loss_d.backward()
    adam_d.step()

    loss_g = generator_loss(fake_logits=discriminator(fake))
    # D received gradients here too; its own zero_grad clears them
    adam_g.zero_grad()
    loss_g.backward()
    adam_g.step()

    trace.append((loss_d.item(), loss_g.item()))
    if step in keep:
        frames.append(snapshot(step))

fresh = p.sample(4000)
for step, samples, _ in frames:
    print(
        f"step {step:5d}: distance between fakes and data (Wasserstein-1) "
        f"{stats.wasserstein_distance(samples, fresh):.3f}"
    )
print(
    f"two fresh sets of real data are apart by "
    f"{stats.wasserstein_distance(p.sample(4000), fresh):.3f}"
)
print(
    f"loss_d, mean of the last tenth: "
    f"{np.mean([d for d, _ in trace[-steps // 10 :]]):.3f}   (log 4 = {math.log(4):.3f})"
)

# %%
figures.training_on_a_line(frames, line, p_line)

# %% [markdown]
# **What happened.** Read each column from the bottom up, for $D$ is the teacher. Wherever its curve slopes, the fakes standing there are pushed
# uphill in the next steps: that is what the gradient does. When too many fakes have arrived, $D$ turns against
# the place and pushes them on. The chase dies down as the shapes come to agree; what remains is a curve that hovers near ½ and
# tilts now one way, now the other. The printed loss is then near $\log4$, as section 3 promised, and the printed distance is small but does not fall
# to that of real data: the two keep stirring each other. That remaining unrest deserves a section of its own.

# %% [markdown]
# ## 8 · Why two gradient descents do not make one
#
# Gradient descent on a single loss goes downhill, and if the steps are small it arrives. With two players there is no hill. The
# smallest example is the **bilinear game** $\min_x\max_y\,xy$. It is not an arbitrary toy. Put all data at the point 0, let the generator
# place its one sample at $x$, and give the discriminator a single weight $y$, the slope of $f(s)=ys$: with a linear loss this is exactly that
# GAN (Mescheder and others call it the Dirac-GAN), and with (1) it is $V=-\log2-\mathrm{softplus}(xy)$, near 0 the same game up to a constant, a sign and a factor of one half. The solution is $x=y=0$: the fake sits on the data and the discriminator is flat.
#
# Both players step at once, each along its own gradient: $x_{t+1}=x_t-\eta y_t$ and $y_{t+1}=y_t+\eta x_t$. Square and add; the mixed terms
# $-2\eta xy$ and $+2\eta xy$ cancel, and
#
# $$x_{t+1}^2+y_{t+1}^2=(1+\eta^2)\,(x_t^2+y_t^2),\qquad\text{so the radius grows by }\sqrt{1+\eta^2}\text{ a step}.\tag{10}$$
#
# No step size is small enough: every step is at a right angle to the direction of the solution, and the spiral **always** goes outward. A smaller
# $\eta$ only makes it slower. If the players take turns instead, as GAN loops do, $y_{t+1}=y_t+\eta x_{t+1}$ uses the new $x$, and
# the quantity
#
# $$x^2-\eta xy+y^2\tag{11}$$
#
# is conserved: for $\eta<2$ the orbit stays on an ellipse, though it need not come back to its first point. Better, but it still goes round for ever. Two cures are worth knowing.
#
# **Look ahead** (extragradient, Korpelevich 1976). Take a trial step, read the gradient *there*, and use that from where you
# stood. With $v=(x,y)$ and the rotation $J=\begin{pmatrix}0&1\\-1&0\end{pmatrix}$, a plain step is $v-\eta Jv$. The
# look-ahead step is $v-\eta J(v-\eta Jv)=(1-\eta^2)\,v-\eta Jv$, because $J^2=-I$. The two parts are at right angles, so
#
# $$\text{extragradient multiplies the radius by}\quad\sqrt{(1-\eta^2)^2+\eta^2}=\sqrt{1-\eta^2+\eta^4}\;<1\quad\text{for }0<\eta<1.\tag{12}$$
#
# **Make the discriminator pay for its slope** (the R1 penalty, Mescheder et al. 2018). In the Dirac-GAN the gradient of $f$ at the data is
# $y$, so the penalty $\frac\gamma2\lVert\nabla f\rVert^2$ is $\frac\gamma2y^2$, and $y$'s step becomes
# $y_{t+1}=y_t+\eta(x_t-\gamma y_t)$. The step is multiplication by $M=\begin{pmatrix}1&-\eta\\\eta&1-\eta\gamma\end{pmatrix}$, with
# $\det M=1-\eta\gamma+\eta^2$. For $\gamma<2$ its eigenvalues are a complex pair, so each has modulus $\sqrt{\det M}$:
#
# $$\text{with R1 the radius shrinks, in the long run, by}\quad\sqrt{1-\eta\gamma+\eta^2}\quad\text{a step, as soon as }\gamma>\eta.\tag{13}$$
#
# > **Predict before you run.** With $\eta=0.2$, after 60 steps: has the plain spiral grown by a tenth, by a factor of three,
# > or by a factor of thirty?


# %%
def simultaneous(x, y, eta):
    return x - eta * y, y + eta * x


def alternating(x, y, eta):
    x = x - eta * y
    # sees the new x
    return x, y + eta * x


def extragradient(x, y, eta):
    # a trial step ...
    x_ahead, y_ahead = x - eta * y, y + eta * x
    # ... whose gradient is used from the old place
    return x - eta * y_ahead, y + eta * x_ahead


def penalised(x, y, eta, gamma=0.6):
    # y pays gamma / 2 * y**2 for its slope
    return x - eta * y, y + eta * (x - gamma * y)


def orbit(step, eta, steps, start=(1.0, 1.0)):
    points = [start]
    for _ in range(steps):
        points.append(step(*points[-1], eta))
    # (steps + 1, 2)
    return np.array(points)


eta, gamma = 0.2, 0.6
orbits = {
    step.__name__: orbit(step, eta, 60)
    for step in (simultaneous, alternating, extragradient, penalised)
}
predicted = {
    "simultaneous": math.sqrt(1 + eta**2),
    "alternating": 1.0,
    "extragradient": math.sqrt(1 - eta**2 + eta**4),
    "penalised": math.sqrt(1 - eta * gamma + eta**2),
}

title = r"the bilinear game, $\eta=0.2$, 60 steps"
figures.spiral(orbits, predicted, title=title)

# %% tags=["nbval-check-output"]
# verifies (10) and (12): the measured factor of every single step, for several step sizes
for eta in (0.05, 0.2, 0.5):
    for step, formula in [
        (simultaneous, math.sqrt(1 + eta**2)),
        (extragradient, math.sqrt(1 - eta**2 + eta**4)),
    ]:
        radius = np.hypot(*orbit(step, eta, 40).T)
        assert np.allclose(radius[1:] / radius[:-1], formula, rtol=1e-12)
        print(
            f"eta {eta:4.2f}  {step.__name__:13s} formula {formula:.6f}   measured "
            f"{np.mean(radius[1:] / radius[:-1]):.6f}"
        )

# verifies (11): conserved along the alternating orbit
x_t, y_t = orbit(alternating, 0.2, 500).T
conserved = x_t**2 - 0.2 * x_t * y_t + y_t**2
assert np.allclose(conserved, conserved[0], rtol=1e-10)
print(f"alternating: x^2 - eta x y + y^2 stays at {conserved[0]:.6f} for 500 steps")

# verifies (13): an eigenvalue solver as the oracle, and the mean factor over a long run
# (single steps wobble around it)
for eta, gamma in [(0.2, 0.6), (0.1, 1.5), (0.2, 0.1)]:
    modulus = np.abs(np.linalg.eigvals([[1, -eta], [eta, 1 - eta * gamma]])).max()
    radius = np.hypot(
        *orbit(lambda x, y, eta, g=gamma: penalised(x, y, eta, g), eta, 400).T
    )
    assert abs(modulus - math.sqrt(1 - eta * gamma + eta**2)) < 1e-12
    print(
        f"penalised, eta {eta}, gamma {gamma}: formula {modulus:.4f}   mean factor "
        f"over 400 steps {(radius[-1] / radius[0]) ** (1 / 400):.4f}"
    )
print(
    f"after 60 plain steps with eta = 0.2 the radius has grown by a factor of {1.04**30:.2f}"
)

# %% [markdown]
# The last line of the R1 test is a warning as well: with $\gamma=0.1<\eta=0.2$ the factor stays above one. A penalty weaker than
# the step size does not tame the spiral of two players who step at the same time. If they take turns, as in all our loops, any penalty will do: the
# factor is then $\sqrt{1-\eta\gamma}$, here 0.990.
#
# Real networks are not bilinear, but close to an equilibrium they look like it in many
# directions at once. The symptoms are the same: losses that swing instead of falling, a generator that hurries from one half-truth
# to the next. It is also the reason why Adam's usual momentum is turned down for GANs. Momentum
# remembers where the *opponent* used to be. Less of it amplifies the rotation less; only a negative one would damp it (Gidel and others 2019).

# %% [markdown]
# ## 9 · Points in the plane
#
# Eight small Gaussians on a circle are the fruit flies of GAN research: there are eight things to learn, so one can *count* how many
# have been learned. A mode counts as reached when it gets at least a sixth of its fair share of the samples; the second number is the
# fraction of samples that lie on a mode: within 0.15 of its centre. That is generous, more than seven of its standard deviations. Here is the data, beside the untrained generator's first attempt.

# %%
torch.manual_seed(lab.seed)
with torch.no_grad():
    first_attempt = networks.Generator()(torch.randn(1000, 2))
figures.clouds(toy.ring(1000, std=0.02), first_attempt)

# %% [markdown]
# The loop is the one you know. We put it into a function with all its settings spelled out, because in section 11 we shall ruin it by changing them
# one at a time. It returns the trained pair, snapshots on fixed noise, and a trace of what a practitioner would watch.


# %%
def train(
    steps,
    *,
    d_steps=1,
    g_steps=1,
    lr_d=1e-3,
    lr_g=1e-3,
    beta1=0.5,
    loss_of_g=generator_loss,
    r1_weight=0.0,
    seed=lab.seed,
):
    torch.manual_seed(seed)
    generator, discriminator = (
        networks.Generator().to(lab.device),
        networks.Discriminator().to(lab.device),
    )
    adam_g = torch.optim.Adam(generator.parameters(), lr=lr_g, betas=(beta1, 0.999))
    adam_d = torch.optim.Adam(discriminator.parameters(), lr=lr_d, betas=(beta1, 0.999))
    fixed_z = torch.randn(2000, 2, generator=lab.generator(1)).to(lab.device)
    frames, trace = [], []
    for step in range(1, steps + 1):
        for _ in range(d_steps):
            real = toy.ring(256, std=0.02).to(lab.device)
            # as good as detach, and cheaper: no graph is built at all
            with torch.no_grad():
                fake = generator(torch.randn(256, 2).to(lab.device))
            real.requires_grad_(r1_weight > 0)
            real_logits = discriminator(real)
            loss_d = discriminator_loss(
                real_logits=real_logits, fake_logits=discriminator(fake)
            )
            # the R1 penalty of section 8
            penalty = (
                r1_weight * r1_penalty(real_logits=real_logits, real=real)
                if r1_weight
                else 0.0
            )
            adam_d.zero_grad()
            (loss_d + penalty).backward()
            adam_d.step()
        for _ in range(g_steps):
            fake_logits = discriminator(generator(torch.randn(256, 2).to(lab.device)))
            loss_g = loss_of_g(fake_logits=fake_logits)
            adam_g.zero_grad()
            loss_g.backward()
            adam_g.step()
        if step % max(1, steps // 20) == 0 or step == 1:
            with torch.no_grad():
                samples = generator(fixed_z).cpu()
                believed = torch.sigmoid(discriminator(generator(fixed_z))).mean().item()
            modes, on_modes = toy.mode_coverage(
                samples, toy.ring_centres()
            )
            frames.append((step, samples))
            trace.append(
                {
                    "step": step,
                    "modes": modes,
                    "on_modes": on_modes,
                    "loss_d": loss_d.item(),
                    "believed": believed,
                }
            )
    return generator, discriminator, frames, trace


def report(name, trace):
    """One line: the end of the run, or its last quarter where one moment would mislead."""
    late = trace[-max(1, len(trace) // 4) :]
    print(
        f"{name:34s} modes at the end {trace[-1]['modes']}, seen late "
        f"{[row['modes'] for row in late]}, on a mode {trace[-1]['on_modes']:4.0%}, "
        f"loss_d {np.mean([row['loss_d'] for row in late]):.2f}, D(G(z)) "
        f"{np.mean([row['believed'] for row in late]):.2f}"
    )


# %% [markdown]
# > **Predict before you run.** Will the generator discover the eight modes one after another, or all at once? And will samples
# > appear *between* modes on the way?

# %%
steps = lab.budget(smoke=40, cpu=2500, gpu=4000)
generator, discriminator, frames, healthy = train(steps)
report("healthy: one step each", healthy)

chosen = [frames[round(i)] for i in np.linspace(0, len(frames) - 1, 6)]
figures.training_in_the_plane(chosen, toy.ring_centres())

# %% [markdown]
# **What happened.** The ring is sketched first, as a closed curve with samples all along it, and condenses onto the eight modes later: the discriminator learns the coarse
# difference before the fine one, and can teach nothing it has not learned.
#
# What has the generator become? It is a map of the plane: take a square grid of $z$ and draw where it sends each line. The noise is one
# connected cloud, the data are eight islands, and a continuous map cannot tear. So thin bridges must remain between the islands, and the samples
# that lie on no mode are the few that fall on them. Behind the grid you see $D$ as a field. It is dark wherever fakes come and data never do. On an island
# (2) says one half if the two have the same density there. Where an island is brighter than grey, the generator still sends too few samples.

# %%
ticks = torch.linspace(-2.5, 2.5, 41)
# (1681, 2)
z_grid = torch.cartesian_prod(ticks, ticks).to(lab.device)
plane = torch.linspace(-3, 3, 121)
with torch.no_grad():
    # (1681, 2) -> rows of constant z_1
    warped = generator(z_grid).cpu().reshape(41, 41, 2)
    field = (
        torch.sigmoid(discriminator(torch.cartesian_prod(plane, plane).to(lab.device)))
        .cpu()
        .reshape(121, 121)
    )

straight = z_grid.cpu().reshape(41, 41, 2)
figures.warped_grid(straight, warped, plane, field)

# %% [markdown]
# ## 10 · Play
#
# Your turn. Choose a distribution or draw one with the mouse, and press play, or step each player by hand. Three things to try, in this order.
# Train only $D$ for a while, then press one step of $G$ and watch the grid jump along $D$'s slope. Switch the loss to the minimax
# one *after* $D$ has become good. And draw two far-apart dots: how long until the generator finds the second one?

# %%
from ganlab import widgets

widgets.show(widgets.Playground(seed=0))

# %% [markdown]
# ## 11 · Break it on purpose
#
# The run above found its modes in the end, though its own curve shows how many it lost on the way; GANs with healthy settings do collapse on
# such rings, too (Metz and others 2017). Some mistakes make it likely. Here are four that people make, each a setting or two away from the run above, on
# the same data, with one seed each: they show what can happen, not how often. Before you run: for each, guess what the *losses* will
# tell you. In two of them they tell you that everything is fine.

# %%
# runs that take five inner steps
short = lab.budget(smoke=15, cpu=1000, gpu=1000)
mistakes = {
    "Adam's default momentum": dict(steps=steps, beta1=0.9),
    "weak discriminator": dict(steps=steps, lr_d=1e-4),
    "five G steps for each D step": dict(steps=short, g_steps=5),
    "minimax loss, five D steps": dict(
        steps=short, d_steps=5, loss_of_g=saturating_generator_loss
    ),
}
# name -> (frames, trace)
broken = {name: train(**settings)[2:] for name, settings in mistakes.items()}
report("healthy", healthy)
for name, (_, trace) in broken.items():
    report(name, trace)

# %%
runs = {"healthy": (frames, healthy), **broken}
figures.runs(runs, toy.ring_centres())

# %% [markdown]
# | mistake | symptom | diagnosis | cure |
# |---|---|---|---|
# | Adam with $\beta_1=0.9$ | a few modes are reached, the others never, or they come and go (try other seeds); `loss_d` far below $\log4$ | momentum of a rotating game: each player keeps running to where the other *was* (section 8) | $\beta_1=0.5$ or 0, or R1 |
# | $D$ learns ten times too slowly | samples wander as a cloud, hardly any mode is reached, **and `loss_d` is close to $\log4$** | the bound (6) is loose: $D$ cannot tell, because it is poor, not because $G$ is good | equal learning rates |
# | five steps of $G$ | the same, faster: all fakes run together to wherever $D$ was highest | for a fixed $D$ the best $G$ puts *everything* on its highest point; collapse is the correct answer to the wrong question | one step each |
# | minimax loss with a strong $D$ | a small `loss_d`, $D(G(z))$ near 0, most samples left off the modes | (7): the gradient is proportional to $D(G(z))$, which has vanished | see the next cell |
#
# The second and third rows are the ones to remember. By their losses they look like an equilibrium, with `loss_d` near $\log4$ and $D(G(z))$ near
# ½. **No GAN loss tells you by itself whether the samples are good.** Look at them, and count.
#
# The healthy run is the cure of the first three rows. For the last we take the cures apart, for it holds a surprise. Three of them, each
# alone: keep the five steps and change the loss; keep the loss and drop four of the five steps; or keep both and let $D$ pay for its slope with the
# R1 penalty of section 8.
#
# > **Predict before you run.** Which of the three gets samples onto modes? Which covers all the modes?

# %%
cures = {
    "minimax, five D steps": broken["minimax loss, five D steps"],
    "non-saturating, five D steps": train(short, d_steps=5)[2:],
    "minimax, one D step": train(steps, loss_of_g=saturating_generator_loss)[2:],
    "minimax, five D steps, R1": train(
        short, d_steps=5, loss_of_g=saturating_generator_loss, r1_weight=0.1
    )[2:],
}
for name, (_, trace) in cures.items():
    report(name, trace)

# %% [markdown]
# **What happened.** The non-saturating loss repairs precisely what it promises to: the vanished gradient. Compare the fraction of
# samples on a mode in the first two lines. It does not bring back all the modes: an overconfident discriminator does push every sample, but to
# the nearest island, and never away from it again. With a single step of $D$ even the minimax loss reaches every mode, and so it does with five steps
# and R1: both keep $D$ from being sure, and a $D$ that is not sure has a slope everywhere. So the textbook advice deserves a footnote. The
# **balance** of the players decides first, the form of the loss second.

# %% [markdown]
# ## 12 · Exercises
#
# Eight, from easy to hard. No later cell needs your answers. Each is followed by its check, which tells you the first thing
# that is wrong and nothing else. Write, run, read, improve.
#
# **Exercise 1 (easy).** Equation (2) for tensors of densities. Where both densities are 0 the formula says nothing; answer ½ there,
# so that no `nan` can spread.


# %% tags=["exercise"]
def optimal_discriminator(p, q):
    """D*(x) where the data have density p and the fakes q; tensors of one shape, at least 0."""
    ### BEGIN SOLUTION
    total = p + q
    return torch.where(
        total > 0,
        p / torch.where(total > 0, total, torch.ones_like(total)),
        torch.full_like(total, 0.5),
    )
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_01.optimal_discriminator(optimal_discriminator)
### BEGIN HIDDEN TESTS
_random = lab.generator(101)
# some of the points are far out
_far = 20 * torch.rand(40, generator=_random)
_p, _q = 10 ** (3 * torch.rand(2, 40, generator=_random) - _far)
# both at the places 0 and 35
_p[::5], _q[::7] = 0, 0
_pairs = zip(_p.tolist(), _q.tolist(), strict=True)
_want = [a / (a + b) if a + b > 0 else 0.5 for a, b in _pairs]
_got = optimal_discriminator(_p.clone(), _q.clone())
assert _got.shape == (40,), "one answer a point"
assert np.allclose(_got, _want, rtol=1e-4, atol=1e-6), "the share of the data at each point"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 2 (easy).** From a discriminator's logits on real and fake samples, compute the lower bound (6) on the Jensen–Shannon divergence.
# Logits of ±200 must not upset it, and the two batches may differ in size.


# %% tags=["exercise"]
def divergence_bound(real_logits, fake_logits):
    """Lower bound on JSD(p, q) in nats, a scalar tensor, from logits (N,) and (M,)."""
    ### BEGIN SOLUTION
    loss_d = F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()
    return math.log(2) - loss_d / 2
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_01.divergence_bound(divergence_bound)
### BEGIN HIDDEN TESTS
_random = lab.generator(102)
_real = 2 + 3 * torch.randn(11, generator=_random)
_fake = 3 * torch.randn(6, generator=_random) - 1
# ordinary logits, then some of several hundred
for _scale in (1, 40):
    _loss = np.logaddexp(0, -_scale * _real.double().numpy()).mean()
    _loss += np.logaddexp(0, _scale * _fake.double().numpy()).mean()
    _got = float(divergence_bound(_scale * _real, _scale * _fake))
    assert abs(_got - math.log(2) + _loss / 2) < 1e-4 * (1 + _loss), "log 2 - half the loss"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 3 (medium).** Be your own autograd. Return the gradient of the generator's *mean* loss with respect to every fake logit: the saturating
# loss or the non-saturating one. Use no `backward` and no `torch.autograd`.


# %% tags=["exercise"]
def loss_gradient(fake_logits, saturating):
    """d loss / d fake_logits, shape (N,); saturating=True: mean log(1 - D); False: mean -log D."""
    ### BEGIN SOLUTION
    believed = torch.sigmoid(fake_logits)
    return -(believed if saturating else 1 - believed) / len(fake_logits)
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_01.loss_gradient(loss_gradient)
### BEGIN HIDDEN TESTS
_logits = 3 * torch.randn(13, generator=lab.generator(103))
_x, _step = _logits.double().numpy(), 1e-4
for _saturating, _sign in ((True, 1), (False, -1)):
    _up, _down = (np.logaddexp(0, _sign * (_x + s)) for s in (_step, -_step))
    _want = -_sign * (_up - _down) / (2 * _step) / len(_x)
    _got = loss_gradient(_logits.clone(), _saturating)
    assert _got.shape == (13,), "one slope a logit"
    assert np.allclose(_got, _want, rtol=1e-4, atol=1e-6), "the slope by finite differences"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 4 (medium).** The Jensen–Shannon divergence (4) of two densities given as NumPy arrays on points `x` that are increasing but *not* evenly
# spaced, by the trapezoidal rule (`np.trapezoid`). Remember that $0\log0$ counts as 0.


# %% tags=["exercise"]
def jensen_shannon(p, q, x):
    """JSD in nats, a float; p, q, x: float64 arrays of shape (n,), densities at least 0."""
    ### BEGIN SOLUTION
    m = (p + q) / 2
    safe = np.where(m > 0, m, 1.0)

    def half(a):
        ratio = np.where(a > 0, a / safe, 1.0)
        return np.trapezoid(a * np.log(ratio), x) / 2

    return float(half(p) + half(q))
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_01.jensen_shannon(jensen_shannon)
### BEGIN HIDDEN TESTS
_random = lab.generator(104)
_steps, _p, _q = torch.rand(3, 80, generator=_random, dtype=torch.float64).numpy()
_x = np.cumsum(0.01 + _steps)
# zeros alone, and zeros of both
_p[:30], _q[20:50] = 0, 0
_p, _q = _p / np.trapezoid(_p, _x), _q / np.trapezoid(_q, _x)
_parts = [torch.special.entr(torch.from_numpy(a)).numpy() for a in ((_p + _q) / 2, _p, _q)]
# entropies: another way to write it
_inside = _parts[0] - (_parts[1] + _parts[2]) / 2
_want = ((_inside[1:] + _inside[:-1]) / 2 * np.diff(_x)).sum()
assert math.isclose(jensen_shannon(_p, _q, _x), _want, rel_tol=1e-6), "the divergence in nats"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 5 (medium).** In the bilinear game with simultaneous steps: how far from the solution are the players after `steps` steps? Find the formula; no
# loop is needed.


# %% tags=["exercise"]
def radius_after(steps, eta, radius=1.0):
    """Distance from (0, 0) after so many simultaneous steps of size eta, from distance `radius`."""
    ### BEGIN SOLUTION
    return radius * (1 + eta**2) ** (steps / 2)
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_01.radius_after(radius_after)
### BEGIN HIDDEN TESTS
_random = lab.generator(105)
_steps = int(torch.randint(15, 60, (), generator=_random))
_eta = 0.05 + 0.9 * float(torch.rand((), generator=_random))
_x, _y = 1.7, 0.0
for _step in range(_steps):
    _x, _y = _x - _eta * _y, _y + _eta * _x
_want = math.hypot(_x, _y)
assert math.isclose(radius_after(_steps, _eta, 1.7), _want, rel_tol=1e-4), "as when walked"
assert math.isclose(radius_after(_steps, _eta), _want / 1.7, rel_tol=1e-4), "from radius 1"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 6 (medium).** Extragradient pays for two gradients a step. *Optimistic* gradient descent (Daskalakis et al. 2018) pays for one: it assumes that the gradient will
# change as it changed last time, and steps along $2F(v_t)-F(v_{t-1})$. Here `field(v)` returns the gradient $F(v)$ of the whole game, for $xy$ the
# tensor $(y,-x)$. Return the new point *and* the gradient to be remembered for the next step. Call `field` once.


# %% tags=["exercise"]
def optimistic_step(field, point, previous, eta):
    """One step from `point` (d,); `previous` (d,) is the gradient of the step before. Two tensors."""
    ### BEGIN SOLUTION
    gradient = field(point)
    return point - eta * (2 * gradient - previous), gradient
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_01.optimistic_step(optimistic_step)
### BEGIN HIDDEN TESTS
_random = lab.generator(106)
_mixing = torch.randn(5, 5, generator=_random)
_point, _previous = torch.randn(2, 5, generator=_random)
_eta = 0.05 + float(torch.rand((), generator=_random))
_slope = np.tanh(_mixing.double().numpy() @ _point.double().numpy())
_want = _point.double().numpy() - 2 * _eta * _slope + _eta * _previous.double().numpy()
_new, _kept = optimistic_step(
    lambda v: torch.tanh(_mixing @ v), _point.clone(), _previous.clone(), _eta
)
assert np.allclose(_kept, _slope, rtol=1e-4, atol=1e-5), "the gradient to remember"
assert np.allclose(_new, _want, rtol=1e-4, atol=1e-5), "twice the new gradient, less the old"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 7 (hard).** *One-sided label smoothing* (Salimans et al. 2016) asks the discriminator to answer $1-s$ instead of 1 on real samples, and still 0
# on fakes, so that its logits cannot run away. Write its loss, stable in logits. With targets $t$ the cross-entropy of one sample is
# $-t\log D-(1-t)\log(1-D)$. (Afterwards, repeat the derivation of section 2: what is the best $D$ now?)


# %% tags=["exercise"]
def smoothed_discriminator_loss(*, real_logits, fake_logits, smooth=0.1):
    """Scalar loss; smooth=0 must give the ordinary discriminator loss."""
    ### BEGIN SOLUTION
    loss_real = (1 - smooth) * F.softplus(-real_logits).mean() + smooth * F.softplus(
        real_logits
    ).mean()
    return loss_real + F.softplus(fake_logits).mean()
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_01.smoothed_discriminator_loss(smoothed_discriminator_loss)
### BEGIN HIDDEN TESTS
_random = lab.generator(107)
_real, _fake = 3 * torch.randn(7, generator=_random), 2 * torch.randn(12, generator=_random)
_smooth = 0.15 + 0.3 * float(torch.rand((), generator=_random))
_d_real, _d_fake = torch.sigmoid(_real.double()), torch.sigmoid(_fake.double())
for _s, _given in ((_smooth, {"smooth": _smooth}), (0.0, {"smooth": 0.0}), (0.1, {})):
    _loss_real = -(1 - _s) * _d_real.log().mean() - _s * (1 - _d_real).log().mean()
    _want = float(_loss_real - (1 - _d_fake).log().mean())
    _both = {"real_logits": _real.clone(), "fake_logits": _fake.clone()}
    _got = smoothed_discriminator_loss(**_both, **_given)
    assert abs(_got - _want) < 1e-4 * (1 + _want), "cross-entropy, targets 1 - s and 0"
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 8 (hard).** One training step of the discriminator, from memory: draw fakes from `z`, compute the loss on logits, update the discriminator, and leave the
# generator exactly as it was, its gradients included. Return the loss as a tensor or a number.


# %% tags=["exercise"]
def update_discriminator(generator, discriminator, optimizer, real, z):
    """One step of `optimizer`, which holds D's parameters. Returns the loss before the step."""
    ### BEGIN SOLUTION
    with torch.no_grad():
        fake = generator(z)
    loss = F.softplus(-discriminator(real)).mean() + F.softplus(discriminator(fake)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()
    ### END SOLUTION


# %% tags=["check"]
checks.lesson_01.update_discriminator(update_discriminator)
### BEGIN HIDDEN TESTS
_random = lab.generator(108)
with torch.random.fork_rng(devices=[]):
    _maker, _flat = torch.nn.Linear(3, 2), torch.nn.Flatten(0)
    _judge = torch.nn.Sequential(torch.nn.Linear(2, 1, bias=False), _flat)
for _w in [*_maker.parameters(), *_judge.parameters()]:
    _w.data.normal_(generator=_random)
    # left over from earlier
    _w.grad = torch.full_like(_w, 5.0)
_real, _z = torch.randn(9, 2, generator=_random) + 1, torch.randn(9, 3, generator=_random)
_fake, _sgd = _maker(_z).detach(), torch.optim.SGD(_judge.parameters(), lr=0.2)
_r, _f = _judge(_real).detach(), _judge(_fake).detach()
_loss = -F.logsigmoid(_r).mean() - F.logsigmoid(-_f).mean()
_slope = (_fake.T @ _f.sigmoid() - _real.T @ (-_r).sigmoid()) / 9
_want = _judge[0].weight.detach()[0] - 0.2 * _slope
_got = update_discriminator(_maker, _judge, _sgd, _real, _z)
assert abs(_got - _loss) < 1e-4 * (1 + _loss), "the loss before the step"
assert torch.allclose(_judge[0].weight[0], _want, 1e-3, 1e-4), "one step, downhill"
assert torch.equal(_maker(_z), _fake), "the generator's weights"
assert all(bool((w.grad == 5).all()) for w in _maker.parameters()), "and its gradients"
### END HIDDEN TESTS

# %% [markdown]
# ## 13 · What it cannot do, and what to be careful with
#
# The theorem of section 3 speaks of all functions, exact expectations and a discriminator at its optimum. Real training has none of these, and nothing
# here proves that a GAN converges; section 8 shows that it need not. The plane also flatters. In two dimensions one can see every sample and count every mode;
# in the space of pictures one can do neither, which is why lesson 02 has to work for its measurements.
#
# Forgotten modes are not only a technical matter. If the data are faces, a "mode" that costs the generator little to forget may be a group of people.
# A GAN that looks excellent on average can leave out exactly the rare, and a loss that moves a little is easily overlooked. Whoever publishes or uses
# synthetic data owes two sentences: that it is synthetic, and what was counted to find out whom it leaves out.

# %% [markdown]
# ## 14 · Summary
#
# A generator and a discriminator play for $V$. The best discriminator is $p/(p+q)$, a density ratio learned from samples. Against it the minimax generator descends on
# $2\,\mathrm{JSD}-\log4$, a distance that goes silent when the distributions part; and its gradient, proportional to $D(G(z))$, vanishes where $D$ wins. The
# non-saturating loss repairs the gradient and changes the game. Two gradient descents do not add up to one: they rotate, and one damps the rotation by looking ahead, by a
# penalty, or by *negative* momentum; less momentum than usual only amplifies it less. Above all, keep the players in balance and look at the samples, because the losses will not tell.
#
# **Can you answer these without scrolling?**
#
# <details><summary>1. The discriminator's loss has been 1.39 for an hour. Is that good?</summary>
#
# One cannot know. It is log 4, the loss of a discriminator that cannot tell. Either the generator is excellent or the discriminator is poor. Look at samples; or train
# a fresh discriminator against the frozen generator and see whether its loss falls.
# </details>
#
# <details><summary>2. At which value of D(G(z)) does the saturating loss give no gradient, and who is winning there?</summary>
#
# Near 0, where the discriminator wins: the gradient with respect to the logit is −D(G(z)).
# </details>
#
# <details><summary>3. Why is the optimal discriminator not defined everywhere?</summary>
#
# Where p = q = 0 the integrand is zero whatever D says; no sample lands there. What a trained network says there is extrapolation.
# </details>
#
# <details><summary>4. Data and fakes do not overlap at all. What are D*, JSD and C(G)?</summary>
#
# D* is 1 on the data and 0 on the fakes (a sigmoid only comes close), JSD = log 2, C(G) = 0, and small movements of the generator change none of them.
# </details>
#
# <details><summary>5. Is the usual GAN, with the non-saturating loss, a zero-sum game?</summary>
#
# No. The two losses do not add up to a constant, and with an optimal discriminator the generator follows KL(q‖p) − 2 JSD, not JSD.
# </details>
#
# <details><summary>6. Halving the learning rate in the bilinear game with simultaneous steps: does it converge now?</summary>
#
# No. The factor √(1+η²) exceeds 1 for every η > 0; the spiral is only slower.
# </details>
#
# <details><summary>7. What happens if you forget to detach the fakes in the discriminator's step?</summary>
#
# Its loss also sends gradients into the generator, which point towards being *easier* to catch. If the generator's optimiser clears its gradients before its own step, only time and memory are
# wasted; if not, they are added to the generator's and work against it.
# </details>
#
# **What comes next.** Lesson 02 replaces points by pictures: the same two losses and the same loop, with convolutional players, and with the question of how one tells a good
# generator from a bad one when nobody can count to eight. Later, the Wasserstein distance will return to the figure of section 3 and give it a slope that does not die.
#
# ## References
#
# - Goodfellow, Pouget-Abadie, Mirza, Xu, Warde-Farley, Ozair, Courville, Bengio: *Generative Adversarial Nets*, 2014. [arXiv:1406.2661](https://arxiv.org/abs/1406.2661): equations (1), (2), (5) and the non-saturating loss.
# - Salimans, Goodfellow, Zaremba, Cheung, Radford, Chen: *Improved Techniques for Training GANs*, 2016. [arXiv:1606.03498](https://arxiv.org/abs/1606.03498): one-sided label smoothing.
# - Arjovsky, Bottou: *Towards Principled Methods for Training Generative Adversarial Networks*, 2017. [arXiv:1701.04862](https://arxiv.org/abs/1701.04862): disjoint supports, equation (9).
# - Mescheder, Geiger, Nowozin: *Which Training Methods for GANs do actually Converge?*, 2018. [arXiv:1801.04406](https://arxiv.org/abs/1801.04406): the Dirac-GAN and R1.
# - Daskalakis, Ilyas, Syrgkanis, Zeng: *Training GANs with Optimism*, 2018. [arXiv:1711.00141](https://arxiv.org/abs/1711.00141): the optimistic step.
# - Gidel, Berard, Vignoud, Vincent, Lacoste-Julien: *A Variational Inequality Perspective on Generative Adversarial Networks*, 2019. [arXiv:1802.10551](https://arxiv.org/abs/1802.10551): extragradient for GANs.
# - Korpelevich: *The extragradient method for finding saddle points and other problems*, Matecon 12, 1976.
