"""Model families, one a file: a frozen dataclass of settings beside the modules it configures."""
