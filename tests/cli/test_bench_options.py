import pytest

from stream_ae.bench import protocols
from stream_ae.bench.seeing.labelled import SCENE_FRAMES
from stream_ae.bench.seeing.methods import METHODS
from stream_ae.cli.bench_options import PARTS, RESULTS, add_bench
from stream_ae.cli.parser import Given, Parser, parse
from stream_ae.errors import ConfigError


def read(*words: str) -> tuple[str, Given]:
    parser = Parser(prog="stream-ae bench")
    add_bench(parser, source_help="a path")
    return parse(parser, words)


def test_the_parts_are_those_that_can_be_measured() -> None:
    assert tuple(protocols.PARTS) == PARTS


def test_lists_have_commas_between_their_members() -> None:
    assert read("learning", "--optimizers", "sgd, adam:0.1")[1]["optimizers"] == ["sgd", "adam:0.1"]
    assert read("speed", "a.mp4", "--threads", "1,2")[1]["threads"] == [1, 2]


@pytest.mark.parametrize(
    "name", ["learning", "speed", "foreground", "novelty", "optimizers", "compare", "results"]
)
def test_every_command_says_where_results_are(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        read(name, "--help")
    assert f"(default: {RESULTS})" in " ".join(capsys.readouterr().out.split())


def test_help_names_the_methods_and_the_length_of_a_scene(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        read("foreground", "--help")
    text = " ".join(capsys.readouterr().out.split())
    assert f"(default: {','.join(METHODS)})" in text
    assert f"a scene: {SCENE_FRAMES})" in text


def test_an_empty_name_is_refused() -> None:
    with pytest.raises(ConfigError, match="names with commas between them, got 'sgd,,adam'"):
        read("learning", "--optimizers", "sgd,,adam")
