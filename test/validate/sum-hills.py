"""An independent reader of HILLS: python3 sum-hills.py FOLDER [FES]

Sums the hills of FOLDER/HILLS as PLUMED's format defines them, with nothing but numpy and the formula, and compares

* FOLDER/COLVAR: the column NAME.bias of every row with the sum of the hills that were there before it;
* FES (a fes.dat of the method "hills"): minus the sum of all hills, both with minimum 0.

Prints JSON: the largest difference of each, in the unit of the files, and the greatest bias.
"""
import json
import sys

import numpy as np


def table(path):
    """Columns by name and constants of a file in PLUMED's format."""
    fields, constants = [], {}
    with open(path) as lines:
        for line in lines:
            words = line.split()
            if line.startswith("#! FIELDS"):
                fields = words[2:]
            elif line.startswith("#! SET"):
                constants[words[2]] = words[3]
    data = np.atleast_2d(np.loadtxt(path, comments="#"))
    return {name: data[:, k] for k, name in enumerate(fields)}, constants


def number(text):
    return float({"pi": np.pi, "-pi": -np.pi}.get(text, text))


folder = sys.argv[1]
hills, constants = table(f"{folder}/HILLS")
names = [name for name in list(hills)[1:] if f"sigma_{name}" in hills]
periods = [number(constants[f"max_{n}"]) - number(constants[f"min_{n}"]) if f"min_{n}" in constants else None for n in names]
factor = hills["biasf"][0]
# Well-tempered hills stand in the file times gamma/(gamma - 1).
scale = (factor - 1) / factor if factor > 1 else 1.0


def total(point, count):
    """Sum of the first hills at a point, as they stand in the file."""
    square = np.zeros(count)
    for value, name, period in zip(point, names, periods):
        d = value - hills[name][:count]
        if period:
            d -= period * np.round(d / period)
        square += (d / hills[f"sigma_{name}"][:count]) ** 2
    if constants.get("kerneltype") != "stretched-gaussian":
        return float(np.sum(hills["height"][:count] * np.exp(-0.5 * square)))
    end = np.exp(-6.25)
    kernel = np.where(0.5 * square < 6.25, (np.exp(-0.5 * square) - end) / (1 - end), 0.0)
    return float(np.sum(hills["height"][:count] * kernel))


found = {}
colvar, _ = table(f"{folder}/COLVAR")
column = next(name for name in colvar if name.endswith(".bias"))
rows = np.linspace(0, len(colvar["time"]) - 1, min(2000, len(colvar["time"]))).astype(int)
worst, most = 0.0, 0.0
for row in rows:
    # A hill at time t is there from the next computation of forces on: rows of that time do not feel it.
    count = int(np.sum(hills["time"] < colvar["time"][row] - 1e-9))
    here = scale * total([colvar[name][row] for name in names], count)
    worst = max(worst, abs(here - colvar[column][row]))
    most = max(most, here)
found["bias"] = worst
found["greatestBias"] = most
if len(sys.argv) > 2:
    fes, _ = table(sys.argv[2])
    points = np.stack([fes[name] for name in names], axis=1)
    mine = np.array([-total(point, len(hills["time"])) for point in points])
    theirs = fes["file.free"]
    found["freeEnergy"] = float(np.max(np.abs((mine - mine.min()) - (theirs - theirs.min()))))
print(json.dumps(found))
