"""The structural similarity of :mod:`stream_ae.nn.ssim` and its gradient in one pass.

Row of places after row of places: the pixels that a window covers are blurred along the columns,
then along the row; the index and its slopes follow, and are spread back the same way. Of what is
spread only as many rows are kept as reach the next one, so that all of it stays near the processor.

Pictures are rows (h, w C). *Lanes* are such a row dealt out by the place within ``stride`` pixels,
(stride, w / stride C), so that what is a stride apart lies side by side.
"""

import numpy as np

from stream_ae.kernels.jit import Compiled, Rows

_TWO = np.float32(2.0)


def structure(
    image: Rows,
    target: Rows,
    *,
    channels: int,
    taps: Rows,
    constants: tuple[float, float],
    stride: int,
    weight: float = 0.0,
    slope: Rows | None = None,
) -> float:
    """Mean structural similarity of two pictures; its gradient is added where one is asked for.

    Args:
        image: (h, w C) in [0, 1], C values of a pixel side by side.
        target: the same shape and range.
        channels: C.
        taps: of the window, along both axes.
        constants: C₁ and C₂.
        stride: of the places, along both axes.
        weight: what the gradient is multiplied by.
        slope: to which it is added, shaped like ``image``; None for no gradient.
    """
    out = np.empty((0, 0), np.float32) if slope is None else slope
    c1, c2 = (np.float32(constant) for constant in constants)
    index: float = _structure(image, target, channels, taps, c1, c2, stride, weight, out)
    return index


@Compiled
def _structure(image, target, channels, taps, c1, c2, stride, weight, slope):
    height, length = image.shape
    down = (height - taps.size) // stride + 1
    across = (length // channels - taps.size) // stride + 1
    values = down * across * channels
    reach = (taps.size + stride - 1) // stride
    lane = (length // channels + stride - 1) // stride * channels
    # Variances do not depend on the origin, but their rounding errors do: it is near the mean.
    origin, share = np.float32(_mean(target[::8])), np.float32(weight / values)
    rows = np.zeros((4, stride * lane), np.float32)
    spread = np.empty((reach, 3, stride * lane), np.float32)
    lanes = np.empty((4, stride, lane), np.float32)
    means = np.empty((4, across * channels), np.float32)
    slopes = np.empty((3, across * channels), np.float32)
    total = 0.0
    for place in range(down):
        first = place * stride
        _blur_columns(image[first:], target[first:], origin, taps, rows)
        _deal(rows, channels, lanes)
        _blur_row(lanes, channels, taps, means)
        total += _index(means, origin, c1, c2, slopes)
        if slope.size:
            _spread_row(slopes, channels, taps, lanes)
            _collect(lanes, channels, spread[place % reach])
            end = height if place == down - 1 else first + stride
            for row in range(first, end):
                _spread_columns(spread, row, place, stride, taps, rows)
                _add_slope(image[row], target[row], origin, rows, share, slope[row])
    return total / values


@Compiled
def _mean(picture):
    total = 0.0
    for row in picture:
        part = np.float32(0.0)
        for k in range(row.size):
            part += row[k]
        total += part
    return total / picture.size


@Compiled
def _blur_columns(image, target, origin, taps, rows):
    """E[x], E[y], E[x² + y²] and E[x y] of each column, of values relative to the origin."""
    rows[:] = 0.0
    mean_x, mean_y, squares, product = rows[0], rows[1], rows[2], rows[3]
    for t in range(taps.size):
        tap, xs, ys = taps[t], image[t], target[t]
        for k in range(xs.size):
            x, y = xs[k] - origin, ys[k] - origin
            mean_x[k] += tap * x
            mean_y[k] += tap * y
            squares[k] += tap * (x * x + y * y)
            product[k] += tap * x * y


@Compiled
def _deal(rows, channels, lanes):
    count, stride, length = lanes.shape
    for m in range(count):
        for s in range(stride):
            row, lane = rows[m, s * channels :], lanes[m, s]
            for c in range(channels):
                for j in range(length // channels):
                    lane[j * channels + c] = row[j * stride * channels + c]


@Compiled
def _collect(lanes, channels, rows):
    """The transpose of :func:`_deal`."""
    _, stride, length = lanes.shape
    for m in range(rows.shape[0]):
        for s in range(stride):
            row, lane = rows[m, s * channels :], lanes[m, s]
            for c in range(channels):
                for j in range(length // channels):
                    row[j * stride * channels + c] = lane[j * channels + c]


@Compiled
def _blur_row(lanes, channels, taps, means):
    """The four maps at every place of a row, (4, places C)."""
    means[:] = 0.0
    stride = lanes.shape[1]
    for m in range(4):
        mean = means[m]
        for t in range(taps.size):
            tap, lane = taps[t], lanes[m, t % stride, t // stride * channels :]
            for k in range(mean.size):
                mean[k] += tap * lane[k]


@Compiled
def _index(means, origin, c1, c2, slopes):
    """The sum of the index over a row, and its slopes by mean, by square and by product."""
    mean_x, mean_y, squares, product = means[0], means[1], means[2], means[3]
    by_mean, by_square, by_product = slopes[0], slopes[1], slopes[2]
    total = np.float32(0.0)
    for j in range(mean_x.size):
        x, y = mean_x[j], mean_y[j]
        mu_x, mu_y = x + origin, y + origin
        light, light_norm = _TWO * mu_x * mu_y + c1, mu_x * mu_x + mu_y * mu_y + c1
        structure = _TWO * (product[j] - x * y) + c2
        structure_norm = squares[j] - x * x - y * y + c2
        inverse = np.float32(1.0) / (light_norm * structure_norm)
        index = light * structure * inverse
        total += index
        square = -index * light_norm * inverse
        joint = _TWO * light * inverse
        mean = mu_y * structure * inverse - mu_x * index * structure_norm * inverse - x * square
        by_mean[j], by_square[j], by_product[j] = _TWO * mean - y * joint, square, joint
    return total


@Compiled
def _spread_row(slopes, channels, taps, lanes):
    """The transpose of :func:`_blur_row`."""
    lanes[:3] = 0.0
    stride = lanes.shape[1]
    for m in range(3):
        slope = slopes[m]
        for t in range(taps.size):
            tap, lane = taps[t], lanes[m, t % stride, t // stride * channels :]
            for k in range(slope.size):
                lane[k] += tap * slope[k]


@Compiled
def _spread_columns(spread, row, place, stride, taps, rows):
    """What the rows of places up to ``place`` say of a row of pixels."""
    rows[:3] = 0.0
    for back in range(min(spread.shape[0], place + 1)):
        t = row - (place - back) * stride
        if t < taps.size:
            tap, values = taps[t], spread[(place - back) % spread.shape[0]]
            for m in range(3):
                out, row_of = rows[m], values[m]
                for k in range(out.size):
                    out[k] += tap * row_of[k]


@Compiled
def _add_slope(xs, ys, origin, rows, weight, slope):
    by_mean, by_square, by_product = rows[0], rows[1], rows[2]
    for k in range(slope.size):
        x, y = xs[k] - origin, ys[k] - origin
        slope[k] += weight * (by_mean[k] + _TWO * x * by_square[k] + y * by_product[k])
