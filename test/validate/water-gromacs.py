#!/usr/bin/python3
"""Density and first O-O peak of TIP3P and SPC/E water by GROMACS, with the settings of scenarios/water.json.

    /usr/bin/python3 test/validate/water-gromacs.py tip3p FOLDER [picoseconds]

Takes parameters from forcefields/MODEL.xml. 900 molecules, 298.15 K, 1 bar, 2 fs, cut-off 0.9 nm, particle-mesh Ewald, dispersion correction for
energy and pressure, SETTLE, velocity rescaling and stochastic cell rescaling. Steepest descent, 20 ps at the Berendsen pressure, then the
time given (150 ps). One thread.
"""
import math
import os
import re
import subprocess
import sys

model, folder = sys.argv[1:3]
time = float(sys.argv[3]) if len(sys.argv) > 3 else 150.0
text = open(f"forcefields/{model}.xml").read()


def number(pattern):
    return float(re.search(pattern, text).group(1))


charge = number(r'name="H1" type="[^"]*" charge="([^"]*)"')
length = number(r'<Bond class1="OW" class2="HW" length="([^"]*)"')
angle = number(r'<Angle class1="HW" class2="OW" class3="HW" angle="([^"]*)"')
sigma = number(rf'<Atom type="{model}-O" sigma="([^"]*)"')
epsilon = number(rf'<Atom type="{model}-O" sigma="[^"]*" epsilon="([^"]*)"')

topology = f"""[ defaults ]
1 2 no 1 1
[ atomtypes ]
OW 8 15.9994 0 A {sigma} {epsilon}
HW 1 1.008 0 A 0 0
[ moleculetype ]
SOL 2
[ atoms ]
1 OW 1 SOL OW 1 {-2 * charge} 15.9994
2 HW 1 SOL HW1 1 {charge} 1.008
3 HW 1 SOL HW2 1 {charge} 1.008
[ settles ]
1 1 {length} {2 * length * math.sin(angle / 2)}
[ exclusions ]
1 2 3
2 1 3
3 1 2
[ system ]
water
[ molecules ]
SOL 900
"""
common = "cutoff-scheme = Verlet\nrcoulomb = 0.9\nrvdw = 0.9\nvdw-modifier = none\ncoulombtype = PME\newald-rtol = 1e-5\nfourierspacing = 0.11\nDispCorr = EnerPres\n"
moving = (
    "integrator = md\ndt = 0.002\nnstenergy = 250\nnstlog = 0\nnstxout-compressed = 250\ntcoupl = v-rescale\ntc-grps = system\ntau-t = 0.5\n"
    "ref-t = 298.15\nref-p = 1\ncompressibility = 4.5e-5\ngen-temp = 298.15\n"
)
settings = {
    "minimise": "integrator = steep\nnsteps = 100\n" + common,
    "equilibrate": f"nsteps = 10000\npcoupl = Berendsen\ntau-p = 0.5\ngen-vel = yes\n{moving}{common}",
    "run": f"nsteps = {round(time / 0.002)}\npcoupl = C-rescale\ntau-p = 1\ngen-vel = no\n{moving}{common}",
}


def gmx(*arguments, answer=""):
    done = subprocess.run(["gmx", "-quiet", *arguments], cwd=folder, input=answer, text=True, capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr[-3000:])


os.makedirs(folder, exist_ok=True)
gmx("solvate", "-cs", "spc216", "-box", "3.05", "3.05", "3.05", "-maxsol", "900", "-o", "minimised.gro")
with open(os.path.join(folder, "topol.top"), "w") as file:
    file.write(topology)
start = "minimised.gro"
for name, text in settings.items():
    with open(os.path.join(folder, f"{name}.mdp"), "w") as file:
        file.write(text)
    gmx("grompp", "-f", f"{name}.mdp", "-c", start, "-p", "topol.top", "-o", f"{name}.tpr", "-maxwarn", "3")
    gmx("mdrun", "-deffnm", name, "-ntmpi", "1", "-ntomp", "1")
    start = f"{name}.gro"
gmx("energy", "-f", "run.edr", "-o", "run.xvg", answer="Temperature\nDensity\n")
gmx("rdf", "-f", "run.xtc", "-s", "run.tpr", "-ref", "name OW", "-sel", "name OW", "-bin", "0.002", "-rmax", "0.9", "-o", "rdf.xvg")


def columns(name):
    with open(os.path.join(folder, name)) as file:
        rows = [line.split() for line in file if line[0] not in "#@"]
    return [[float(x) for x in column] for column in zip(*rows)]


for name, values in zip(("temperature, K", "density, kg/m3"), columns("run.xvg")[1:]):
    size = len(values) // 8
    blocks = [sum(values[k * size : (k + 1) * size]) / size for k in range(8)]
    mean = sum(values) / len(values)
    print(f"{name} {mean:.2f} +- {math.sqrt(sum((b - mean) ** 2 for b in blocks) / 56):.2f}")
peak = max(zip(*columns("rdf.xvg")), key=lambda pair: pair[1])
print(f"first O-O peak {peak[1]:.3f} at {peak[0]:.3f} nm")
