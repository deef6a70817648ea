#!/usr/bin/python3
"""VOTCA's force matching and iterative Boltzmann inversion on the frames of a scenario, back in this engine as models that a stage can name.

    /usr/bin/python3 test/validate/beads-votca.py RUN POTENTIAL FOLDER [iterations]
    /usr/bin/python3 test/validate/beads-votca.py runs/hexane-cg spline runs/hexane-votca 12

RUN is the folder of a run whose stage POTENTIAL (type spline) was trained: its atoms, frames, mapping and cut-off are taken. With 0 iterations forces are matched alone. Writes the sites and the sums of
their atoms' forces as a LAMMPS dump, lets csg_stat find the distributions, csg_fmatch the forces, and csg_inverse iterate with LAMMPS as engine. Both
potentials go through VOTCA's own conversion to tables, with its extrapolation. FOLDER is then a run with the stages `votca-force-matching` and
`votca-inversion`, and `npx md run FOLDER/scenario.json --out FOLDER-beads` simulates both and all potentials of RUN, and compares them with the atoms. Needs votca and lammps of Debian.
"""
import json
import os
import shutil
import struct
import subprocess
import sys

import h5py
import numpy as np

run, stage, folder = sys.argv[1:4]
iterations = int(sys.argv[4]) if len(sys.argv) > 4 else 12
model = json.load(open(f"{run}/{stage}/model.json"))
manifest = json.load(open(f"{run}/run.json"))
record = next(one for one in manifest["stages"] if one["name"] == stage)
atoms, mapping = (record["inputs"][key]["stage"] for key in ("from", "mapping"))
assignment = json.load(open(f"{run}/{mapping}/mapping.json"))
sites = assignment["sites"]
site_of = np.array(assignment["assignment"])
counts = np.bincount(site_of, minlength=sites)
kT, cutoff = model["kT"], model["description"]["options"]["cutoff"]
shutil.rmtree(folder, ignore_errors=True)
os.makedirs(folder)


def here(name):
    return os.path.join(folder, name)


def votca(*arguments):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with open(here("votca.log"), "a") as log:
        done = subprocess.run(arguments, cwd=folder, stdout=log, stderr=log, env=environment, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(arguments)} failed; see {here('votca.log')}")


# --- the molecule: names, types, masses, bonds and angles of its sites
structure = model["structure"]
types = assignment["siteTypes"]
with h5py.File(f"{run}/{atoms}/trajectory.h5") as file:
    group = file["particles/all"]
    molecules = group["position/value"].shape[1] // len(site_of)
    edges = group["box/edges"]
    edges = np.array(edges["value"][0] if hasattr(edges, "keys") else edges, float)
    box = np.diag(edges) if edges.ndim == 2 else edges
    frames = group["position/value"].shape[0]
    masses = np.array(structure["mass"][:sites], float)
    seen = []
    with open(here("sites.dump"), "w") as dump:
        for k in range(0, frames, model["frames"]["stride"]):
            x = np.array(group["position/value"][k], float).reshape(molecules, -1, 3)
            f = np.array(group["force/value"][k], float).reshape(molecules, -1, 3)
            x = x[:, :1] + (x - x[:, :1]) - box * np.round((x - x[:, :1]) / box)  # molecules shorter than half the box: whole
            place, force = np.zeros((2, molecules, sites, 3))
            for a, s in enumerate(site_of):
                place[:, s] += x[:, a] / counts[s]
                force[:, s] += f[:, a]
            header = f"ITEM: TIMESTEP\n{k}\nITEM: NUMBER OF ATOMS\n{molecules * sites}\nITEM: BOX BOUNDS pp pp pp\n"
            dump.write(header + "".join(f"0 {10 * edge:.8f}\n" for edge in box) + "ITEM: ATOMS id type x y z fx fy fz\n")
            rows = np.hstack([10 * (place % box).reshape(-1, 3), force.reshape(-1, 3) / 41.84])
            dump.write("".join(f"{i + 1} 1 " + " ".join(f"{v:.6f}" for v in row) + "\n" for i, row in enumerate(rows)))
            seen.append(place)
    last = place.reshape(-1, 3)
bonds = [(i, j) for i, j in np.reshape(structure["bonds"], (-1, 2)) if j < sites]
near = [sorted([j for b in bonds for i, j in (b, b[::-1]) if i == s]) for s in range(sites)]
angles = [(i, j, k) for j in range(sites) for i in near[j] for k in near[j] if i < k]
if any(len({tuple(sorted(types[i] for i in (t[0], t[-1]))) + tuple(types[i] for i in t[1:-1]) for t in some}) > 1 for some in (bonds, angles)):
    sys.exit("written for molecules whose bonds are all alike, and so are their angles")
