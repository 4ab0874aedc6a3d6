"""A walk through latent space as a widget: ``widgets.LatentExplorer``."""
