import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from stream_ae.observers.tensorboard.histograms import EDGES, take_histograms

values = st.floats(-1e6, 1e6, width=32)


@given(st.lists(arrays(np.float32, st.integers(1, 30), elements=values), min_size=1, max_size=5))
def test_each_histogram_is_the_one_of_its_own_tensor(tensors: list[NDArray[np.float32]]) -> None:
    histograms = take_histograms(
        {str(index): torch.from_numpy(tensor) for index, tensor in enumerate(tensors)}
    )
    assert list(histograms) == [str(index) for index in range(len(tensors))]
    for tensor, histogram in zip(tensors, histograms.values(), strict=True):
        exact = tensor.astype(np.float64)
        assert histogram.count == tensor.size
        assert (histogram.low, histogram.high) == (exact.min(), exact.max())
        assert histogram.total == pytest.approx(exact.sum(), rel=1e-9, abs=1e-6)
        assert histogram.squares == pytest.approx((exact**2).sum(), rel=1e-9)
        below = [int((exact < limit).sum()) for limit in histogram.limits]
        assert np.cumsum(histogram.counts).tolist() == below


@given(arrays(np.float32, st.integers(1, 50), elements=values))
def test_buckets_without_values_are_merged_and_keep_the_others_narrow(
    tensor: NDArray[np.float32],
) -> None:
    histogram = take_histograms({"w": torch.from_numpy(tensor)})["w"]
    lefts = np.concatenate([[histogram.low], histogram.limits[:-1]])
    for left, right, count in list(zip(lefts, histogram.limits, histogram.counts, strict=True))[1:]:
        if count:  # one bucket wide: its left edge is the edge before its right one
            place = np.searchsorted(EDGES, left)
            assert EDGES[place] == left
            assert place + 1 == len(EDGES) or EDGES[place + 1] == right
    assert histogram.counts[0] > 0
    assert histogram.counts[-1] > 0
    assert not ((histogram.counts[1:] == 0) & (histogram.counts[:-1] == 0)).any()


def test_what_is_not_finite_is_left_out() -> None:
    tensors = {
        "some": torch.tensor([1.0, math.nan, 3.0, math.inf]),
        "none": torch.tensor([math.nan, -math.inf]),
        "all": torch.tensor([[2.0], [4.0]], dtype=torch.float64),
    }
    histograms = take_histograms(tensors)
    assert list(histograms) == ["some", "all"]
    some = histograms["some"]
    assert (some.count, some.low, some.high, some.total) == (2, 1.0, 3.0, 4.0)
    assert some.squares == 10.0


def test_tensors_without_values_have_no_histogram() -> None:
    assert take_histograms({}) == {}
    assert take_histograms({"empty": torch.zeros(0)}) == {}
    assert list(take_histograms({"empty": torch.zeros(0), "one": torch.ones(1)})) == ["one"]


def test_zero_and_the_tiny_share_a_bucket_and_the_huge_have_one() -> None:
    histogram = take_histograms({"w": torch.tensor([0.0, 1e-13, 1e30])})["w"]
    assert histogram.counts[[0, -1]].tolist() == [2.0, 1.0]
    assert histogram.limits[-1] == np.finfo(np.float64).max


def test_a_parameter_is_left_as_it_is() -> None:
    parameter = torch.nn.Parameter(torch.ones(3))
    take_histograms({"w": parameter})
    assert parameter.grad is None
    assert parameter.tolist() == [1.0, 1.0, 1.0]