used = sorted(set(types), key=types.index)
pairs = [(a, b) for k, a in enumerate(used) for b in used[k:]]
seen = np.array(seen)
unit = [seen[:, :, i] - seen[:, :, j] for i, j in bonds]
arms = [(seen[:, :, i] - seen[:, :, j], seen[:, :, k] - seen[:, :, j]) for i, j, k in angles]
values = {
    "bond": np.concatenate([np.linalg.norm(u, axis=-1).ravel() for u in unit]),
    "angle": np.concatenate([np.arccos(np.clip((u * v).sum(-1) / np.linalg.norm(u, axis=-1) / np.linalg.norm(v, axis=-1), -1, 1)).ravel() for u, v in arms]),
}
# Boltzmann inversion in VOTCA ends at the first empty bin, so tables of bonds and angles leave out three samples in ten thousand at either end.
common = {kind: np.quantile(x, [3e-4, 1 - 3e-4]) for kind, x in values.items()}
closest = {tuple(sorted(one["types"])): one["minimum"] for one in model["trainingRange"]["pairs"]}

beads = "".join(f'<bead name="S{s}" type="{types[s]}" mass="{masses[s]}" q="0"/>' for s in range(sites))
bonded = "".join(
    f"<{kind}><name>{kind}</name><beads>" + " ".join(" ".join(f"MOL:S{i}" for i in one) for one in some) + f"</beads></{kind}>"
    for kind, some in (("bond", bonds), ("angle", angles))
)
with open(here("topology.xml"), "w") as file:
    file.write(f'<topology><molecules><clear/><molecule name="MOL" nmols="{molecules}" nbeads="{sites}">{beads}</molecule></molecules>')
    file.write(f"<bonded>{bonded}</bonded></topology>")

# csg_inverse asks a mapping what is a bond and what an angle; this one leaves the sites as they are.
with open(here("mapping.xml"), "w") as file:
    file.write("<cg_molecule><name>MOL</name><ident>MOL</ident><topology><cg_beads>")
    for s in range(sites):
        file.write(f"<cg_bead><name>S{s}</name><type>{types[s]}</type><mapping>one</mapping><beads>1:MOL:S{s}</beads></cg_bead>")
    file.write("</cg_beads><cg_bonded>" + bonded.replace("MOL:", "") + "</cg_bonded></topology>")
    file.write("<maps><map><name>one</name><weights>1</weights></map></maps></cg_molecule>")


def settings(name, inversion=False):
    """A file for csg_stat and csg_fmatch, or for csg_inverse. Knots as far apart as in VOTCA's own study of hexane, tables finer.

    The noise of a bin enters a potential in every iteration of csg_inverse. With bins of a 48th of the range and no smoothing the bond came out so jagged after five iterations
    that steps of 2 fs heat it. So for the inversion bins of the bond are twice as wide, every update is smoothed as VOTCA's `post_update` offers, and tables are finer than bins.
    """
    smooth = "<post_update>smooth</post_update><post_update_options><smooth><iterations>2</iterations></smooth></post_update_options>" if inversion else ""
    with open(here(name), "w") as file:
        file.write("<cg><fmatch><constrainedLS>false</constrainedLS><frames_per_block>10</frames_per_block></fmatch>")
        for kind, knots, scale in (("bond", 12, 10), ("angle", 16, 1)):
            # A knot interval without a sample leaves csg_fmatch's least squares singular.
            start, end = low, high = common[kind]
            step = (high - low) / knots
            fine = (end - start) / ((2 if inversion and kind == "bond" else 4) * knots)
            margin = 160 * (high - low) / (4 * knots)
            bins = f"<table_bins>{fine / 4}</table_bins>" if inversion else ""
            file.write(
                f"<bonded><name>{kind}</name><min>{start}</min><max>{end}</max><step>{fine}</step>"
                f"<fmatch><min>{low}</min><max>{high}</max><step>{step}</step><out_step>{fine}</out_step></fmatch>"
                f"<inverse><target>{kind}.dist.tgt</target>{smooth}<lammps><table>{kind}.table</table><scale>{scale}</scale><y_scale>0.2390057361</y_scale>"
                f"<table_begin>{start - margin / 5}</table_begin><table_end>{start + margin}</table_end>{bins}"
                "<table_left_extrapolation>linear</table_left_extrapolation><table_right_extrapolation>linear</table_right_extrapolation></lammps></inverse></bonded>"
            )
        for n, (a, b) in enumerate(pairs):
            low = closest[tuple(sorted((a, b)))]
            # csg_inverse's own advice: pairs of types take turns, so that their corrections do not add up.
            turns = " ".join("1" if k == n else "0" for k in range(len(pairs)))
            file.write(
                f"<non-bonded><name>{a}-{b}</name><type1>{a}</type1><type2>{b}</type2><min>0</min><max>{cutoff}</max><step>0.01</step>"
                f"<fmatch><min>{low}</min><max>{cutoff}</max><step>0.024</step><out_step>0.004</out_step></fmatch>"
                f"<inverse><target>{a}-{b}.dist.tgt</target><do_potential>{turns}</do_potential>{smooth}<lammps><table>{a}-{b}.table</table>"
                "<scale>10</scale><y_scale>0.2390057361</y_scale><table_begin>0.24</table_begin><table_bins>0.002</table_bins></lammps></inverse></non-bonded>"
            )
        file.write(
            f"<inverse><kBT>{kT}</kBT><program>lammps</program><method>ibi</method><iterations_max>{iterations}</iterations_max>"
            "<initial_configuration>maindir</initial_configuration><filelist>sites.data sites.in topology.xml</filelist>"
            "<map>mapping.xml</map><lammps><script>sites.in</script><topol>topology.xml</topol><traj>traj.dump</traj></lammps></inverse></cg>"
        )


