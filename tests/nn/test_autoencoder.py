import pytest
import torch
import torch.nn.functional as F

from stream_ae.kernels.norm import EPSILON
from stream_ae.learning.learner import StreamLearner
from stream_ae.nn.autoencoder import (
    SIZES,
    SPATIAL_BIAS_L2_INIT,
    Decoder,
    Encoder,
    StreamingVideoAutoencoder,
    seeded,
)
from stream_ae.nn.norm import Norm, NormLeakyReLU
from stream_ae.settings.choices import SIZE


@pytest.fixture
def model() -> StreamingVideoAutoencoder:
    torch.manual_seed(0)
    return StreamingVideoAutoencoder()


def test_every_stage_has_its_shape(model: StreamingVideoAutoencoder) -> None:
    features = model.features(torch.rand(1, 3, 224, 224))
    assert {name: tuple(stage.shape) for name, stage in features.items()} == {
        "encoder/stem": (1, 8, 112, 112),
        "encoder/down": (1, 16, 56, 56),
        "encoder/attend": (1, 16, 56, 56),
        "latent": (1, 16, 28, 28),
        "decoder/expand": (1, 16, 56, 56),
        "decoder/attend": (1, 16, 56, 56),
        "decoder/up": (1, 8, 112, 112),
        "decoder/image": (1, 3, 224, 224),
        "decoder/map": (1, 8, 112, 112),
    }
    assert not any(stage.requires_grad for stage in features.values())


