import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.stream import VideoStream
from tests.support.clips import JPEG, Codec, pictures, write_clip
from tests.support.full_disk import full_disk
from tests.support.packets import encoded, shown

from stream_ae.errors import MissingExtraError
from stream_ae.observers.clips.clip_file import ClipFile
from stream_ae.observers.clips.ring import Seen
from stream_ae.sources.packets import EncodedPacket
from stream_ae.sources.video_file import VideoFile

VP9 = Codec("libvpx-vp9", "yuv420p")


def write(path: Path, packets: list[EncodedPacket], *, start: float = 0.0) -> ClipFile:
    """A clip of packets that come 10 a second, not yet ended."""
    clip = ClipFile(path, form=packets[0].form, start=start)
    for number, packet in enumerate(packets):
        clip.write(Seen(packet, number / 10))
    return clip


def test_an_mp4_shows_exactly_what_was_asked_for(tmp_path: Path) -> None:
    packets = encoded(tmp_path / "a.mp4")
    clip = write(tmp_path / "clips" / "one", packets[10:50], start=1.5)
    assert clip.finish() == tmp_path / "clips" / "one.mp4"
    np.testing.assert_array_equal(shown(clip.path), shown(tmp_path / "a.mp4")[25:50])
    with av.open(str(clip.path)) as container:
        assert container.duration is not None
        assert container.duration / av.time_base == pytest.approx(2.5)


def test_it_is_hidden_until_it_is_whole(tmp_path: Path) -> None:
    clip = write(tmp_path / "clips" / "one", encoded(tmp_path / "a.mp4"))
    assert [path.name for path in (tmp_path / "clips").iterdir()] == [".one.mp4.partial"]
    clip.finish()
    assert [path.name for path in (tmp_path / "clips").iterdir()] == ["one.mp4"]


def test_one_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    clip = write(tmp_path / "clips" / "one", encoded(tmp_path / "a.mp4"))
    clip.discard()
    clip.discard()
    assert list((tmp_path / "clips").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "codec", "suffix"), [("a.avi", JPEG, ".mkv"), ("a.webm", VP9, ".mp4")]
)
def test_the_codec_decides_on_the_file(
    tmp_path: Path, name: str, codec: Codec, suffix: str
) -> None:
    packets = encoded(tmp_path / name, codec=codec, count=20)
    clip = write(tmp_path / "one", packets)
    assert clip.finish().suffix == suffix
    np.testing.assert_array_equal(shown(clip.path), shown(tmp_path / name))


def test_one_that_ends_before_it_should_begin_is_playable(tmp_path: Path) -> None:
    packets = encoded(tmp_path / "a.mp4")
    clip = write(tmp_path / "one", packets[:10], start=99.0)
    clip.finish()
    np.testing.assert_array_equal(shown(clip.path), shown(tmp_path / "a.mp4")[9:10])


def test_times_that_repeat_or_are_missing_are_put_in_order(tmp_path: Path) -> None:
    packets = encoded(tmp_path / "a.mp4", count=12)
    packets[3] = replace(packets[3], pts=packets[2].pts, dts=packets[2].dts)
    packets[5] = replace(packets[5], pts=None)
    packets[6] = replace(packets[6], dts=None)
    packets[8] = replace(packets[8], pts=None, dts=None)
    clip = write(tmp_path / "one", packets)
    clip.finish()
    np.testing.assert_array_equal(shown(clip.path), shown(tmp_path / "a.mp4"))


def test_a_stream_without_times_keeps_its_pace(tmp_path: Path) -> None:
    packets = [
        replace(packet, pts=None, dts=None, duration=1, time_base=Fraction(1, 10))
        for packet in encoded(tmp_path / "a.mp4", count=12)
    ]
    clip = write(tmp_path / "one", packets)
    clip.finish()
    with av.open(str(clip.path)) as container:
        times = [frame.time for frame in container.decode(video=0)]
    assert times == pytest.approx([number / 10 for number in range(12)])


def test_it_is_shown_as_the_stream_is(tmp_path: Path) -> None:
    def setup(stream: VideoStream) -> None:
        stream.set_display_matrix([0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30])
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)

    path = write_clip(tmp_path / "a.mp4", pictures(5), setup=setup)
    with VideoFile(path) as source:
        assert source.packets is not None
        source.packets.is_open = True
        frames = list(source)
        clip = write(tmp_path / "one", source.packets.take())
    with VideoFile(clip.finish()) as again:
        for frame, copied in zip(frames, again, strict=True):
            np.testing.assert_array_equal(copied.rgb, frame.rgb)
            assert copied.rgb.shape == (64, 48, 3)
            assert copied.pixel_aspect == frame.pixel_aspect == pytest.approx(3 / 4)


def test_what_ffmpeg_does_not_take_is_told_with_its_codec(tmp_path: Path) -> None:
    packets = encoded(tmp_path / "a.avi", codec=Codec("rawvideo", "bgr24"), count=2)
    clip = ClipFile(tmp_path / "one", form=packets[0].form, start=0.0)
    with pytest.raises(ValueError, match=r"^\.mkv does not hold this rawvideo: "):
        clip.write(Seen(packets[0], 0.0))
    clip.discard()
    assert [path.name for path in tmp_path.iterdir()] == ["a.avi"]


def test_a_full_disk_is_an_error_of_the_disk(tmp_path: Path) -> None:
    packets = encoded(tmp_path / "a.mp4")
    clip = write(tmp_path / "clips" / "one", packets)
    with full_disk(at=100), pytest.raises(OSError, match="File too large"):
        clip.finish()
    assert list((tmp_path / "clips").iterdir()) == []


def test_what_no_file_can_hold_is_refused(tmp_path: Path) -> None:
    packets = encoded(tmp_path / "a.mp4", count=1)
    packets[0].form.template = None
    with pytest.raises(ValueError, match="no file holds h264"):
        ClipFile(tmp_path / "clips" / "one", form=packets[0].form, start=0.0)
    assert not (tmp_path / "clips").exists()


def test_a_missing_extra_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packets = encoded(tmp_path / "a.mp4", count=1)
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MissingExtraError, match=r"stream-ae\[video\]"):
        ClipFile(tmp_path / "one", form=packets[0].form, start=0.0)