names = ["bond", "angle"] + [f"{a}-{b}" for a, b in pairs]


def targets(options):
    """Distributions of the frames, which VOTCA matches. Its Boltzmann inversion ends at the first empty bin, so a single close pair with empty bins behind it is left out."""
    votca("csg_stat", "--top", "topology.xml", "--trj", "sites.dump", "--options", options)
    for name in names:
        rows = [line.split() for line in open(here(f"{name}.dist.new")) if line.strip() and line[0] not in "#@"]
        if name not in ("bond", "angle"):
            full = next(k for k, row in enumerate(rows) if float(row[1]) > 0.05)
            empty = max((k for k in range(full) if float(rows[k][1]) == 0), default=0)
            for row in rows[:empty]:
                row[1] = "0"
        with open(here(f"{name}.dist.tgt"), "w") as file:
            file.write("".join(f"{' '.join(row)}\n" for row in rows))
        os.remove(here(f"{name}.dist.new"))


settings("settings.xml")
targets("settings.xml")
# Forces are matched from where g(r) is 0.05; what is nearer VOTCA extrapolates. Where it matches noise, the tables it makes of it attract.
for a, b in pairs:
    r, g = np.loadtxt(here(f"{a}-{b}.dist.tgt"), usecols=(0, 1)).T
    closest[tuple(sorted((a, b)))] = r[np.argmax(g > 0.05)]
settings("settings.xml")
votca("csg_fmatch", "--top", "topology.xml", "--trj", "sites.dump", "--options", "settings.xml", "--no-map")


def table_of(name, suffix, options):
    """The LAMMPS table that VOTCA converts NAME.pot to, as start, spacing, values and derivatives in this engine's units."""
    kind = name if name in ("bond", "angle") else "non-bonded"
    if suffix == "force":
        votca("csg_call", "table", "integrate", f"{name}.force", f"{name}.raw")
        votca("csg_call", "table", "linearop", f"{name}.raw", f"{name}.pot", "-1", "0")
    out = f"{name}.{suffix}.table"
    votca("csg_call", "--ia-type", kind, "--ia-name", name, "--options", options, "convert_potential", "lammps", f"{name}.pot", out)
    rows = np.array([line.split() for line in open(here(out)) if len(line.split()) == 4 and line.split()[0].isdigit()], float)
    unit = np.pi / 180 if kind == "angle" else 0.1
    x, energy, slope = rows[:, 1] * unit, rows[:, 2] * 4.184, -rows[:, 3] * 4.184 / unit
    return x[0], (x[-1] - x[0]) / (len(x) - 1), energy, slope


