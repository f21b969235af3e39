import pickle

from stream_ae.fleet.cluster import HubLink


def test_the_way_to_the_hub_travels_with_its_camera() -> None:
    assert pickle.loads(pickle.dumps(HubLink("shop"))) == HubLink("shop")
