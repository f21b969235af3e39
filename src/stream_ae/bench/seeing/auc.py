"""How well a score tells two kinds of frames apart: the area under its ROC curve.

Hanley and McNeil, "The Meaning and Use of the Area under a Receiver Operating Characteristic (ROC)
Curve", Radiology 1982: it is the share of pairs, one frame of each kind, that the score puts in the
right order.
"""

from collections.abc import Sequence

import numpy as np


def auc(scores: Sequence[float], labels: Sequence[bool]) -> float | None:
    """The area under the ROC curve; a pair of equal scores counts half.

    From ranks (Mann and Whitney 1947), with ``r`` the sum of those of the ``p`` positive frames
    among all ``p + n``, equal scores sharing the mean of theirs::

        area = (r − p (p + 1) / 2) / (p n)

    Args:
        scores: of the frames, higher for what is more likely positive.
        labels: whether each is positive.

    Returns:
        In [0, 1], 0.5 is chance; None where all frames are of one kind.

    Raises:
        ValueError: there is not one label for each score.

    >>> auc([0.1, 0.4, 0.4, 0.8], [False, False, True, True])
    0.875
    """
    if len(scores) != len(labels):
        raise ValueError(
            f"auc must have a label for each score, got {len(scores)} and {len(labels)};"
            " give both for the same frames"
        )
    positive = np.asarray(labels, bool)
    p, n = int(positive.sum()), int((~positive).sum())
    if not p or not n:
        return None
    _, place, count = np.unique(np.asarray(scores), return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]
    return float((ranks[positive].sum() - p * (p + 1) / 2) / (p * n))