def store(stage_name, suffix, options):
    """A stage `train-potential` of type `inversion` (tables alone) with these tables and everything else of the model that stood by."""
    tensors, entries = {}, []
    for name in names:
        start, spacing, energy, slope = table_of(name, suffix, options)
        kind = name if name in ("bond", "angle") else "pair"
        of = [types[i] for i in bonds[0]] if kind == "bond" else [types[i] for i in angles[0]] if kind == "angle" else name.split("-")
        known = [one["types"] for one in model["trainingRange"]["bonded" if kind != "pair" else "pairs"] if one.get("coordinate", "pair") == kind]
        of = next(one for one in known if one in (of, of[::-1]))
        tensors[f"{name}.values"], tensors[f"{name}.derivatives"] = energy, slope
        entries.append({"coordinate": kind, "types": of, "start": start, "spacing": spacing, "tensor": name})
    tensors["start.positions"], tensors["start.box"] = last, np.diag(box)
    os.makedirs(here(stage_name))
    header, offset = {}, 0
    for name, values in tensors.items():
        header[name] = {"dtype": "F64", "shape": list(np.shape(values)), "data_offsets": [offset, offset + 8 * np.size(values)]}
        offset += 8 * np.size(values)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(here(f"{stage_name}/weights.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(np.ascontiguousarray(v, "<f8").tobytes() for v in tensors.values()))
    priors = {"excludedBonds": 2, "harmonic": [], "core": []}
    zero = [{"coordinate": k, "types": next(e["types"] for e in entries if e["coordinate"] == k), "mean": 1, "k": 0} for k in ("bond", "angle")]
    description = {"type": "inversion", "cutoff": cutoff, "method": "votca", "priors": {**priors, "harmonic": zero}, "tables": entries, "refinement": []}
    json.dump({**model, "type": "inversion", "description": description}, open(here(f"{stage_name}/model.json"), "w"))


store("votca-force-matching", "force", "settings.xml")

# --- iterative Boltzmann inversion, LAMMPS running the beads
with open(here("sites.data"), "w") as file:
    file.write(f"sites\n\n{molecules * sites} atoms\n{molecules * len(bonds)} bonds\n{molecules * len(angles)} angles\n{len(used)} atom types\n1 bond types\n1 angle types\n\n")
    file.write("".join(f"0 {10 * edge:.8f} {c}lo {c}hi\n" for edge, c in zip(box, "xyz")))
    file.write("\nMasses\n\n" + "".join(f"{k + 1} {masses[types.index(name)]}\n" for k, name in enumerate(used)))
    file.write("\nAtoms\n\n" + "".join(f"{i + 1} {i // sites + 1} {used.index(types[i % sites]) + 1} " + " ".join(f"{10 * v:.6f}" for v in r % box) + "\n" for i, r in enumerate(last)))
    for title, some in (("Bonds", bonds), ("Angles", angles)):
        rows = [[m * sites + i + 1 for i in one] for m in range(molecules) for one in some]
        file.write(f"\n{title}\n\n" + "".join(f"{n + 1} 1 " + " ".join(map(str, row)) + "\n" for n, row in enumerate(rows)))
with open(here("sites.in"), "w") as file:
    file.write("units real\natom_style molecular\nbond_style table linear 1000\nangle_style table linear 1000\npair_style table linear 2000\nread_data sites.data\n")
    file.write("special_bonds lj 0 0 1\nbond_coeff 1 bond.table VOTCA\nangle_coeff 1 angle.table VOTCA\n")
    file.write("".join(f"pair_coeff {used.index(a) + 1} {used.index(b) + 1} {a}-{b}.table VOTCA {10 * cutoff}\n" for a, b in pairs))
    kelvin = model["temperature"]
    file.write(f"velocity all create {kelvin} 87287\ntimestep 2\nfix 1 all nve\nfix 2 all langevin {kelvin} {kelvin} 1000 545454\nthermo 2500\nrun 2500\n")
    file.write("dump 1 all custom 100 traj.dump id type x y z\nrun 15000\n")
made = ["votca-force-matching"]
if iterations > 0:
    settings("inversion.xml", True)
    targets("inversion.xml")
    votca("csg_inverse", "--options", "inversion.xml")
    for name in names:
        shutil.copy(here(f"step_{iterations:03d}/{name}.pot.new"), here(f"{name}.pot"))
    store("votca-inversion", "pot", "inversion.xml")
    made.append("votca-inversion")

# --- the run that holds both, and a scenario that runs them and the models of RUN on the same frames from the same start
stages = [{**record, "name": name, "inputs": {}, "fingerprint": f"{record['fingerprint']}-{name}"} for name in made]
json.dump({**manifest, "name": "votca", "stages": stages, "formerStages": []}, open(here("run.json"), "w"))
peers = [one["name"] for one in manifest["stages"] if one["do"] == "train-potential" and one["inputs"] == record["inputs"]]
models = {name: here(name) for name in made} | {name: f"{run}/{name}" for name in peers}
beads = []
for name, path in models.items():
    dynamics = {"integrator": "langevin", "timestep": "2 fs", "temperature": model["temperature"], "friction": "1 /ps"}
    length = {"minimise": True, "equilibrate": "10 ps", "time": "80 ps"}
    system = {"from": os.path.abspath(path)}
    beads.append({"name": f"beads-{name}", "do": "simulate", "system": system, "dynamics": dynamics, "run": length, "output": {"every": "0.2 ps"}})
    paths = {"reference": os.path.abspath(f"{run}/{atoms}"), "mapping": os.path.abspath(f"{run}/{mapping}")}
    beads.append({"name": f"compare-{name}", "do": "compare", "candidate": f"beads-{name}", **paths})
json.dump({"name": "hexane-votca", "seed": 7, "stages": beads}, open(here("scenario.json"), "w"), indent=1)
print(f"{len(seen)} frames of {molecules} molecules; {iterations} iterations; models: {' '.join(models)}")
