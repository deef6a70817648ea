#!/usr/bin/python3
"""What a linear map's reconstruction error is when the frames are centred, superposed or left as they are, and when a molecule hardly tumbles.

    /usr/bin/python3 test/validate/reconstruction-conventions.py runs/ortho-terphenyl-cg/atoms/trajectory.h5 runs/ortho-terphenyl-cg/mapping/mapping.json

One molecule. Each site is the centroid of its atoms, the decoder is the optimal matrix on the atom index; errors are A^2 per coordinate.
"""
import json
import sys

import h5py
import numpy as np

with h5py.File(sys.argv[1]) as file:
    raw = np.array(file["particles/all/position/value"], float) * 10
    time = np.array(file["particles/all/position/time"], float)
assignment = np.array(json.load(open(sys.argv[2]))["assignment"])
frames, atoms, _ = raw.shape
encoder = np.array([(assignment == site) / np.sum(assignment == site) for site in range(assignment.max() + 1)])


def covariance(positions):
    samples = positions.transpose(0, 2, 1).reshape(-1, atoms)
    return samples.T @ samples / len(samples)


def error(positions):
    c = covariance(positions)
    decoder = c @ encoder.T @ np.linalg.pinv(encoder @ c @ encoder.T, rcond=1e-9)
    return (np.trace(c) - np.trace(decoder @ encoder @ c)) / atoms


def superpose(positions, onto):
    """Rotations without reflection onto one structure (Kabsch)."""
    out = np.empty_like(positions)
    for t, frame in enumerate(positions):
        u, _, vt = np.linalg.svd(frame.T @ onto)
        out[t] = frame @ (u @ np.diag([1, 1, np.sign(np.linalg.det(u @ vt))]) @ vt)
    return out


centred = raw - raw.mean(axis=1, keepdims=True)
mean = centred[0]
for _ in range(5):
    superposed = superpose(centred, mean)
    mean = superposed.mean(axis=0)
spectrum = np.sort(np.linalg.eigvalsh(covariance(centred)))[::-1] / atoms
print(f"{frames} frames of {atoms} atoms, {time[1] - time[0]:g} ps apart, {len(encoder)} sites")
print(f"centred: {error(centred):.4f}; lower bound of any linear map with {len(encoder)} sites {spectrum[len(encoder) - 1:].sum():.4f}")
print(f"as they are: {error(raw):.4f}; centred and superposed: {error(superposed):.4f}")
random = np.random.default_rng(1)
directions = random.normal(size=(400, 3))
far = [error(superposed[::10] + 50 * d / np.linalg.norm(d)) for d in directions]
print(f"superposed, 5 nm from the origin: {min(far):.3f} to {max(far):.3f} by direction, mean {np.mean(far):.3f}")
for count in (3, 10, 30, 100, 300, 1000):
    starts = range(0, frames - count, max(count, 50))
    windows = [error(centred[s : s + count] + 50 * d / np.linalg.norm(d)) for s, d in zip(starts, directions)]
    alone = [error(centred[s : s + count]) for s in starts]
    print(
        f"{count * (time[1] - time[0]):6g} ps at a stretch: centred {np.mean(alone):.3f} ({min(alone):.3f} to {max(alone):.3f}); "
        f"5 nm from the origin {np.mean(windows):.3f} ({min(windows):.3f} to {max(windows):.3f})"
    )