@pytest.mark.parametrize("width", SIZES.values())
def test_the_width_sets_the_channels_and_nothing_else(width: int) -> None:
    network = seeded(0, width=width)
    for name, stage in network.features(torch.rand(1, 3, 224, 224)).items():
        narrow = {112: width // 2, 224: 3}
        assert stage.shape[1] == narrow.get(stage.shape[2], width), name
    image, latent = network(torch.rand(1, 3, 224, 224))
    assert image.shape == (1, 3, 224, 224)
    assert latent.shape == (1, width, 28, 28)


def test_forward_is_decode_after_encode(model: StreamingVideoAutoencoder) -> None:
    frame = torch.rand(1, 3, 224, 224)
    image, latent = model(frame)
    assert latent.shape == (1, 16, 28, 28)
    assert torch.equal(latent, model.encode(frame))
    assert torch.equal(image, model.decode(latent))
    assert image.min() >= 0
    assert image.max() <= 1


def test_every_parameter_gets_a_gradient(model: StreamingVideoAutoencoder) -> None:
    image, _ = model(torch.rand(1, 3, 224, 224))
    image.square().mean().backward()
    idle = [name for name, p in model.named_parameters() if p.grad is None]
    assert idle == []


def test_the_decoder_corrects_the_log_odds_of_the_direct_path(
    model: StreamingVideoAutoencoder,
) -> None:
    latent = torch.rand(1, 16, 28, 28) - 0.5
    pixels = F.pixel_shuffle(model.direct.decode(latent), 8).clamp(1 / 1024, 1 - 1 / 1024)
    expected = torch.sigmoid(torch.logit(pixels) + model.decoder(latent))
    torch.testing.assert_close(model.decode(latent), expected)


def test_the_spatial_bias_shifts_the_position_it_belongs_to(
    model: StreamingVideoAutoencoder,
) -> None:
    latent = torch.rand(1, 16, 28, 28)
    before = model.decoder.stages(latent)["up"]
    with torch.no_grad():
        assert model.decoder.map is not None
        model.decoder.map.view(112, 112, 8)[30, 70, 5] = 100.0
    moved = model.decoder.stages(latent)["up"] - before
    assert moved[0, 5, 30, 70] > 90
    assert (moved != 0).sum() == 1


def test_without_its_spatial_bias_everything_goes_through_the_latent() -> None:
    whole, without = seeded(3), seeded(3, with_spatial_bias=False)
    assert "decoder.map" not in without.state_dict()
    assert "decoder/map" not in without.features(torch.rand(1, 3, 224, 224))
    frame = torch.rand(1, 3, 224, 224)
    torch.testing.assert_close(without(frame), whole(frame))  # the bias begins at nothing
    whole.load_state_dict(without.state_dict() | {"decoder.map": whole.decoder.map})


def test_the_groups_are_all_parameters_once(model: StreamingVideoAutoencoder) -> None:
    weights, bias = model.parameter_groups()
    assert bias == {"params": [model.decoder.map], "l2_init": SPATIAL_BIAS_L2_INIT}
    assert isinstance(weights["params"], list)
    together = [*weights["params"], model.decoder.map]
    assert sorted(map(id, together)) == sorted(map(id, model.parameters()))
    (only,) = seeded(0, with_spatial_bias=False).parameter_groups()
    assert "l2_init" not in only


def test_three_convolutions_are_normalised_and_both_halves_have_two_heads(
    model: StreamingVideoAutoencoder,
) -> None:
    shares = {
        name: module.blend.unique().tolist()
        for name, module in model.named_modules()
        if isinstance(module, NormLeakyReLU) and module.blend is not None
    }
    assert shares == {
        "encoder.stem_norm": [pytest.approx(0.05)],
        "encoder.down_norm": [pytest.approx(0.05)],
        "decoder.up_norm": [0.0],
    }
    assert model.encoder.compression.heads == model.decoder.decompression.heads == 2


@pytest.mark.parametrize("norm", ["blended", "plain", "none"])
@pytest.mark.parametrize("heads", [1, 4])
def test_norm_and_heads_are_arguments(norm: Norm, heads: int) -> None:
    network = StreamingVideoAutoencoder(norm=norm, heads=heads)
    image, latent = network(torch.rand(1, 3, 224, 224))
    assert (image.shape, latent.shape) == ((1, 3, 224, 224), (1, 16, 28, 28))
    assert len(network.encoder.compression.bias) == len(network.decoder.decompression.bias) == heads
    image.mean().backward()
    assert all(weight.grad is not None for weight in network.parameters())


def test_what_cannot_be_made_is_refused() -> None:
    with pytest.raises(ValueError, match="heads must divide the 16 channels, got 3"):
        StreamingVideoAutoencoder(heads=3)
    with pytest.raises(ValueError, match="norm must be 'blended', 'plain' or 'none', got None"):
        StreamingVideoAutoencoder(norm=None)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_picture_twice_as_bright_is_shown_so() -> None:
    torch.manual_seed(0)
    frame = 0.4 * F.interpolate(torch.rand(1, 3, 14, 14), scale_factor=16, mode="bilinear")
    learner = StreamLearner(seeded(0), seed=0)
    for _ in range(40):
        learner.learn_one(frame)
    shown = learner.predict_one(2.0 * frame)
    as_before = frame.square().mean().item()
    assert shown.losses.mse < 0.05 * as_before
    assert shown.image.mean().item() == pytest.approx(2.0 * frame.mean().item(), rel=0.1)


def test_weights_start_sparse_and_no_unit_starts_dead(model: StreamingVideoAutoencoder) -> None:
    weight = model.encoder.down.weight  # fan-in 8 × 4 × 4
    zeros = (weight == 0).flatten(1).float().mean(1)
    assert zeros.min() >= 0.89
    assert zeros.max() < 1
    transposed = model.decoder.up.weight.transpose(0, 1)  # (out, in, 4, 4)
    assert (transposed != 0).flatten(1).any(1).all()


def test_another_shape_is_refused(model: StreamingVideoAutoencoder) -> None:
    with pytest.raises(ValueError, match=r"\(1, 3, 224, 224\), got \(1, 3, 225, 224\)"):
        model(torch.rand(1, 3, 225, 224))


def test_the_sizes_are_the_documented_ones() -> None:
    assert SIZES == {"small": 8, "base": 16, "large": 32}
    assert SIZES[SIZE] == 16
    assert SPATIAL_BIAS_L2_INIT == 5.0


def test_the_network_has_as_many_weights_as_documented(model: StreamingVideoAutoencoder) -> None:
    counts = {name: sum(p.numel() for p in m.parameters()) for name, m in model.named_children()}
    assert model.decoder.map is not None
    bias = model.decoder.map.numel()
    assert bias == 112 * 112 * 8
    assert (counts["encoder"], counts["decoder"] - bias) == (14928, 13459)


def test_every_stage_follows_from_the_one_before(model: StreamingVideoAutoencoder) -> None:
    def normed(x: torch.Tensor, *, share: float) -> torch.Tensor:
        spread = (x - x.mean()) / (x.var(unbiased=False) + EPSILON).sqrt()
        z = (1.0 - share) * x + share * spread
        return torch.where(z > 0, z, 0.01 * z)

    encoder, decoder = model.encoder, model.decoder
    frame = torch.rand(1, 3, 224, 224)
    stages = encoder.stages(frame)
    torch.testing.assert_close(stages["stem"], normed(encoder.stem(frame), share=0.05))
    torch.testing.assert_close(stages["down"], normed(encoder.down(stages["stem"]), share=0.05))
    attended = encoder.attention(stages["down"])
    torch.testing.assert_close(stages["attend"], attended + encoder.mix(attended))
    torch.testing.assert_close(stages["code"], encoder.compression(stages["attend"]))
    latent = stages["code"] + model.direct.encode(frame)

    back = decoder.stages(latent)
    torch.testing.assert_close(back["expand"], decoder.decompression(latent))
    attended = decoder.attention(back["expand"])
    torch.testing.assert_close(back["attend"], attended + decoder.mix(attended))
    torch.testing.assert_close(back["up"], normed(decoder.up(back["attend"]), share=0.0))
    features = model.features(frame)
    assert [*features] == [
        "encoder/stem",
        "encoder/down",
        "encoder/attend",
        "latent",
        "decoder/expand",
        "decoder/attend",
        "decoder/up",
        "decoder/image",
        "decoder/map",
    ]
    torch.testing.assert_close(features["latent"], latent)
    torch.testing.assert_close(features["decoder/image"], model(frame).image)


def test_the_first_weights_depend_on_the_seed_alone() -> None:
    state = torch.get_rng_state()
    one, same, other = seeded(1), seeded(1), seeded(2)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(one.encoder.down.weight, same.encoder.down.weight)
    assert not torch.equal(one.encoder.down.weight, other.encoder.down.weight)


def test_the_direct_path_gives_a_picture_before_anything_is_learned() -> None:
    ramp = torch.linspace(0.3, 0.7, 224).expand(1, 3, 224, 224)
    path = seeded(0).direct
    made = F.pixel_shuffle(path.decode(path.encode(ramp)), 8)
    assert (made - ramp).abs().max() < 0.01
    weight = seeded(0).encoder.down.weight
    assert weight.is_contiguous(memory_format=torch.channels_last)


def test_both_halves_are_of_the_default_size() -> None:
    latent = Encoder()(torch.rand(1, 3, 224, 224))
    assert latent.shape == (1, 16, 28, 28)
    assert Decoder()(latent).shape == (1, 3, 224, 224)


def test_a_generator_gives_the_first_weights() -> None:
    before = torch.get_rng_state()
    made = StreamingVideoAutoencoder(generator=torch.Generator().manual_seed(7))
    assert torch.equal(torch.get_rng_state(), before)
    for weight, other in zip(made.parameters(), seeded(7).parameters(), strict=True):
        assert torch.equal(weight, other)
    torch.manual_seed(7)
    for weight, other in zip(
        StreamingVideoAutoencoder().parameters(), made.parameters(), strict=True
    ):
        assert torch.equal(weight, other)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_the_seeded_network_is_in_float32_whatever_the_default(dtype: torch.dtype) -> None:
    expected = seeded(1).state_dict()
    torch.set_default_dtype(dtype)
    try:
        found = seeded(1).state_dict()
    finally:
        torch.set_default_dtype(torch.float32)
    assert all(torch.equal(found[name], value) for name, value in expected.items())
    assert {value.dtype for value in found.values()} == {torch.float32}


@pytest.mark.slow
def test_it_can_be_exported_as_any_network(model: StreamingVideoAutoencoder) -> None:
    frame = torch.rand(1, 3, 224, 224)
    exported = torch.export.export(model, (frame,)).module()
    torch.testing.assert_close(exported(frame).image, model(frame).image)
