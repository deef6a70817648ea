"""How well eigenvalues of the transfer operator can be known from weighted pairs at all: quotients of exact eigenfunctions, no learning.

usage: eigenfunction-sampling.py [sets]. Eigenfunctions are those of the generator on a grid (square-root approximation); pairs are simulated by
Euler-Maruyama from points of a higher temperature. For each way of drawing pairs it prints the standard deviation of one set of 20 000, in per cent of
the eigenvalue, and the mean over the sets with its error. Weights are those of the first frame, or of the middle of the pair.
"""
import sys

import numpy as np
import scipy.sparse as sparse
from scipy.ndimage import distance_transform_edt, map_coordinates
from scipy.sparse.linalg import eigsh


def mueller_brown(x, y):
    v, gx, gy = 0, 0, 0
    for A, a, b, c, X, Y in [(-200, -1, 0, -10, 1, 0), (-100, -1, 0, -10, 0, 0.5), (-170, -6.5, 11, -6.5, -0.5, 1.5), (15, 0.7, 0.6, 0.7, -1, 1)]:
        dx, dy = x - X, y - Y
        e = A * np.exp(a * dx * dx + b * dx * dy + c * dy * dy)
        v, gx, gy = v + e, gx + e * (2 * a * dx + b * dy), gy + e * (b * dx + 2 * c * dy)
    return v, gx, gy


def prinz(x, y):
    a, b, c = 0.8 * np.exp(-80 * x * x), 0.2 * np.exp(-80 * (x - 0.5) ** 2), 0.5 * np.exp(-40 * (x + 0.5) ** 2)
    return 4 * (x ** 8 + a + b + c), 4 * (8 * x ** 7 - 160 * x * a - 160 * (x - 0.5) * b - 80 * (x + 0.5) * c), 0 * x


def exact(field, kT, low, high, n, count):
    """The slowest eigenvalues and eigenfunctions on n cells a side."""
    d = len(low)
    h = [(b - a) / n for a, b in zip(low, high)]
    grid = list(np.meshgrid(*[a + (np.arange(n) + 0.5) * s for a, s in zip(low, h)], indexing="ij")) + ([] if d == 2 else [0.0])
    x, y = grid[0], grid[1] + 0 * grid[0]
    index = np.arange(x.size).reshape(x.shape)
    energy = field(x, y)[0].ravel()
    lowest = energy.min()
    kept = (energy - lowest) / kT < 32
    new = np.cumsum(kept) - 1
    e = (energy - lowest) / kT
    diagonal, rows, columns, values = np.zeros(kept.sum()), [], [], []
    for axis in range(d):
        first, second = index.take(range(n - 1), axis).ravel(), index.take(range(1, n), axis).ravel()
        middle = field((x.ravel()[first] + x.ravel()[second]) / 2, (y.ravel()[first] + y.ravel()[second]) / 2)[0]
        both = kept[first] & kept[second]
        i, j, m = first[both], second[both], (middle[both] - lowest) / kT
        rate = kT / h[axis] ** 2
        np.add.at(diagonal, new[i], rate * np.exp(e[i] - m))
        np.add.at(diagonal, new[j], rate * np.exp(e[j] - m))
        w = -rate * np.exp(0.5 * (e[i] + e[j]) - m)
        rows, columns, values = rows + [new[i], new[j]], columns + [new[j], new[i]], values + [w, w]
    shape = (kept.sum(),) * 2
    matrix = sparse.csc_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=shape) + sparse.diags(diagonal)
    eigenvalues, vectors = eigsh(matrix.tocsc(), k=count + 1, sigma=-1e-3, which="LM")
    order = np.argsort(eigenvalues)
    functions = []
    for k in order[1:]:
        f = np.full(x.size, np.nan)
        f[kept] = vectors[:, k] / np.exp(-0.5 * e[kept])
        f = f.reshape(x.shape)
        functions.append(f[tuple(distance_transform_edt(np.isnan(f), return_distances=False, return_indices=True))])
    at = lambda f, u, v: map_coordinates(f, np.array([(u - low[0]) / h[0] - 0.5] + ([(v - low[1]) / h[1] - 0.5] if d == 2 else [])), order=1, mode="nearest")
    return eigenvalues[order[1:]], functions, at


def draw(field, kT, drawn, low, high, count, rng):
    d = len(low)
    m = 20000 if d == 1 else 700
    grid = list(np.meshgrid(*[a + (np.arange(m) + 0.5) * (b - a) / m for a, b in zip(low, high)], indexing="ij")) + ([] if d == 2 else [0.0])
    x, y = grid[0].ravel(), (grid[1] + 0 * grid[0]).ravel()
    energy = field(x, y)[0]
    sums = np.cumsum(np.exp(-(energy - energy.min()) / drawn))
    k = np.searchsorted(sums, (np.arange(count) + rng.random(count)) / count * sums[-1])
    u = x[k] + (rng.random(count) - 0.5) * (high[0] - low[0]) / m
    v = y[k] + ((rng.random(count) - 0.5) * (high[1] - low[1]) / m if d == 2 else 0)
    return u, v, np.exp((energy[k] - energy.min()) / drawn - (field(u, v)[0] - energy.min()) / kT)


def study(name, field, kT, low, high, ways, sets, kept):
    eigenvalues, functions, at = exact(field, kT, low, high, 4000 if len(low) == 1 else 420, kept)
    print(f"{name}: {', '.join(f'{v:.5g}' for v in eigenvalues)}", flush=True)
    for weight, drawn, lag, steps in ways:
        found = []
        for seed in range(sets):
            rng = np.random.default_rng(seed)
            x, y, w = draw(field, kT, drawn, low, high, 20000, rng)
            w /= w.sum()

            def move(u, v, steps_, dt=lag / steps):
                for _ in range(steps_):
                    _, gx, gy = field(u, v)
                    u = u - dt * gx + np.sqrt(2 * kT * dt) * rng.standard_normal(len(u))
                    if len(low) == 2:
                        v = v - dt * gy + np.sqrt(2 * kT * dt) * rng.standard_normal(len(u))
                return u, v

            start, end = ((x, y), move(x, y, steps)) if weight == "first" else (move(x, y, steps // 2), move(x, y, steps // 2))
            row = []
            for f in functions:
                a, b = at(f, *start), at(f, *end)
                variance = 0.5 * ((w * a * a).sum() - (w * a).sum() ** 2 + (w * b * b).sum() - (w * b).sum() ** 2)
                row.append(-np.log(1 - (w * (b - a) ** 2).sum() / (2 * variance)) / lag)
            found.append(row)
        found = 100 * (np.array(found) / eigenvalues - 1)
        spread = found.std(0, ddof=1)
        text = "; ".join(f"{s:.1f} ({m:+.1f} +- {s / np.sqrt(sets):.1f})" for s, m in zip(spread, found.mean(0)))
        print(f"  weight of the {weight}, drawn at kT {drawn}, lag {lag}, {steps} steps: {text}", flush=True)


sets = int(sys.argv[1]) if len(sys.argv) > 1 else 16
study("Prinz, kT 1", prinz, 1, [-1.5], [1.5],
      [("first", 1.5, 0.005, 50), ("first", 1.5, 0.001, 20), ("middle", 1.5, 0.001, 20), ("middle", 6, 0.001, 20)], sets, 2)
study("Mueller-Brown, kT 10", mueller_brown, 10, [-2, -1], [1.6, 2.5],
      [("first", 40, 0.002, 200), ("first", 40, 0.0005, 100), ("middle", 40, 0.0005, 100)], sets, 2)
