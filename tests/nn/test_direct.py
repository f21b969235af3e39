"""The direct path against principal components and least squares of all blocks at once."""

import pytest
import torch
import torch.nn.functional as F

from stream_ae.nn.direct import HORIZON, STILL, DirectPath
from stream_ae.nn.init import cosines

SIDE = 64  # pixels of the pictures here: 8 × 8 blocks

EVERYTHING = torch.ones(SIDE, SIDE, dtype=torch.bool)


def texture(seed: int, *, variances: torch.Tensor) -> torch.Tensor:
    """A picture whose blocks have these variances along fixed directions, most of them small."""
    turn = torch.linalg.qr(torch.randn(192, 192, generator=torch.Generator().manual_seed(0))).Q
    draw = torch.Generator().manual_seed(seed)
    blocks = torch.randn(64, 192, generator=draw) * variances.sqrt() @ turn.mT
    return F.pixel_shuffle(blocks.mT.view(1, 192, 8, 8) + 0.4, 8)


VARIANCES = 0.5 * 0.8 ** torch.arange(192)


def blocks_of(frames: list[torch.Tensor]) -> torch.Tensor:
    return torch.cat([F.pixel_unshuffle(frame, 8).flatten(2)[0].mT for frame in frames])


def followed(frames: list[torch.Tensor], *, width: int = 16, times: int = 1) -> DirectPath:
    path = DirectPath(width)
    for frame in frames * times:
        path.follow(frame, EVERYTHING)
    return path


def there_and_back(path: DirectPath, frame: torch.Tensor) -> torch.Tensor:
    return F.pixel_shuffle(path.decode(path.encode(frame)), 8)


def error_of(path: DirectPath, frames: list[torch.Tensor]) -> float:
    errors = [(there_and_back(path, frame) - frame).square().mean() for frame in frames]
    return torch.stack(errors).mean().item()


def best_of_components(frames: list[torch.Tensor], *, width: int = 16) -> float:
    """Error of the best linear code of the blocks by themselves (Eckart, Young 1936)."""
    blocks = blocks_of(frames)
    values = torch.linalg.svdvals(blocks - blocks.mean(0))
    return float(values[width:].square().sum() / blocks.numel())


