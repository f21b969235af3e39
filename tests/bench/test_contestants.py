import pytest

from stream_ae.bench.contestants import GRIDS, Contestant, read_contestants
from stream_ae.errors import ConfigError


def test_a_name_may_carry_a_rate() -> None:
    assert read_contestants(["bounded", "Adam:0.003", "sgd"]) == [
        Contestant("bounded", "bounded", None),
        Contestant("Adam:0.003", "adam", 0.003),
        Contestant("sgd", "sgd", None),
    ]


def test_a_rate_that_was_given_is_the_only_one_tried() -> None:
    given, grid, own = read_contestants(["adam:0.5", "adam", "bounded"])
    assert given.rates == (0.5,)
    assert grid.rates == GRIDS["adam"]
    assert own.rates == (None,)


def test_a_name_may_leave_the_map_out() -> None:
    plain, grid, rate = read_contestants(["bounded-no-map", "adam-0.95-no-map", "sgd-no-map:0.3"])
    assert plain == Contestant("bounded-no-map", "bounded-no-map", None)
    assert grid.rates == GRIDS["adam-0.95"]
    assert rate == Contestant("sgd-no-map:0.3", "sgd-no-map", 0.3)


def test_an_optimizer_of_somebody_else_may_take_part() -> None:
    plain, rated = read_contestants(["torch.optim:RMSprop", "torch.optim:Adam:0.003"])
    assert plain == Contestant("torch.optim:RMSprop", "torch.optim:RMSprop", None)
    assert rated == Contestant("torch.optim:Adam:0.003", "torch.optim:Adam", 0.003)
    assert (plain.rates, rated.rates) == ((None,), (0.003,))


def test_the_first_network_may_take_part_without_learning() -> None:
    (frozen,) = read_contestants(["Frozen"])
    assert (frozen.name, frozen.rates) == ("frozen", (None,))


@pytest.mark.parametrize("name", GRIDS)
def test_a_grid_has_six_rising_rates_of_an_optimizer_that_there_is(name: str) -> None:
    assert len(GRIDS[name]) == 6
    assert sorted(set(GRIDS[name])) == [*GRIDS[name]]
    assert read_contestants([name])[0].name == name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sgd:fast", "name or name:lr, got 'sgd:fast'"),
        ("sgd:", "name or name:lr, got 'sgd:'"),
        ("sgd:-1", "lr must be positive and finite, got -1.0"),
        ("adma", "did you mean"),
        ("torch.optim:Nothing", "has no attribute 'Nothing'"),
    ],
)
def test_what_is_no_optimizer_is_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read_contestants(["bounded", text])


def test_an_optimizer_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match="got 'sgd' twice"):
        read_contestants(["sgd", "adam", "sgd"])
