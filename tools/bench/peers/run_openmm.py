"""Runs a system that `md bench` described in JSON with OpenMM's CPU platform and prints how long it took.

run_openmm.py version
run_openmm.py run FOLDER THREADS WARM_UP STEPS    reads FOLDER/system.json and FOLDER/state.f64
"""

import json
import os
import sys
import time

try:
    import openmm as mm
except ImportError:
    from simtk import openmm as mm


def rows(flat, width):
    return [flat[k : k + width] for k in range(0, len(flat), width)] if flat else []


def tuples(force, arity):
    atoms = rows(force["atoms"], arity)
    width = len(force["parameters"]) // max(1, len(atoms))
    return zip(atoms, rows(force["parameters"], width))


def bonded_force(force, periodic):
    term = force["term"]
    if term == "harmonic-bond":
        out = mm.HarmonicBondForce()
        for atoms, (length, k) in tuples(force, 2):
            out.addBond(*atoms, length, k)
    elif term == "fene-bond":
        out = mm.CustomBondForce("-0.5*k*r0^2*log(1-(r/r0)^2)")
        out.addPerBondParameter("k")
        out.addPerBondParameter("r0")
        for atoms, parameters in tuples(force, 2):
            out.addBond(*atoms, parameters)
    elif term == "harmonic-angle":
        out = mm.HarmonicAngleForce()
        for atoms, (angle, k) in tuples(force, 3):
            out.addAngle(*atoms, angle, k)
    elif term == "rb-torsion":
        out = mm.RBTorsionForce()
        for atoms, parameters in tuples(force, 4):
            out.addTorsion(*atoms, *parameters)
    elif term == "periodic-torsion":
        out = mm.PeriodicTorsionForce()
        for atoms, (n, phase, k) in tuples(force, 4):
            out.addTorsion(*atoms, int(n), phase, k)
    else:
        raise SystemExit(f"no form of {term}")
    out.setUsesPeriodicBoundaryConditions(periodic)
    return out


def table(entry):
    return mm.Continuous1DFunction(entry["values"], entry["from"], entry["to"])


def tabulated_bonds(entry, periodic):
    out = mm.CustomCompoundBondForce(2, "f(distance(p1,p2))")  # the plain custom bond takes no table
    out.addTabulatedFunction("f", table(entry))
    for pair in rows(entry["pairs"], 2):
        out.addBond(pair, [])
    out.setUsesPeriodicBoundaryConditions(periodic)
    return out


def tabulated_pairs(description):
    out = mm.CustomNonbondedForce("f(r)")
    out.addTabulatedFunction("f", table(description["table"]))
    for _ in description["masses"]:
        out.addParticle([])
    for pair in rows(description["exclusions"], 2):
        out.addExclusion(*pair)
    periodic, open_space = mm.CustomNonbondedForce.CutoffPeriodic, mm.CustomNonbondedForce.CutoffNonPeriodic
    out.setNonbondedMethod(periodic if description["periodic"] else open_space)
    out.setCutoffDistance(description["cutoff"])
    return out


def lennard_jones(description):
    out = mm.NonbondedForce()
    charges = description["charges"] if description["coulomb"] else [0.0] * len(description["masses"])
    for particle in zip(charges, description["sigma"], description["epsilon"]):
        out.addParticle(*particle)
    for pair in rows(description["exclusions"], 2):
        out.addException(*pair, 0.0, 1.0, 0.0, True)
    if description["listed"]:
        for pair, (sigma, epsilon, charge) in tuples(description["listed"], 2):
            out.addException(*pair, charge, sigma, epsilon, True)
    periodic = mm.NonbondedForce.CutoffPeriodic if description["periodic"] else mm.NonbondedForce.CutoffNonPeriodic
    if description["mesh"]:
        periodic = mm.NonbondedForce.PME
        out.setPMEParameters(description["mesh"]["splitting"], *description["mesh"]["grid"])
    if description["cutoff"] is None:
        out.setNonbondedMethod(mm.NonbondedForce.NoCutoff)
    else:
        out.setNonbondedMethod(periodic)
        out.setCutoffDistance(description["cutoff"])
    out.setReactionFieldDielectric(description["dielectric"])
    out.setUseDispersionCorrection(description["dispersionCorrection"])
    if description["switchDistance"] is not None:
        out.setUseSwitchingFunction(True)
        out.setSwitchingDistance(description["switchDistance"])
    return out


def build(description, box):
    system = mm.System()
    for mass in description["masses"]:
        system.addParticle(mass)
    if description["constraints"]:
        for pair, (length,) in tuples(description["constraints"], 2):
            system.addConstraint(*pair, length)
    if description["periodic"]:
        system.setDefaultPeriodicBoxVectors(*[mm.Vec3(*row) for row in rows(box, 3)])
    for force in description["bonded"]:
        system.addForce(bonded_force(force, description["periodic"]))
    for entry in description["tabulatedBonds"]:
        system.addForce(tabulated_bonds(entry, description["periodic"]))
    system.addForce(tabulated_pairs(description) if "table" in description else lennard_jones(description))
    if description["removeCenterOfMass"] > 0:
        system.addForce(mm.CMMotionRemover(description["removeCenterOfMass"]))
    return system


def integrator_of(description):
    if description["integrator"] == "velocity-verlet":
        return mm.VerletIntegrator(description["timestep"])
    return mm.LangevinMiddleIntegrator(description["temperature"], description["friction"], description["timestep"])


def run(folder, threads, warm_up, steps):
    import numpy

    with open(os.path.join(folder, "system.json")) as file:
        description = json.load(file)
    state = numpy.fromfile(os.path.join(folder, "state.f64"))
    start, size = 1 + int(state[0]), 3 * len(description["masses"])
    system = build(description, [float(x) for x in state[1:start]])
    integrator = integrator_of(description)
    context = mm.Context(system, integrator, mm.Platform.getPlatformByName("CPU"), {"Threads": str(threads)})
    context.setPositions(state[start : start + size].reshape(-1, 3))
    context.setVelocities(state[start + size :].reshape(-1, 3))
    start_potential = context.getState(getEnergy=True).getPotentialEnergy()._value
    integrator.step(warm_up)
    context.getState(getPositions=True)
    wall, cpu = time.perf_counter(), time.process_time()
    integrator.step(steps)
    context.getState(getPositions=True)
    seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({"seconds": seconds, "cpuSeconds": cpu_seconds, "startPotential": start_potential}))


if __name__ == "__main__":
    if sys.argv[1] == "version":
        print(mm.version.short_version if hasattr(mm, "version") else mm.Platform.getOpenMMVersion())
    else:
        run(sys.argv[2], *[int(word) for word in sys.argv[3:6]])
