import os
import unicodedata
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from stream_ae.errors import SourceError
from stream_ae.sources.image_listing import find_images, natural_order


def save(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (2, 2)).save(folder / name)


def names_in(pattern: Path | str) -> list[str]:
    return [path.name for path in find_images(str(pattern)).images]


@given(numbers=st.lists(st.integers(0, 10**6), min_size=2, unique=True))
def test_numbers_are_ordered_by_value(numbers: list[int]) -> None:
    names = [Path(f"a{number}b") for number in numbers]
    assert sorted(names, key=natural_order) == [Path(f"a{number}b") for number in sorted(numbers)]


@given(
    names=st.lists(st.text(st.characters(exclude_characters="/\0"), min_size=1), min_size=2),
    chance=st.randoms(use_true_random=False),
)
def test_any_names_have_one_order(names: list[str], chance: Random) -> None:
    paths = [Path("folder", name) for name in names]
    ordered = sorted(paths, key=natural_order)
    chance.shuffle(paths)
    assert sorted(paths, key=natural_order) == ordered


@given(
    word=st.text(st.sampled_from("aeéÉåçñṩ한ßİ가"), min_size=1),
    numbers=st.lists(st.integers(0, 200), min_size=2, max_size=6, unique=True),
    forms=st.lists(st.sampled_from(("NFC", "NFD")), min_size=6, max_size=6),
)
def test_the_two_encodings_of_a_letter_have_one_place(
    word: str, numbers: list[int], forms: list[str]
) -> None:
    normalize = unicodedata.normalize
    names = {
        normalize(form, f"{word}{number}.png"): number  # type: ignore[arg-type]
        for form, number in zip(forms, numbers, strict=False)
    }
    ordered = sorted(map(Path, names), key=natural_order)
    assert [names[path.name] for path in ordered] == sorted(names.values())


def test_names_that_are_not_utf_8_are_found_in_order(tmp_path: Path) -> None:
    for name in (b"caf\xe9 10.png", b"caf\xe9 9.png"):
        save(tmp_path, os.fsdecode(name))
    assert names_in(tmp_path) == ["caf\udce9 9.png", "caf\udce9 10.png"]


def test_only_what_is_an_image_is_found_and_the_rest_named(tmp_path: Path) -> None:
    save(tmp_path, "a.png", ".hidden.png", "inner/b.png")
    (tmp_path / "folder.png").mkdir()
    for name in ("notes.txt", "Thumbs.db", "film.mp4"):
        (tmp_path / name).write_text("no image")
    assert names_in(tmp_path) == ["a.png"]
    (event,) = find_images(str(tmp_path)).passed_over()
    assert event.kind == "passed_over"
    assert event.text == ("passed over 5 that are no images: film.mp4, folder.png, inner, …")


def test_where_all_are_images_nothing_is_said(tmp_path: Path) -> None:
    save(tmp_path, "a.png", ".b.png")
    assert find_images(str(tmp_path)).passed_over() == ()
    assert find_images(str(tmp_path / "a.png")).passed_over() == ()


def test_a_damaged_image_and_a_broken_link_are_images(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("damaged")
    (tmp_path / "b.jpg").symlink_to(tmp_path / "nowhere")
    assert names_in(tmp_path) == ["a.jpg", "b.jpg"]


def test_a_pipe_is_no_image_whatever_its_name(tmp_path: Path) -> None:
    save(tmp_path, "a.png")
    os.mkfifo(tmp_path / "b.png")
    assert find_images(str(tmp_path)).others == ("b.png",)


def test_glob_patterns(tmp_path: Path) -> None:
    save(tmp_path, "a/in2.png", "a/in10.png", "a/gt1.png", "b/in1.png", "a/.in3.png")
    (tmp_path / "a" / "in.txt").write_text("no image")
    assert names_in(tmp_path / "a" / "in*") == ["in2.png", "in10.png"]
    assert names_in(str(tmp_path / "**" / "in*.png")) == ["in2.png", "in10.png", "in1.png"]
    assert names_in(tmp_path / "a" / "in[0-9].png") == ["in2.png"]
    assert find_images(str(tmp_path / "**")).others == ("in.txt",), "folders were not meant"


def test_a_folder_whose_name_looks_like_a_pattern_is_a_folder(tmp_path: Path) -> None:
    save(tmp_path, "clip [1]/a.png")
    assert names_in(tmp_path / "clip [1]") == ["a.png"]


def test_a_folder_without_images(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no image")
    with pytest.raises(SourceError, match=r"expected .*\.jpg .*got 1 other") as caught:
        find_images(str(tmp_path))
    assert str(tmp_path) in str(caught.value)


def test_an_empty_folder_is_not_a_missing_one(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="got 0"):
        find_images(str(tmp_path))


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere.*no such file or folder"):
        find_images(str(tmp_path / "nowhere"))
    with pytest.raises(SourceError, match=r"\*\.png.*got 0"):
        find_images(str(tmp_path / "*.png"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir(mode=0)
    with pytest.raises(SourceError, match="Permission denied"):
        find_images(str(folder))


def test_a_data_set_gives_its_input_and_not_its_ground_truth(tmp_path: Path) -> None:
    save(tmp_path, "ROI.bmp", "input/in1.png", "input/in2.png")
    assert names_in(tmp_path) == ["ROI.bmp"], "nothing says that it is a data set"
    save(tmp_path, "groundtruth/gt1.png", "groundtruth/gt2.png", "groundtruth/gt3.png")
    assert names_in(tmp_path) == ["in1.png", "in2.png"]


@pytest.mark.parametrize(
    "names",
    [
        ["frame.png", "frame1.png", "frame2.png", "frame10.png"],
        ["scan.png", "scan (1).png", "scan (2).png", "scan (10).png"],
        ["IMG_0001.jpg", "IMG_0001(1).jpg", "IMG_0002.jpg"],
        ["cam/1.png", "cam/2.png", "cam 2/1.png", "cam-2/1.png"],
        ["shot.9.png", "shot.10.png", "shot.10.tif"],
        ["data.9", "data.10"],
    ],
)
def test_what_goes_on_comes_later(names: list[str]) -> None:
    assert sorted(map(Path, reversed(names)), key=natural_order) == [*map(Path, names)]
