import numpy as np
import pytest

from stream_ae.scenes.palette import BLACK, WHITE, blend, darken, lighten, pick, rgb


def test_colours_are_read_and_blended() -> None:
    assert rgb("#0a141e").tolist() == [10, 20, 30]
    assert blend("#000000", "#c86432", share=0) == "#000000"
    assert blend("#000000", "#c86432", share=1) == "#c86432"
    assert {pick(np.random.default_rng(seed), ("#1", "#2")) for seed in range(20)} == {"#1", "#2"}


def test_a_colour_in_shadow_and_in_the_sun() -> None:
    assert darken("#c86432", share=0.25) == blend("#c86432", BLACK, share=0.25)
    assert lighten("#c86432", share=0.25) == blend("#c86432", WHITE, share=0.25)
    shares = [darken("#646464"), lighten("#646464")]
    assert [rgb(colour).mean() for colour in shares] == pytest.approx([75, 128], abs=1.0)
