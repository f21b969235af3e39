from stream_ae.bench.hardware import bare_network, matmul_flops


def test_the_operations_of_the_network_are_counted() -> None:
    flops = bare_network(repeats=1).flops
    forward = 2 * (112**2 * 8 * 48 + 56**2 * 16 * 128)  # the first two convolutions alone
    assert 10 * forward < flops < 100 * forward


def test_a_matrix_product_is_faster_than_counting() -> None:
    assert matmul_flops(repeats=1) > 1e8
