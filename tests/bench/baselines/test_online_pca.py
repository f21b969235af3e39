import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from stream_ae.bench.baselines.online_pca import COMPONENTS, PATCH, OnlinePCA

VALUES = 3 * PATCH**2


def picture_of(patches: Tensor, *, rows: int) -> Tensor:
    """A frame that is made of patches (count, 192), each as colour, row, column."""
    tiles = patches.view(rows, -1, 3, PATCH, PATCH)
    return tiles.permute(2, 0, 3, 1, 4).reshape(1, 3, rows * PATCH, -1)


def frames_in_a_subspace(count: int, *, dimensions: int, seed: int = 0) -> list[Tensor]:
    """Frames of 32 × 32 whose patches are a mean and some directions, within [0, 1]."""
    generator = torch.Generator().manual_seed(seed)
    mean = 0.4 + 0.2 * torch.rand(VALUES, generator=generator)
    directions, _ = torch.linalg.qr(torch.randn(VALUES, dimensions, generator=generator))
    codes = 0.4 * torch.rand(count, 16, dimensions, generator=generator) - 0.2
    return [picture_of(mean + code @ directions.mT, rows=4) for code in codes]


def batch_of(frames: list[Tensor]) -> Tensor:
    """All patches in one matrix, cut by hand."""
    cut = [
        frame[0, :, top : top + PATCH, left : left + PATCH].flatten()
        for frame in frames
        for top in range(0, frame.shape[2], PATCH)
        for left in range(0, frame.shape[3], PATCH)
    ]
    return torch.stack(cut).double()


def test_patches_in_a_subspace_of_16_dimensions_come_back_exactly() -> None:
    *before, frame = frames_in_a_subspace(4, dimensions=COMPONENTS)
    pca = OnlinePCA()
    for each in before:
        pca.update(each)
    torch.testing.assert_close(pca.reconstruct(frame), frame, atol=1e-5, rtol=0)


def test_a_17th_dimension_does_not_fit() -> None:
    *before, frame = frames_in_a_subspace(4, dimensions=COMPONENTS + 1)
    pca = OnlinePCA()
    for each in before:
        pca.update(each)
    assert (pca.reconstruct(frame) - frame).abs().max() > 1e-3


def test_a_reconstruction_is_the_projection_on_the_first_components_of_all_patches_so_far() -> None:
    generator = torch.Generator().manual_seed(1)
    frames = [torch.rand(1, 3, 32, 48, generator=generator) for _ in range(5)]
    pca = OnlinePCA()
    for frame in frames[:-1]:
        pca.update(frame)
    seen, new = batch_of(frames[:-1]), batch_of(frames[-1:])
    _, _, directions = torch.linalg.svd(seen - seen.mean(dim=0), full_matrices=False)
    basis = directions[:COMPONENTS]
    expected = seen.mean(dim=0) + (new - seen.mean(dim=0)) @ basis.mT @ basis
    result = batch_of([pca.reconstruct(frames[-1])])
    torch.testing.assert_close(result, expected.clamp(0, 1), atol=1e-6, rtol=0)


@settings(max_examples=15)
@given(sizes=st.lists(st.integers(1, 4), min_size=1, max_size=5), seed=st.integers(0, 99))
def test_the_running_mean_and_scatter_are_those_of_all_patches_at_once(
    sizes: list[int], seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    frames = [torch.rand(1, 3, PATCH, PATCH * n, generator=generator) for n in sizes]
    pca = OnlinePCA()
    for frame in frames:
        pca.update(frame)
    patches = batch_of(frames)
    centred = patches - patches.mean(dim=0)
    torch.testing.assert_close(pca._mean, patches.mean(dim=0))
    torch.testing.assert_close(pca._scatter, centred.mT @ centred, atol=1e-9, rtol=1e-9)


def test_before_any_frame_everything_is_grey_and_after_one_flat_frame_everything_is_its_mean() -> (
    None
):
    pca, frame = OnlinePCA(), torch.rand(1, 3, 16, 16)
    assert torch.equal(pca.reconstruct(frame), torch.full((1, 3, 16, 16), 0.5))
    flat = torch.full((1, 3, 16, 16), 0.25)
    pca.update(flat)
    torch.testing.assert_close(pca.reconstruct(flat), flat)


def test_a_reconstruction_stays_within_what_a_picture_can_show() -> None:
    pca = OnlinePCA()
    for value in (0.4, 0.5, 0.6):
        pca.update(torch.full((1, 3, 16, 16), value) + 0.01 * torch.randn(1, 3, 16, 16))
    extreme = torch.zeros(1, 3, 16, 16)
    extreme[..., ::2] = 1.0
    result = pca.reconstruct(3.0 * extreme - 1.0)
    assert result.min() >= 0.0
    assert result.max() <= 1.0


@pytest.mark.parametrize("shape", [(1, 3, 12, 16), (3, 16, 16), (1, 1, 16, 16), (2, 3, 16, 16)])
def test_a_frame_that_is_not_made_of_whole_patches_is_refused(shape: tuple[int, ...]) -> None:
    for take in (OnlinePCA().update, OnlinePCA().reconstruct):
        with pytest.raises(ValueError, match=r"in multiples of 8, got \("):
            take(torch.zeros(shape))
