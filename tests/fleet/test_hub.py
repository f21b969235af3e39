import pickle

from stream_ae.fleet.hub import About, Done


def test_its_answers_travel() -> None:
    for answer in (Done(started=("a",), refused="no room"), About("1.0", runs="runs")):
        assert pickle.loads(pickle.dumps(answer)) == answer
