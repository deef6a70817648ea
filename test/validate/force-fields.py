"""Prints a small molecule or solution with an installed force field as JSON: structure, total energy and forces from OpenMM's Reference platform.

/usr/bin/python3 force-fields.py <structure> <file> [<file> ...]     structure: villin, water, lipid, nucleic:<residue>,<residue>,...
"""
import json, os, sys
import xml.etree.ElementTree as etree
import numpy as np
import openmm as mm
from openmm import app, unit

data = os.path.join(os.path.dirname(app.__file__), "data")


def pick(topology, positions, keep):
    modeller = app.Modeller(topology, positions)
    modeller.delete([r for k, r in enumerate(topology.residues()) if not keep(k, r)])
    return modeller


def villin(field):
    pdb = app.PDBFile(os.path.join(data, "test.pdb"))
    names = [r.name for r in pdb.topology.residues()]
    first = names.index("HOH")
    return pick(pdb.topology, pdb.positions, lambda k, r: r.name != "HOH" or k < first + 60)


def water(field):
    pdb = app.PDBFile(os.path.join(data, "test.pdb"))
    names = [r.name for r in pdb.topology.residues()]
    first = names.index("HOH")
    return pick(pdb.topology, pdb.positions, lambda k, r: first <= k < first + 40)


def lipid(field):
    pdb = app.PDBFile(os.path.join(data, "POPC.pdb"))
    return pick(pdb.topology, pdb.positions, lambda k, r: k < 2 and r.name != "HOH")


def nucleic(field, names):
    """Residues in a row by their templates, O3' to P, their atoms on a grid: only numbers are compared, nothing moves."""
    topology = app.Topology()
    chain = topology.addChain()
    last = None
    for name in names:
        template = field._templates[name]
        residue = topology.addResidue(name, chain)
        atoms = [topology.addAtom(a.name, a.element, residue) for a in template.atoms]
        for a, b in template.bonds:
            topology.addBond(atoms[a], atoms[b])
        named = {a.name: a for a in atoms}
        if last is not None:
            topology.addBond(last, named["P"])
        last = named.get("O3'")
    n = topology.getNumAtoms()
    rng = np.random.default_rng(1)
    x = np.array([[i % 6, i // 6 % 6, i // 36] for i in range(n)]) * 0.19 + rng.uniform(-0.03, 0.03, (n, 3))
    return app.Modeller(topology, [mm.Vec3(*p) for p in np.round(x, 4)] * unit.nanometer)


structure, files = sys.argv[1], sys.argv[2:]
field = app.ForceField(*files)
kind, _, names = structure.partition(":")
modeller = globals()[kind](field, names.split(",")) if names else globals()[kind](field)
if any(t.virtualSites for t in field._templates.values()):
    modeller.addExtraParticles(field)
system = field.createSystem(modeller.topology, rigidWater=False, removeCMMotion=False)
context = mm.Context(system, mm.VerletIntegrator(0.001), mm.Platform.getPlatformByName("Reference"))
context.setPositions(modeller.positions)
context.computeVirtualSites()
state = context.getState(getPositions=True, getEnergy=True, getForces=True)
atoms = list(modeller.topology.atoms())
print(json.dumps({
    "name": [a.name for a in atoms],
    "element": [a.element.symbol if a.element else "" for a in atoms],
    "residue": [a.residue.index for a in atoms],
    "residueNames": [r.name for r in modeller.topology.residues()],
    "bonds": [[b[0].index, b[1].index] for b in modeller.topology.bonds()],
    "positions": state.getPositions(asNumpy=True).value_in_unit(unit.nanometer).ravel().tolist(),
    "energy": state.getPotentialEnergy().value_in_unit(unit.kilojoule_per_mole),
    "forces": state.getForces(asNumpy=True).value_in_unit(unit.kilojoule_per_mole / unit.nanometer).ravel().tolist(),
    "sites": sum(system.isVirtualSite(i) for i in range(system.getNumParticles())),
}))
