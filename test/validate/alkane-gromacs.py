#!/usr/bin/python3
"""Density of a liquid alkane by GROMACS, with the settings of its scenario and from where a run of it ended.

    /usr/bin/python3 test/validate/alkane-gromacs.py tetracosane runs/polyethylene/npt/trajectory.h5 FOLDER [picoseconds]
    /usr/bin/python3 test/validate/alkane-gromacs.py hexane runs/hexane/npt/trajectory.h5 FOLDER [picoseconds]

Takes parameters from the project's force field and bonds from scenarios/molecules. 1 bar, 2 fs, cut-off 1.1 nm, particle-mesh Ewald, dispersion
correction, bonds of hydrogens rigid, velocity rescaling and stochastic cell rescaling; 90 ps, of which the first 10 do not count.
"""
import math
import os
import subprocess
import sys
import xml.etree.ElementTree as tree

import h5py
import numpy as np

# Force field, temperature (K), compressibility for the barostat (1/bar), and types of a carbon and of its hydrogens.
settings = {
    "tetracosane": ("l-opls.xml", 450, 1.5e-4, "L-CT-{0}", "L-HC-{0}"),
    "hexane": ("opls-aa-alkanes.xml", 300, 1.7e-4, "CT-{0}", "HC"),
}
molecule, trajectory, folder = sys.argv[1:4]
time = float(sys.argv[4]) if len(sys.argv) > 4 else 90.0
field_file, temperature, compressibility, carbon_type, hydrogen_type = settings[molecule]
field = tree.parse(f"forcefields/{field_file}").getroot()

names, elements, bonds = [], [], set()
for line in open(f"scenarios/molecules/{molecule}.pdb"):
    if line.startswith("HETATM"):
        names.append(line[12:16].strip())
        elements.append(line[76:78].strip())
    elif line.startswith("CONECT"):
        first, *others = [int(line[k : k + 5]) - 1 for k in range(6, len(line.rstrip()), 5)]
        bonds |= {(min(first, other), max(first, other)) for other in others}
atoms = len(names)
label = molecule[:3].upper()
neighbours = [sorted({j for pair in bonds if i in pair for j in pair if j != i}) for i in range(atoms)]
carbon = ["CH3" if sum(elements[j] == "H" for j in neighbours[i]) == 3 else "CH2" for i in range(atoms)]
types = [(carbon_type if elements[i] == "C" else hydrogen_type).format(carbon[i if elements[i] == "C" else neighbours[i][0]]) for i in range(atoms)]
angles = [(a, j, b) for j in range(atoms) for a in neighbours[j] for b in neighbours[j] if a < b]
torsions = [(a, i, j, b) for i, j in sorted(bonds) for a in neighbours[i] for b in neighbours[j] if a != j and b != i]


def rule(tag, indices):
    """Parameters of the rule of these atoms' classes."""
    classes = ["CT" if elements[i] == "C" else "HC" for i in indices]
    for found in field.find(tag):
        own = [found.get(f"class{k + 1}") for k in range(len(indices))]
        if own in (classes, classes[::-1]):
            return found
    raise KeyError(classes)


lines = ["[ defaults ]", "1 3 yes 0.5 0.5", "[ atomtypes ]"]
charge = {}
for atom in field.find("NonbondedForce").findall("Atom"):
    charge[atom.get("type")] = atom.get("charge")
    lines.append(f"{atom.get('type')} 1 1 0 A {atom.get('sigma')} {atom.get('epsilon')}")
lines += ["[ moleculetype ]", f"{label} 3", "[ atoms ]"]
for i in range(atoms):
    mass = 12.011 if elements[i] == "C" else 1.008
    lines.append(f"{i + 1} {types[i]} 1 {label} {names[i]} {i + 1} {charge[types[i]]} {mass}")


def section(name, groups, parameters):
    lines.append(f"[ {name} ]")
    lines.extend(" ".join(str(i + 1) for i in group) + " " + parameters(group) for group in groups)


def bond(group):
    found = rule("HarmonicBondForce", group)
    return f"1 {found.get('length')} {found.get('k')}"


def angle(group):
    found = rule("HarmonicAngleForce", group)
    return f"1 {math.degrees(float(found.get('angle'))):.10f} {found.get('k')}"


def torsion(group):
    found = rule("RBTorsionForce", group)
    return "3 " + " ".join(found.get(f"c{k}") for k in range(6))


section("bonds", sorted(bonds), bond)
section("angles", angles, angle)
section("pairs", sorted({(min(a, b), max(a, b)) for a, _, _, b in torsions}), lambda _: "1")
section("dihedrals", torsions, torsion)

with h5py.File(trajectory) as file:
    positions = np.array(file["particles/all/position/value"][-1], float)
    edges = file["particles/all/box/edges"]
    box = np.array(edges["value"][-1] if hasattr(edges, "keys") else edges)
box = np.diag(box) if box.ndim == 2 else box
lines += ["[ system ]", label, "[ molecules ]", f"{label} {len(positions) // atoms}"]

os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, "topol.top"), "w") as file:
    file.write("\n".join(lines) + "\n")
with open(os.path.join(folder, "start.gro"), "w") as file:
    file.write(f"{label}\n{len(positions)}\n")
    for k, (x, y, z) in enumerate(positions):
        file.write(f"{k // atoms + 1:5d}{label:5s}{names[k % atoms]:>5s}{(k + 1) % 100000:5d}{x:11.6f}{y:11.6f}{z:11.6f}\n")
    file.write(" ".join(f"{edge:.8f}" for edge in box) + "\n")
with open(os.path.join(folder, "run.mdp"), "w") as file:
    file.write(
        f"integrator = md\ndt = 0.002\nnsteps = {round(time / 0.002)}\nnstenergy = 250\nnstlog = 0\ncutoff-scheme = Verlet\nrcoulomb = 1.1\nrvdw = 1.1\n"
        "vdw-modifier = none\ncoulombtype = PME\newald-rtol = 1e-5\nfourierspacing = 0.12\nDispCorr = EnerPres\nconstraints = h-bonds\n"
        f"tcoupl = v-rescale\ntc-grps = system\ntau-t = 0.5\nref-t = {temperature}\npcoupl = C-rescale\ntau-p = 1\nref-p = 1\n"
        f"compressibility = {compressibility}\ngen-vel = yes\ngen-temp = {temperature}\n"
    )


def gmx(*arguments, answer=""):
    done = subprocess.run(["gmx", "-quiet", *arguments], cwd=folder, input=answer, text=True, capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr[-3000:])


gmx("grompp", "-f", "run.mdp", "-c", "start.gro", "-p", "topol.top", "-o", "run.tpr", "-maxwarn", "3")
gmx("mdrun", "-deffnm", "run", "-ntmpi", "1", "-ntomp", "1")
gmx("energy", "-f", "run.edr", "-o", "run.xvg", answer="Temperature\nDensity\n")
with open(os.path.join(folder, "run.xvg")) as file:
    rows = np.array([[float(x) for x in line.split()] for line in file if line[0] not in "#@"])
rows = rows[rows[:, 0] >= 10]
for name, values in (("temperature, K", rows[:, 1]), ("density, kg/m3", rows[:, 2])):
    blocks = [block.mean() for block in np.array_split(values, 8)]
    print(f"{name} {values.mean():.2f} +- {np.std(blocks) / math.sqrt(7):.2f}")
