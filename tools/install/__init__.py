"""Before anything is installed: which build of PyTorch an environment gets. Standard library only."""
