#!/usr/bin/python3
"""g(r), bonds and angles of liquid hexane as three sites, beside those that VOTCA's authors computed with GROMACS and the same force field.

    /usr/bin/python3 test/validate/hexane-published.py runs/hexane-published/atoms/trajectory.h5

Published: the target distributions of csg-tutorials/hexane of VOTCA, the tutorial to Ruehle & Junghans, Macromol. Theory Simul. 20, 472 (2011): 1000 molecules, OPLS-AA
as GROMACS has it (with later torsions than the paper's), 300 K, 0.6487 g/cm3, cut-off 1.22 nm, PME, flexible bonds, 10 ns. Read there at every fourth bin; heights are means over
bins of 0.01 nm around r. Sites are centres of mass of CH3CH2 (A), CH2CH2 (B), CH2CH3 (A), not centroids as everywhere else in this project, because theirs are.

Torsions forget their state in some 20 ps, so blocks are a few at most: errors from eight blocks of a run of less than 400 ps are too small.
"""
import sys

import h5py
import numpy as np

R = np.arange(0.36, 1.3201, 0.04)
published = {
    "A-A": [0.0488, 0.4747, 1.2083, 1.5866, 1.4548, 1.1684, 0.9819, 0.8617, 0.7996, 0.7860, 0.8207, 0.8978, 0.9943,
            1.0776, 1.1228, 1.1158, 1.0692, 1.0133, 0.9717, 0.9500, 0.9457, 0.9571, 0.9777, 1.0011, 1.0200],
    "A-B": [0.0124, 0.2502, 0.8379, 1.2729, 1.3178, 1.2126, 1.1461, 1.0719, 1.0229, 0.9672, 0.8952, 0.8660, 0.8999,
            0.9659, 1.0258, 1.0575, 1.0599, 1.0451, 1.0249, 1.0045, 0.9864, 0.9747, 0.9720, 0.9784, 0.9908],
    "B-B": [0.0031, 0.1103, 0.5530, 1.0140, 1.1574, 1.1533, 1.1662, 1.1499, 1.1612, 1.1446, 1.0488, 0.9582, 0.9276,
            0.9366, 0.9656, 0.9917, 1.0042, 1.0118, 1.0175, 1.0185, 1.0125, 1.0022, 0.9918, 0.9872, 0.9887],
}
# Positions of maxima; part of the bonds below the minimum between them (the torsion of an end is gauche), and of the angles below each minimum.
bond_maxima, angle_maxima = (0.237, 0.261), (2.18, 2.71, 3.045)
bond_minimum, short_bonds = 0.248, 0.223
angle_minima, angle_parts = (2.405, 2.856), (0.180, 0.361, 0.459)