def test_it_begins_with_cosines() -> None:
    path, frame = DirectPath(16), torch.rand(1, 3, SIDE, SIDE)
    torch.testing.assert_close(path.basis, cosines(16).flatten(1))
    codes = (blocks_of([frame]) - 0.5) @ path.basis.mT
    torch.testing.assert_close(path.encode(frame).flatten(2)[0].mT, codes, atol=1e-5, rtol=0)
    expected = F.pixel_shuffle((codes @ path.basis + 0.5).mT.view(1, 192, 8, 8), 8)
    torch.testing.assert_close(there_and_back(path, frame), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("width", [8, 16, 32])
def test_it_comes_to_the_principal_components(width: int) -> None:
    frames = [texture(seed, variances=VARIANCES) for seed in range(20)]
    path = followed(frames, width=width, times=2)
    eye = torch.eye(width)
    torch.testing.assert_close(path.basis @ path.basis.mT, eye, atol=1e-4, rtol=0)
    assert error_of(path, frames) < 1.02 * best_of_components(frames, width=width)


def test_one_frame_is_enough_for_a_good_code() -> None:
    frames = [texture(seed, variances=VARIANCES) for seed in range(2)]
    new = error_of(DirectPath(16), frames[:1])
    assert error_of(followed(frames[:1]), frames[:1]) < 0.2 * new
    assert error_of(followed(frames[:1]), frames[1:]) < 0.4 * new


def test_what_goes_on_into_the_next_block_is_seen_there() -> None:
    """Noise without its finest detail: the neighbours tell what a block's own code leaves out."""

    def smooth(seed: int) -> torch.Tensor:
        noise = torch.rand(1, 3, SIDE + 8, SIDE + 8, generator=torch.Generator().manual_seed(seed))
        return F.avg_pool2d(noise, 9, stride=1)

    frames = [smooth(seed) for seed in range(60)]
    path = followed(frames[:50], width=8)
    alone = [
        (path.mean + (blocks_of([frame]) - path.mean) @ path.basis.mT @ path.basis)
        for frame in frames[50:]
    ]
    of_components = (torch.cat(alone) - blocks_of(frames[50:])).square().mean().item()
    assert error_of(path, frames[50:]) < 0.9 * of_components


def test_a_code_goes_on_meaning_what_it_meant() -> None:
    frames = [texture(seed, variances=VARIANCES) for seed in range(30)]
    path = followed(frames[:20])
    before = path.encode(frames[0])
    for frame in frames[20:]:
        path.follow(frame, EVERYTHING)
    after = path.encode(frames[0])
    assert F.cosine_similarity(before.flatten(1), after.flatten(1)).item() > 0.97


def test_blocks_that_change_count_more() -> None:
    """The upper half never changes; the code is that of the lower one."""

    def half(seed: int) -> torch.Tensor:
        still = texture(0, variances=VARIANCES.flip(0))
        return torch.cat([still[:, :, : SIDE // 2], moving(seed)[:, :, SIDE // 2 :]], dim=2)

    def moving(seed: int) -> torch.Tensor:
        return texture(seed, variances=VARIANCES)

    mask = EVERYTHING.clone()
    mask[: SIDE // 2] = False
    told, untold = DirectPath(16), DirectPath(16)
    for seed in range(1, 30):
        told.follow(half(seed), mask)
        untold.follow(half(seed), EVERYTHING)
    unseen = [moving(seed) for seed in range(50, 60)]
    assert error_of(told, unseen) < error_of(untold, unseen)
    assert STILL < 0.1


def test_frames_in_which_nothing_changes_are_followed_too() -> None:
    frames = [texture(seed, variances=VARIANCES) for seed in range(10)]
    changing, still = DirectPath(16), DirectPath(16)
    for frame in frames:
        changing.follow(frame, EVERYTHING)
        still.follow(frame, ~EVERYTHING)
    torch.testing.assert_close(changing.basis, still.basis, atol=1e-3, rtol=0)


def test_black_and_constant_frames_leave_it_finite() -> None:
    frames = [texture(seed, variances=VARIANCES) for seed in range(5)]
    path = followed([*frames, *[torch.zeros(1, 3, SIDE, SIDE)] * 40])
    assert all(buffer.isfinite().all() for buffer in path.buffers())
    assert error_of(path, [torch.zeros(1, 3, SIDE, SIDE)]) < 1e-4
    fresh = followed([torch.full((1, 3, SIDE, SIDE), 0.5)] * 3)
    assert all(buffer.isfinite().all() for buffer in fresh.buffers())


def test_it_has_buffers_only_and_its_state_is_all_of_it() -> None:
    frames = [texture(seed, variances=VARIANCES) for seed in range(4)]
    path, again = followed(frames[:3]), DirectPath(16)
    assert [*path.parameters()] == []
    again.load_state_dict(path.state_dict())
    path.follow(frames[3], EVERYTHING)
    again.follow(frames[3], EVERYTHING)
    for one, other in zip(path.buffers(), again.buffers(), strict=True):
        assert torch.equal(one, other)


def test_old_frames_fade() -> None:
    frames = [texture(seed, variances=VARIANCES) for seed in range(2)]
    path = followed(frames[:1])
    path.count.fill_(10.0 * HORIZON)
    mean = path.mean.clone()
    path.follow(frames[1], EVERYTHING)
    shift = blocks_of(frames[1:]).mean(0) - mean
    torch.testing.assert_close(path.mean, mean + shift / HORIZON, atol=1e-6, rtol=0)


def test_a_gradient_passes_through_it() -> None:
    path = followed([texture(0, variances=VARIANCES)]).double()
    codes = torch.rand(1, 16, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(path.decode, (codes,))
