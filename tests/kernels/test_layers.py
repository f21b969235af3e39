import numpy as np

from stream_ae.kernels.layers import part


def test_a_mask_is_parted_by_what_is_remembered_and_by_what_waits() -> None:
    mask = np.array([[1, 1, 1, 1, 1, 0, 0, 1]], bool)
    labels = np.array([[0, 1, 1, 2, 2, 1, 1, 1]], np.uint8)
    luma = np.array([[5, 50, 90, 5, 5, 52, 90, 51]], np.float32)
    memory = np.array([[0, 50, 50, 50, 50, 50, 50, 50]], np.float32)
    age = np.array([[9, 0, 3, 0.4, 0.6, 9, 9, 2]], np.float32)
    waits = np.array([-1, -1, 0.5], np.float32)
    moving, counts = part(
        mask, luma, age=age, labels=labels, memory=memory, waits=waits, like=12, old=2
    )
    assert moving[0].tolist() == [True, False, True, True, False, False, False, False]
    assert counts.tolist() == [[0, 0, 0, 0], [2, 1, 3, 2], [0, 0, 2, 0]]
    assert memory[0, 7] == np.float32(50.02)
    assert memory[0, 2] == 50
    assert mask.sum() == 6  # what was given is as it was
