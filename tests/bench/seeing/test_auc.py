from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_ae.bench.seeing.auc import auc

FRAMES = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=40)


@given(FRAMES)
def test_it_is_the_share_of_pairs_in_the_right_order(frames: list[tuple[int, bool]]) -> None:
    found = auc([float(score) for score, _ in frames], [label for _, label in frames])
    novel = [score for score, label in frames if label]
    usual = [score for score, label in frames if not label]
    pairs = [
        1.0 if one > other else 0.5 if one == other else 0.0 for one, other in product(novel, usual)
    ]
    if pairs:
        assert found == pytest.approx(sum(pairs) / len(pairs))
    else:
        assert found is None


@pytest.mark.parametrize(
    ("scores", "labels", "area"),
    [
        ([1, 2, 3, 4], [0, 0, 1, 1], 1.0),
        ([4, 3, 2, 1], [0, 0, 1, 1], 0.0),
        ([1, 1, 1, 1], [0, 1, 0, 1], 0.5),
        ([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], 0.75),  # the example of scikit-learn's roc_auc_score
    ],
)
def test_by_hand(scores: list[float], labels: list[int], area: float) -> None:
    assert auc(scores, [bool(label) for label in labels]) == pytest.approx(area)


def test_a_score_without_a_label_is_refused() -> None:
    with pytest.raises(ValueError, match="a label for each score, got 2 and 1"):
        auc([0.0, 1.0], [True])
