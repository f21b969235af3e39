import pytest

from stream_ae import errors
from stream_ae.errors import MissingExtraError, SourceError, SourceLostError, StreamAEError


def test_every_error_is_in_the_tree_and_in_its_drawing() -> None:
    own = [value for value in vars(errors).values() if isinstance(value, type)]
    assert len(own) >= 7
    for kind in own:
        assert issubclass(kind, StreamAEError)
        assert kind.__name__ in (errors.__doc__ or "")


def test_a_bad_argument_is_none_of_ours() -> None:
    assert not issubclass(StreamAEError, ValueError | TypeError)


def test_a_lost_stream_is_a_source_that_failed() -> None:
    with pytest.raises(SourceError):
        raise SourceLostError("the camera is gone")


def test_a_missing_extra_says_how_to_get_it() -> None:
    error = MissingExtraError("PyAV", purpose="reading a video", extra="video")
    assert str(error) == (
        "reading a video needs PyAV, which is not installed; pip install 'stream-ae[video]'"
    )