with h5py.File(sys.argv[1]) as file:
    group = file["particles/all"]
    positions = group["position/value"]
    edges = group["box/edges"]
    edges = np.array(edges["value"][0] if hasattr(edges, "keys") else edges, float)
    box = np.diag(edges) if edges.ndim == 2 else edges
    masses = np.array(group["mass"], float)[:20]
    molecules = positions.shape[1] // 20
    carbons = np.flatnonzero(masses > 6)
    first = np.array(positions[0][:20], float)
    first = first[0] + (first - first[0]) - box * np.round((first - first[0]) / box)
    near = np.linalg.norm(first[:, None] - first[None], axis=-1) < 0.17  # bonded carbons
    chain = [next(i for i in carbons if near[i, carbons].sum() == 2)]
    while len(chain) < 6:
        chain.append(next(j for j in carbons if near[chain[-1], j] and j not in chain))
    # Two carbons along the chain make a site; hydrogens follow the carbon that they are bonded to.
    owner = [min(carbons, key=lambda j: np.linalg.norm(first[i] - first[j])) for i in range(20)]
    site = np.array([chain.index(carbon) // 2 for carbon in owner])
    frames = []
    for k in range(positions.shape[0]):
        x = np.array(positions[k], float).reshape(molecules, 20, 3)
        x -= box * np.round((x - x[:, :1]) / box)
        frames.append(np.stack([np.average(x[:, site == s], axis=1, weights=masses[site == s]) for s in range(3)], axis=1))
frames = np.array(frames)
blocks = np.array_split(frames, 8)
edges = np.arange(0.005, 1.33, 0.01)
volume = np.prod(box)
shell = 4 / 3 * np.pi * np.diff(edges**3)


def rdf(block, a, b):
    """g(r) of sites of different molecules; a and b are lists of sites of a molecule."""
    counts = np.zeros(len(edges) - 1)
    for frame in block:
        for s in a:
            for t in b:
                d = frame[:, None, s] - frame[None, :, t]
                d -= box * np.round(d / box)
                r = np.sqrt((d**2).sum(-1))[~np.eye(molecules, dtype=bool)]
                counts += np.histogram(r, edges)[0]
    return counts / len(block) / (len(a) * len(b) * molecules * (molecules - 1) / volume * shell) * (1 - 1 / molecules)


centre = edges[:-1] + 0.005
at = [int(np.argmin(np.abs(centre - r))) for r in R]
print("pair   mean |difference|  expected from noise  r of the first maximum, ours (published)  height")
peaks = {"A-A": (0.49, 1.598), "A-B": (0.50, 1.340), "B-B": (0.60, 1.166)}
for pair, (a, b) in {"A-A": ([0, 2], [0, 2]), "A-B": ([0, 2], [1]), "B-B": ([1], [1])}.items():
    each = np.array([rdf(block, a, b) for block in blocks])
    g, error = each.mean(0), each.std(0, ddof=1) / np.sqrt(len(blocks))
    difference = np.abs(g[at] - published[pair]).mean()
    top = int(np.argmax(g))
    print(f"{pair}    {difference:.4f}             {np.sqrt(2 / np.pi) * error[at].mean():.4f}               {centre[top]:.2f} ({peaks[pair][0]:.2f})  {g[top]:.3f} +- {error[top]:.3f} ({peaks[pair][1]:.3f})")
bond = np.concatenate([np.linalg.norm(frames[:, :, 0] - frames[:, :, 1], axis=-1), np.linalg.norm(frames[:, :, 2] - frames[:, :, 1], axis=-1)]).ravel()
u, v = frames[:, :, 0] - frames[:, :, 1], frames[:, :, 2] - frames[:, :, 1]
angle = np.arccos(np.clip((u * v).sum(-1) / np.linalg.norm(u, axis=-1) / np.linalg.norm(v, axis=-1), -1, 1)).ravel()


def maxima(values, width, wanted):
    density, grid = np.histogram(values, np.arange(values.min(), values.max() + width, width), density=True)
    middle = 0.5 * (grid[1:] + grid[:-1])
    return [float(middle[near][np.argmax(density[near])]) for near in (np.abs(middle - w) < 6 * width for w in wanted)]


print("maxima of the bond lengths, nm:", [round(x, 4) for x in maxima(bond, 0.001, bond_maxima)], "published", bond_maxima)
print("maxima of the angles, rad:", [round(x, 3) for x in maxima(angle, 0.02, angle_maxima)], "published", angle_maxima)


def part(values, low, high):
    """Of all values those between two, with the error from the blocks of frames."""
    inside = [((block >= low) & (block < high)).mean() for block in np.array_split(values.reshape(len(frames), -1), len(blocks))]
    return f"{np.mean(inside):.3f} +- {np.std(inside, ddof=1) / np.sqrt(len(inside)):.3f}"


by_frame = np.stack([np.linalg.norm(u, axis=-1), np.linalg.norm(v, axis=-1)], axis=-1)
print("part of the bonds below", bond_minimum, "nm:", part(by_frame, 0, bond_minimum), "published", short_bonds)
limits = (0, *angle_minima, 4)
print("parts of the angles in the three maxima:", ", ".join(part(angle, *limits[k : k + 2]) for k in range(3)), "published", angle_parts)
