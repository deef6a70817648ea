"""Total energy of a system that the benchmarks described for OpenMM's CPU platform, along a run: one number a line.

water-drift-openmm.py FOLDER STEPS EVERY    reads FOLDER/system.json and FOLDER/state.f64
"""

import json
import os
import sys

import numpy

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "tools", "bench", "peers"))
from run_openmm import build, integrator_of, mm

folder, steps, every = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with open(os.path.join(folder, "system.json")) as file:
    description = json.load(file)
state = numpy.fromfile(os.path.join(folder, "state.f64"))
start, size = 1 + int(state[0]), 3 * len(description["masses"])
system = build(description, [float(x) for x in state[1:start]])
integrator = integrator_of(description)
context = mm.Context(system, integrator, mm.Platform.getPlatformByName("CPU"), {"Threads": "1"})
context.setPositions(state[start : start + size].reshape(-1, 3))
context.setVelocities(state[start + size :].reshape(-1, 3))
for _ in range(steps // every):
    integrator.step(every)
    now = context.getState(getEnergy=True)
    print(now.getPotentialEnergy()._value + now.getKineticEnergy()._value)
