"""Walk through a generator's latent space with sliders."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
import traitlets
from PIL import Image
from torch import Tensor, nn

from ganlab.images import data_url, image_grid, to_pil
from ganlab.latent import principal_directions, slerp
from ganlab.layers import evaluating
from ganlab.widgets.kit.page import joined
from ganlab.widgets.kit.session import Action, Session, Wish
from ganlab.widgets.kit.values import number, sample_number

HERE = Path(__file__).parent


class LatentExplorer(Session):
    """Sliders along directions of latent space, random faces, undo, a strip of saved ones, and walks between two.

    Parameters
    ----------
    generator : Module
        z (N, latent_dim) -> pictures (N, C, S, S) in [-1, 1], with ``config.latent_dim``; used in eval mode.
    directions : mapping of str to Tensor, optional
        Name -> vector (latent_dim,); the first eight principal directions if not given.
    size : int
        Width of the large picture on the page, in CSS pixels.
    seed : int
        Of the first picture and of those that "random" draws.

    Attributes
    ----------
    z : Tensor
        The latent vector shown now, (latent_dim,), on the shell of radius sqrt(latent_dim).
    saved : list of Tensor
        Latent vectors in the strip.
    latencies_ms : list of float
        Kernel time of every answer: generator, encoding and all.

    Raises
    ------
    ValueError
        If the generator has no ``config.latent_dim`` or a direction has another length.
    """

    _esm = joined("kit.js", HERE / "page.js")
    _css = joined("kit.css", HERE / "page.css")
    names = traitlets.Unicode("[]").tag(sync=True)  # JSON list of the directions' names
    size = traitlets.Int(256).tag(sync=True)
    strip = traitlets.Unicode("[]").tag(sync=True)  # JSON list of the saved pictures' data URLs
    label = traitlets.Unicode("").tag(sync=True)

    LIMIT = 5.0  # how far a slider goes, in units of z's own standard deviation

    def __init__(
        self,
        generator: nn.Module,
        *,
        directions: Mapping[str, Tensor] | None = None,
        size: int = 256,
        seed: int = 0,
    ) -> None:
        latent_dim = getattr(getattr(generator, "config", None), "latent_dim", None)
        if latent_dim is None:
            raise ValueError("LatentExplorer: expected a generator with config.latent_dim, such as a DCGAN's")
        if directions is None:
            directions = {f"principal {i + 1}": v for i, v in enumerate(principal_directions(generator))}
        for name, vector in directions.items():
            if tuple(vector.shape) != (latent_dim,):
                raise ValueError(
                    f"LatentExplorer: expected the direction {name!r} of shape ({latent_dim},), "
                    f"got {tuple(vector.shape)}"
                )
        self.generator = generator
        self.latent_dim = latent_dim
        self.directions = {name: F.normalize(v.detach().float().cpu(), dim=0) for name, v in directions.items()}
        self.saved: list[Tensor] = []
        self._random = torch.Generator().manual_seed(seed)
        self._amounts = dict.fromkeys(self.directions, 0.0)
        self._past: list[tuple[Tensor, dict[str, float]]] = []
        self._future: list[tuple[Tensor, dict[str, float]]] = []
        self.base = self._draw_base()
        self._walk: Tensor | None = None  # where a walk between two saved ones stands
        super().__init__(names=json.dumps(list(self.directions)), size=size)
        self.label = self.alt_text
        self._show()

    # --- latent space ---------------------------------------------------------------------------------------------

    def _on_shell(self, z: Tensor) -> Tensor:
        # Gaussian vectors have length sqrt(d) to within a few percent, and the generator has seen no others: a sum of
        # directions is brought back to that length before it is drawn.
        return F.normalize(z, dim=-1) * math.sqrt(self.latent_dim)

    def _draw_base(self) -> Tensor:
        return self._on_shell(torch.randn(self.latent_dim, generator=self._random))

    @property
    def z(self) -> Tensor:
        """The latent vector shown now, (latent_dim,)."""
        if self._walk is not None:
            return self._walk
        moved = self.base.clone()
        for name, amount in self._amounts.items():
            moved += amount * self.directions[name]
        return self._on_shell(moved)

    @torch.no_grad()
    def picture(self, z: Tensor | None = None) -> Image.Image:
        """The picture of ``z`` (latent_dim,), or of the present one."""
        z = self.z if z is None else z
        return to_pil(self._drawn(z[None]))

    def _drawn(self, latents: Tensor) -> Tensor:
        """The pictures of latent vectors (N, latent_dim): (N, C, H, W), float32 on the CPU."""
        device = next(self.generator.parameters()).device
        with evaluating(self.generator):
            return self.generator(latents.to(device)).float().cpu()

    # --- what a person can do: each by name, so that tests and programs can do it too -------------------------------

    def set(self, name: str, amount: float) -> None:
        """Move the slider ``name`` to ``amount`` (clipped to plus or minus ``LIMIT``)."""
        if name not in self.directions:
            raise ValueError(f"LatentExplorer: no slider {name!r}; there are {', '.join(self.directions)}")
        self._walk = None
        self._amounts[name] = max(-self.LIMIT, min(self.LIMIT, float(amount)))

    def remember(self) -> None:
        """Put the present state on the undo list: before a drag begins, before a random draw."""
        self._past.append((self.base.clone(), dict(self._amounts)))
        self._future.clear()

    def random(self) -> None:
        """Another picture, all sliders at zero."""
        self.remember()
        self._walk = None
        self.base, self._amounts = self._draw_base(), dict.fromkeys(self.directions, 0.0)

    def undo(self) -> None:
        """Back to the state before the last change; nothing happens when there is none."""
        self._travel(self._past, self._future)

    def redo(self) -> None:
        """Forward again."""
        self._travel(self._future, self._past)

    def _travel(self, source: list[Any], target: list[Any]) -> None:
        self._walk = None
        if source:
            target.append((self.base, dict(self._amounts)))
            self.base, self._amounts = source.pop()

    def save(self) -> None:
        """Put the present picture at the end of the strip (twelve at most; the oldest goes)."""
        self.saved = [*self.saved, self.z.clone()][-12:]
        self.strip = json.dumps([data_url(self.picture(z)) for z in self.saved])

    def walk(self, first: int, second: int, t: float) -> None:
        """Stand at ``t`` (0 to 1) on the great circle between two saved pictures."""
        if not (0 <= first < len(self.saved) and 0 <= second < len(self.saved)):
            count = len(self.saved)
            raise ValueError(f"LatentExplorer: expected two of the {count} saved pictures, got {first} and {second}")
        t = max(0.0, min(1.0, float(t)))
        self._walk = slerp(self.saved[first][None], self.saved[second][None], t)[0]

    # --- page -----------------------------------------------------------------------------------------------------

    def _actions(self) -> Mapping[str, Action]:
        return {
            "set": lambda wish: self.set(str(wish.get("name")), number(wish.get("amount"), "an amount")),
            "walk": self._walk_between,
            "random": lambda _: self.random(),
            "undo": lambda _: self.undo(),
            "redo": lambda _: self.redo(),
            "remember": lambda _: self.remember(),
            "save": lambda _: self.save(),
        }

    def _walk_between(self, wish: Wish) -> None:
        first, second = (
            sample_number(wish.get(end), len(self.saved), "saved picture") for end in ("first", "second")
        )
        self.walk(first, second, number(wish.get("t"), "a place on the walk"))

    def _content(self) -> dict[str, Any]:
        return {
            "image": data_url(self.picture()),
            "amounts": self._amounts,
            "undo": len(self._past),
            "redo": len(self._future),
        }

    # --- without a kernel -----------------------------------------------------------------------------------------

    @property
    def alt_text(self) -> str:
        """What the widget shows, in one sentence."""
        return (
            "Latent explorer: a generated picture with sliders for "
            + ", ".join(self.directions)
            + ", and buttons for random, undo, redo and save; below, each row shows one direction."
        )

    @torch.no_grad()
    def static_picture(self) -> Image.Image:
        """The present picture moved along the first directions: one row a direction, nine steps each."""
        steps = torch.linspace(-self.LIMIT, self.LIMIT, 9)
        rows = list(self.directions.values())[:6]
        latents = torch.stack([self._on_shell(self.base + step * row) for row in rows for step in steps])
        return to_pil(image_grid(self._drawn(latents), columns=9, padding=2))
