from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from stream_ae.fleet.difference import difference
from stream_ae.fleet.spec import CameraSpec


def spec(name: str, *, cpus: float = 0.5, from_file: bool = True) -> CameraSpec:
    return CameraSpec(name, {"source": "scene:quiet"}, cpus=cpus, runs="r", from_file=from_file)


def named(*specs: CameraSpec) -> dict[str, CameraSpec]:
    return {each.name: each for each in specs}


def test_only_what_changed_is_touched() -> None:
    present = named(spec("same"), spec("other"), spec("gone"))
    wanted = named(spec("same"), spec("other", cpus=1.0), spec("new"))
    change = difference(present, wanted)
    assert change.start == (spec("new"),)
    assert change.stop == ("gone",)
    assert change.restart == (spec("other", cpus=1.0),)
    assert not change.is_none
    assert difference(wanted, wanted).is_none


def test_a_camera_that_was_added_by_name_stays_where_the_file_has_none() -> None:
    added = spec("added", from_file=False)
    assert difference(named(added), {}).is_none
    taken_over = difference(named(added), named(spec("added")))
    assert taken_over.restart == (spec("added"),)


_FLEETS = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from([0.25, 0.5]), max_size=6).map(
    lambda shares: named(*(spec(name, cpus=cpus) for name, cpus in shares.items()))
)


@given(_FLEETS, _FLEETS)
def test_what_is_done_makes_one_fleet_the_other(
    present: dict[str, CameraSpec], wanted: dict[str, CameraSpec]
) -> None:
    change = difference(present, wanted)
    after = {name: each for name, each in present.items() if name not in change.stop}
    assert not set(named(*change.start)) & set(after)
    assert set(named(*change.restart)) <= set(after)
    after |= named(*change.start, *change.restart)
    assert after == wanted
    for each in change.restart:
        assert present[each.name] == replace(each, cpus=0.75 - each.cpus)
