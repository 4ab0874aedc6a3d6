"""The minimax game in the plane, live: draw a distribution and watch two small networks fight over it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import traitlets
from PIL import Image
from torch import Tensor

from ganlab.data import toy
from ganlab.losses import discriminator_loss, generator_loss, saturating_generator_loss
from ganlab.minimax.networks import Discriminator, Generator, ToyConfig
from ganlab.widgets.kit.page import joined
from ganlab.widgets.kit.session import Action, Session, Wish
from ganlab.widgets.kit.values import number, object_with, to_text

HERE = Path(__file__).parent
EXTENT = 3.0  # the plane is shown from -3 to 3 in both directions
FIELD = 49  # the discriminator's field is computed on so many points a side
LOSSES = {"non-saturating": generator_loss, "minimax": saturating_generator_loss}
MEMORY = 240  # points the chart keeps


class Playground(Session):
    """Two networks of lesson 01 in a page: step them, play, slow down, change the rules, draw the data.

    The page asks for the next piece of training when it has drawn the last one, so that it never falls behind and
    the kernel stays free for other cells.

    Parameters
    ----------
    seed : int
        Of the networks and of all samples: the same clicks give the same game.
    target : str
        A name in ``ganlab.data.toy.DISTRIBUTIONS``.

    Attributes
    ----------
    steps_d, steps_g : int
        Steps each player has taken.
    history : list of dict
        For every round shown: loss_d, loss_g and the two estimates of the Jensen-Shannon divergence.

    Raises
    ------
    ValueError
        If there is no such target.
    """

    _esm = joined("kit.js", HERE / "page.js")
    _css = joined("kit.css", HERE / "page.css")
    settings = traitlets.Unicode("{}").tag(sync=True)

    def __init__(self, *, seed: int = 0, target: str = "ring") -> None:
        self.points: Tensor | None = None  # what a person drew, (M, 2)
        self.target, self.seed = "", seed
        self.loss, self.learning_rate, self.d_steps = "non-saturating", 1e-3, 1
        self.set_target(target)
        self.reset()
        super().__init__(settings=json.dumps(self._settings()))
        self._look()
        self._show()

    # --- the game ---------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """New networks from the seed; the target and the rules stay."""
        self.random = torch.Generator().manual_seed(self.seed)
        with torch.random.fork_rng(devices=[]):  # the learner's own random numbers are none of ours
            torch.manual_seed(self.seed)
            self.generator, self.discriminator = Generator(ToyConfig(width=64)), Discriminator(ToyConfig(width=64))
        adam = torch.optim.Adam
        self.adam_g = adam(self.generator.parameters(), self.learning_rate, (0.5, 0.999))
        self.adam_d = adam(self.discriminator.parameters(), self.learning_rate, (0.5, 0.999))
        self.steps_d = self.steps_g = 0
        self.history: list[dict[str, float]] = []
        self.shown_z = torch.randn(400, 2, generator=self.random)

    def set_target(self, target: str) -> None:
        """Choose the distribution of the data; the networks stay as they are, and must adapt."""
        if target != "drawn" and target not in toy.DISTRIBUTIONS:
            raise ValueError(f"Playground: no target {target!r}; there are {', '.join(toy.DISTRIBUTIONS)}")
        if target == "drawn" and self.points is None:
            raise ValueError("Playground: nothing has been drawn yet; call draw(points) or draw on the page first")
        self.target = target

    def draw(self, points: Sequence[Sequence[float]] | Tensor) -> None:
        """Make points (M, 2) with coordinates from -3 to 3 the data, each blurred a little.

        Raises
        ------
        ValueError
            If the shape does not fit or a number is not finite.
        """
        try:
            drawn = torch.as_tensor(points, dtype=torch.float32)
        # What torch raises for lists that are no table of numbers has many kinds, and does not name what is wrong.
        except Exception as error:
            raise ValueError("Playground.draw: expected points as a list of pairs of numbers") from error
        if drawn.dim() != 2 or drawn.shape[1] != 2 or not len(drawn) or not bool(torch.isfinite(drawn).all()):
            raise ValueError(f"Playground.draw: expected finite points of shape (M, 2), got {tuple(drawn.shape)}")
        self.points = drawn.clamp(-EXTENT, EXTENT)
        self.set_target("drawn")

    def set_rules(
        self, *, loss: str | None = None, learning_rate: float | None = None, d_steps: int | None = None
    ) -> None:
        """Change the generator's loss, both learning rates, or how many steps D takes for each of G.

        Raises
        ------
        ValueError
            If there is no such loss or the others are no numbers; nothing has changed then.
        """
        if loss is not None and loss not in LOSSES:
            raise ValueError(f"Playground: no loss {loss!r}; there are {', '.join(LOSSES)}")
        rate = self.learning_rate if learning_rate is None else min(0.1, max(1e-5, float(learning_rate)))
        steps = self.d_steps if d_steps is None else min(20, max(1, int(d_steps)))
        self.loss, self.learning_rate, self.d_steps = self.loss if loss is None else loss, rate, steps
        for adam in (self.adam_g, self.adam_d):
            adam.param_groups[0]["lr"] = rate

    def real(self, n: int) -> Tensor:
        """Draw ``n`` real samples, (n, 2)."""
        if self.target == "drawn":
            assert self.points is not None
            return toy.from_points(self.points, n, std=0.06, generator=self.random)
        return toy.DISTRIBUTIONS[self.target](n, generator=self.random)

    def step_d(self, n: int = 1) -> None:
        """``n`` steps of the discriminator."""
        for _ in range(n):
            with torch.no_grad():
                fake = self.generator(torch.randn(128, 2, generator=self.random))
            logits = self.discriminator(torch.cat([self.real(128), fake]))  # (256,): one pass for both halves
            loss = discriminator_loss(real_logits=logits[:128], fake_logits=logits[128:])
            self.adam_d.zero_grad()
            loss.backward()
            self.adam_d.step()
            self.steps_d += 1

    def step_g(self, n: int = 1) -> None:
        """``n`` steps of the generator."""
        for _ in range(n):
            logits = self.discriminator(self.generator(torch.randn(128, 2, generator=self.random)))
            loss = LOSSES[self.loss](fake_logits=logits)
            self.adam_g.zero_grad()
            loss.backward()
            self.adam_g.step()
            self.steps_g += 1

    def train(self, rounds: int) -> None:
        """``rounds`` times: the agreed number of D steps, then one G step."""
        for _ in range(rounds):
            self.step_d(self.d_steps)
            self.step_g()

    # --- what can be measured ---------------------------------------------------------------------------------------

    @torch.no_grad()
    def measure(self) -> dict[str, float]:
        """Both losses, two estimates of the Jensen-Shannon divergence in nats, and modes reached (ring only).

        ``jsd_d`` is the discriminator's lower bound (V + log 4) / 2; a poor discriminator makes it small, not the
        divergence. ``jsd_bins`` compares histograms of 2,000 samples and does not ask the discriminator.
        """
        real, fake = self.real(2000), self.generator(torch.randn(2000, 2, generator=self.random))
        real_logits, fake_logits = self.discriminator(real), self.discriminator(fake)
        loss_d = float(discriminator_loss(real_logits=real_logits, fake_logits=fake_logits))
        found = {
            "loss_d": loss_d,
            "loss_g": float(LOSSES[self.loss](fake_logits=fake_logits)),
            "jsd_d": max(0.0, (math.log(4) - loss_d) / 2),
            "jsd_bins": histogram_divergence(real, fake),
        }
        if self.target == "ring":
            found["modes"] = toy.mode_coverage(fake, toy.ring_centres())[0]
        return found

    @property
    def state(self) -> dict[str, Any]:
        """Everything a program wants to know: steps, rules, target and the last measurement."""
        return {**self._settings(), "steps_d": self.steps_d, "steps_g": self.steps_g, **self.measure()}

    def _settings(self) -> dict[str, Any]:
        return {
            "targets": list(toy.DISTRIBUTIONS),
            "losses": list(LOSSES),
            "extent": EXTENT,
            "field": FIELD,
            "target": self.target,
            "loss": self.loss,
            "learning_rate": self.learning_rate,
            "d_steps": self.d_steps,
        }

    # --- page -------------------------------------------------------------------------------------------------------

    def _actions(self) -> Mapping[str, Action]:
        return {
            "train": lambda wish: self._play(self.train, min(50, int(number(wish.get("rounds"), "the rounds")))),
            "step_d": lambda _: self._play(self.step_d),
            "step_g": lambda _: self._play(self.step_g),
            "reset": lambda _: self._play(self.reset),
            "target": lambda wish: self._play(self.set_target, str(wish.get("target"))),
            "draw": lambda wish: self._play(self.draw, wish.get("points")),
            "rules": lambda wish: self._play(self._rule, wish),
        }

    def _play(self, act: Any, *arguments: Any) -> None:
        """Do something, and look at the game again: what is refused is not looked at, and costs no random number."""
        act(*arguments)
        self._look()

    def _rule(self, wish: Wish) -> None:
        rules = object_with(wish.get("rules"), "loss", "learning_rate", "d_steps")
        numbers = {name: number(rules[name], name) for name in ("learning_rate", "d_steps") if name in rules}
        loss = rules.get("loss")
        self.set_rules(loss=None if loss is None else str(loss), **numbers)  # type: ignore[arg-type]

    @torch.no_grad()
    def _look(self) -> None:
        """Measure the game as it is now, for the page's next answers."""
        self.history = [*self.history, self.measure()][-MEMORY:]
        axis = torch.linspace(-EXTENT, EXTENT, FIELD)
        # The first row is at the top of the page.
        rows, columns = torch.meshgrid(axis.flip(0), axis, indexing="ij")
        belief = torch.sigmoid(self.discriminator(torch.stack([columns.flatten(), rows.flatten()], dim=1)))
        lines = torch.linspace(-2, 2, 17)
        grid = self.generator(torch.cartesian_prod(lines, lines))  # (289, 2)
        self._seen = {
            "field": to_text((belief * 255).round().to(torch.uint8).numpy().tobytes()),
            "real": _flat(self.real(400)),
            "fake": _flat(self.generator(self.shown_z)),
            "grid": _flat(grid),
            "steps_d": self.steps_d,
            "steps_g": self.steps_g,
            "history": [{key: round(value, 3) for key, value in row.items()} for row in self.history],
        }

    def _content(self) -> dict[str, Any]:
        return self._seen

    # --- without a kernel -------------------------------------------------------------------------------------------

    @property
    def alt_text(self) -> str:
        """What the widget shows, in one sentence."""
        return (
            f"Playground: real samples of the {self.target} in blue, generated ones in orange, over the "
            "discriminator's field; run the notebook to step, play and draw."
        )

    def static_picture(self) -> Image.Image:
        """The same game after 0, 100 and 1,500 rounds, played by a copy; this one stays where it is."""
        from ganlab.minimax.widget.picture import three_moments

        return three_moments(self)


def histogram_divergence(a: Tensor, b: Tensor, bins: int = 24) -> float:
    """Jensen-Shannon divergence, in nats, between histograms of two sets of points (N, 2) on the plane shown."""
    counts = []
    for points in (a, b):
        cells = ((points.clamp(-EXTENT, EXTENT) + EXTENT) / (2 * EXTENT) * bins).long().clamp(max=bins - 1)
        counts.append(torch.bincount(cells[:, 0] * bins + cells[:, 1], minlength=bins * bins).double() / len(points))
    p, q = counts
    m = (p + q) / 2
    return float(sum(torch.special.xlogy(x, x / m.clamp(min=1e-300)).sum() for x in (p, q)) / 2)


def _flat(points: Tensor) -> list[int]:
    """Points (N, 2) as whole thousandths, one after the other: short to send, exact enough to draw."""
    scaled: list[int] = (points.clamp(-9, 9) * 1000).round().int().flatten().tolist()
    return scaled
