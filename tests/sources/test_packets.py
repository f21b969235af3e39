from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Stream
from tests.support.clips import H264, JPEG, MPEG4, Codec, pictures, write_clip
from tests.support.http_server import HttpServer

from stream_ae.scenes import SCENES
from stream_ae.sources import packets as packets_module
from stream_ae.sources.base import Source
from stream_ae.sources.image_folder import ImageFolder
from stream_ae.sources.live import LiveStream
from stream_ae.sources.packets import EncodedPacket
from stream_ae.sources.pipe import Pipe
from stream_ae.sources.scene import SceneSource
from stream_ae.sources.video_file import VideoFile


def taken(source: Source, *, frames: int = 0) -> list[EncodedPacket]:
    """All packets that come with some frames of a source, or with all."""
    assert source.packets is not None
    source.packets.is_open = True
    found: list[EncodedPacket] = []
    with source:
        for frame in source:
            found += source.packets.take()
            if frame.index + 1 == frames:
                break
    return found + source.packets.take()


def demuxed(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", H264), ("a.mkv", MPEG4), ("a.avi", JPEG), ("a.ts", H264)]
)
def test_the_packets_are_those_of_the_file(tmp_path: Path, name: str, codec: Codec) -> None:
    path = write_clip(tmp_path / name, pictures(30), codec=codec)
    found = taken(VideoFile(path))
    assert [packet.data for packet in found] == demuxed(path)
    assert found[0].is_key
    assert {packet.form for packet in found} == {found[0].form}
    assert found[0].form.codec == {"libx264": "h264"}.get(codec.name, codec.name)
    numbers = [packet.number for packet in found]
    assert numbers == list(range(numbers[0], numbers[0] + 30))
    times = [packet.dts for packet in found if packet.dts is not None]
    assert times == sorted(times)


def test_they_cost_nothing_where_nobody_wants_them(tmp_path: Path) -> None:
    source = VideoFile(write_clip(tmp_path / "a.mp4", pictures(5)))
    assert len(list(source)) == 5
    assert source.packets is not None
    assert source.packets.take() == []


def test_each_pass_has_a_form_of_its_own(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", pictures(5))
    found = taken(VideoFile(path, loop=True), frames=11)
    first, second = (found[index].form for index in (0, 5))
    assert first is found[4].form
    assert first is not second


def test_a_form_outlives_its_stream(tmp_path: Path) -> None:
    found = taken(VideoFile(write_clip(tmp_path / "a.mp4", pictures(5))))
    template = found[0].form.template
    assert template is not None
    with av.open(str(tmp_path / "b.mkv"), "w") as container:
        stream: Stream = container.add_stream_from_template(template)
        for kept in found:
            packet = av.Packet(kept.data)
            packet.stream, packet.pts, packet.dts = stream, kept.pts, kept.dts
            packet.time_base, packet.is_keyframe = kept.time_base, kept.is_key
            container.mux(packet)
    with av.open(str(tmp_path / "b.mkv")) as again:
        assert sum(1 for _ in again.decode(video=0)) == 5


def test_a_codec_that_no_clip_holds_does_not_stop_the_stream(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.avi", pictures(5), codec=Codec("huffyuv", "yuv422p"))
    found = taken(VideoFile(path))
    assert len(found) == 5
    assert (found[0].form.codec, found[0].form.template) == ("huffyuv", None)


def test_what_nobody_takes_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_clip(tmp_path / "a.avi", pictures(30), codec=JPEG)
    sizes = [len(data) for data in demuxed(path)]
    monkeypatch.setattr(packets_module, "MOST_BYTES", sum(sizes[-4:]))
    source = VideoFile(path)
    assert source.packets is not None
    source.packets.is_open = True
    assert len(list(source)) == 30
    found = source.packets.take()
    assert 3 <= len(found) <= 5
    assert [packet.data for packet in found] == demuxed(path)[-len(found) :]
    assert [packet.number for packet in found] == list(range(31 - len(found), 31))
    assert source.packets._added == source.packets._taken


def test_a_camera_and_a_pipe_have_packets_too(tmp_path: Path) -> None:
    with HttpServer(pictures(20)) as server:
        found = taken(LiveStream(f"{server.url}/live"), frames=3)
    assert found[0].form.codec == "mjpeg"
    assert all(packet.is_key for packet in found)
    path = write_clip(tmp_path / "a.ts", pictures(30))
    with path.open("rb") as file:
        assert len(taken(Pipe(f"/dev/fd/{file.fileno()}"))) == 30


def test_what_is_not_encoded_has_none(tmp_path: Path) -> None:
    from PIL import Image

    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(tmp_path / "1.png")
    assert ImageFolder(tmp_path).packets is None
    assert SceneSource(next(iter(SCENES))).packets is None
