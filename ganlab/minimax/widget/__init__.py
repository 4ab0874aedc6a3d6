"""The minimax game as a widget: ``widgets.Playground``."""
