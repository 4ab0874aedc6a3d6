"""The page of model cards, from the JSON beside each file of shipped weights."""

import json
import re
from pathlib import Path
from typing import Any


def model_cards(root: Path) -> str:
    """All cards of ``ganlab/weights/`` as one page in Markdown."""
    cards = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted((root / "ganlab" / "weights").glob("*.json"))
    ]
    total = sum(card["bytes"] for card in cards) / 1e6
    lines = [
        "# Model cards", "",
        f"The {len(cards)} networks that come with the course, {total:.0f} MB in all: what each was trained on, for "
        "how long, how good it was measured to be, and under which licence it may be used. Each can be made again "
        "from nothing with the command on its card. What the data is, the [data cards](data-cards.md) say.", "",
        "| name | what | size |", "|---|---|---:|",
    ]  # fmt: skip
    lines += [f"| [{c['name']}](#{c['name']}) | {c['title']} | {c['bytes'] / 1e6:.1f}\u00a0MB |" for c in cards]
    for card in cards:
        lines += ["", *_card(card)]
    return "\n".join(lines) + "\n"


def _card(card: dict[str, Any]) -> list[str]:
    rows = {
        "what": card["title"],
        "trained on": card["data"],
        "budget": re.sub(r"\{([^}]*)\}", _settings, card["budget"]),
        "seed": str(card["seed"]),
        "licence": card["licence"],
        "made by": f"`{card['command']}`",
        "SHA-256": f"`{card['sha256']}`",
    }
    if card["model"]:
        rows["model"] = f"`ganlab.models.{card['model']}`"
    known = {"name", "title", "data", "budget", "seed", "licence", "command", "model", "sha256", "bytes", "measured"}
    rows |= {key: _value(value) for key, value in card.items() if key not in known}
    lines = [f"({card['name']})=", f"## {card['name']}", "", "| | |", "|---|---|"]
    lines += [f"| {key} | {_cell(value)} |" for key, value in rows.items()]
    if measured := card.get("measured"):
        lines += ["", "Measured:", "", "| measure | value |", "|---|---:|"]
        lines += [f"| {_cell(key.replace('_', ' '))} | {_cell(_value(value))} |" for key, value in measured.items()]
    return lines


def _settings(found: re.Match[str]) -> str:
    """A dictionary's settings as words, as in (batch size: 8, betas: (0.9, 0.99))."""
    return "(" + found[1].replace("'", "").replace("_", " ") + ")"


def _value(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} {_value(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(_value(item) for item in value)
    return str(value)


def _cell(text: str) -> str:
    # Braces, bars and stars are data here and no markup.
    for sign in "|*_{}<":
        if "`" not in text:
            text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())
