"""What every data set comes back as."""

import pytest
import torch

from ganlab import data


def test_the_common_form_says_what_it_is_and_refuses_what_it_is_not():
    pictures = data.Pictures(torch.zeros(2, 4, 3, 3), labels={"kind": torch.tensor([0, 1])}, name="mine")
    assert repr(pictures) == "mine: 2 4-channel pictures of 3 x 3, float32 in [-1, 1], labels: kind (unknown)"
    with pytest.raises(ValueError, match=r"expected images of shape \(N, C, H, W\), got \(3, 3\)"):
        data.Pictures(torch.zeros(3, 3))
    with pytest.raises(ValueError, match="expected 2 labels of 'kind', got 3"):
        data.Pictures(torch.zeros(2, 1, 3, 3), labels={"kind": torch.zeros(3)})
