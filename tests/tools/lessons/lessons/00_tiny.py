# %% [markdown]
# # A tiny lesson
#
# {{BADGE}}

# %% tags=["setup"]
# ruff: noqa: B018, E402
# Colab: install the course once. On your own machine `make lab` has done this already.
import importlib.util
import sys

if "google.colab" in sys.modules and importlib.util.find_spec("tinypackage") is None:
    # %pip install -q "ganlab @ git+{{REPOSITORY}}@{{BRANCH}}"
    importlib.invalidate_caches()

# %% [markdown]
# Progress bars, warnings, carriage returns, addresses: none of it is worth keeping.

# %%
import os
import warnings

from tqdm import tqdm

for _ in tqdm(range(3)):
    pass
print("step 1\rstep 2\rstep 3")
print(os.environ["GANLAB_PROFILE"], object())
warnings.warn("look at me", stacklevel=1)

# %%
import ipywidgets
from IPython.display import HTML, display

display(ipywidgets.IntSlider())
display(HTML("<b>kept</b>"))
ipywidgets.IntSlider()

# %% tags=["nbval-check-output"]
6 * 7

# %% [markdown]
# ## Exercise


# %% tags=["exercise"]
def thrice(x):
    """Three times x."""
    ### BEGIN SOLUTION
    secret_factor = 1 + 1 + 1
    return secret_factor * x
    ### END SOLUTION


# %% tags=["check"]
try:
    print("✓" if thrice(2) == 6 else "✗")
except NotImplementedError:
    print("✗ not yet written")
### BEGIN HIDDEN TESTS
assert thrice(14) == 42, "hidden_from_learners"
### END HIDDEN TESTS

# %% tags=["exercise"]
answer = ...
### BEGIN SOLUTION
answer = 20 + 20 + 2
### END SOLUTION

# %% tags=["check"]
print("✓" if answer == 42 else "✗ not yet written")

# %% [markdown]
# The end.
