#!/usr/bin/env python3
"""Writes forcefields/amber99sb-ildn.xml: `python3 tools/molecules/amber99sb-ildn.py [amber99sb-ildn.ff of GROMACS] > forcefields/amber99sb-ildn.xml`.

The parameters are those of the papers named in the head of the file. Their tables are read from the transcription that GROMACS
distributes, which rounds to five digits; they are brought back to the papers' own units (kcal/mol, Angstrom), where they are short
decimal numbers or such a number divided by the number of torsions about a bond, and written in full precision from there.
Lennard-Jones radii and depths are the papers' own (below). `test/fixtures/forcefield/check-numbers.py` compares every number with
OpenMM's transcription, which was made from AMBER's files independently.
"""
import math
import os
import sys

folder = sys.argv[1] if len(sys.argv) > 1 else "/usr/share/gromacs/top/amber99sb-ildn.ff"
calorie = 4.184

# R*/2 in Angstrom, epsilon in kcal/mol, mass; Cornell et al. 1995, Table 14.
lennard_jones = {
    "C": (1.9080, 0.0860), "CA": (1.9080, 0.0860), "CB": (1.9080, 0.0860), "CC": (1.9080, 0.0860), "CN": (1.9080, 0.0860),
    "CR": (1.9080, 0.0860), "CV": (1.9080, 0.0860), "CW": (1.9080, 0.0860), "C*": (1.9080, 0.0860), "CT": (1.9080, 0.1094),
    "H": (0.6000, 0.0157), "HC": (1.4870, 0.0157), "H1": (1.3870, 0.0157), "H2": (1.2870, 0.0157), "H3": (1.1870, 0.0157),
    "HP": (1.1000, 0.0157), "HA": (1.4590, 0.0150), "H4": (1.4090, 0.0150), "H5": (1.3590, 0.0150), "HO": (0.0, 0.0),
    "HS": (0.6000, 0.0157), "N": (1.8240, 0.1700), "NA": (1.8240, 0.1700), "NB": (1.8240, 0.1700), "N2": (1.8240, 0.1700),
    "N3": (1.8240, 0.1700), "O": (1.6612, 0.2100), "O2": (1.6612, 0.2100), "OH": (1.7210, 0.2104), "S": (2.0000, 0.2500),
    "SH": (2.0000, 0.2500),
}
masses = {"C": 12.01, "H": 1.008, "N": 14.01, "O": 16.00, "S": 32.06}
element = {name: name[0] for name in lennard_jones}

backbone = "ALA GLY SER THR LEU ILE VAL ASN GLN ARG HID HIE HIP TRP PHE TYR GLU ASP LYS PRO CYS CYX MET".split()
residues = (["ACE", "NME", "NHE"] + backbone + ["ASH", "GLH", "LYN", "CYM"]
            + ["N" + name for name in backbone] + ["C" + name for name in backbone])

# The side-chain torsions that ILDN refits, by residue: atoms, and the types of their own that these atoms need.
refitted = {
    "ILE": [("N", "CA", "CB", "CG2")],
    "LEU": [("C", "CA", "CB", "CG")],
    "ASP": [("N", "CA", "CB", "CG"), ("CA", "CB", "CG", "OD")],
    "ASN": [("C", "CA", "CB", "CG"), ("CA", "CB", "CG", "ND2")],
}
own_types = {"ILE": ["CA", "CB", "CG2"], "LEU": ["CA", "CB", "CG"], "ASP": ["CA", "CB", "CG"], "ASN": ["CA", "CB", "CG"]}
# V/2 in kcal/mol by periodicity, phase 0 (Lindorff-Larsen et al. 2010, with the digits of AMBER's file; GROMACS rounds to three).
refits = {
    ("ILE", "N", "CA", "CB", "CG2"): {1: 0.1951, 2: -0.8459},
    ("LEU", "C", "CA", "CB", "CG"): {1: 0.5714, 2: -0.3583, 3: 0.1348},
    ("ASP", "N", "CA", "CB", "CG"): {1: -2.6352, 2: -1.1903, 3: -0.0068, 4: 0.4227, 5: 0.2317, 6: -0.21273765},
    ("ASP", "CA", "CB", "CG", "OD"): {2: -0.4432, 4: -0.1376, 6: -0.01325289},
    ("ASN", "C", "CA", "CB", "CG"): {1: 0.5707, 2: -0.5957, 3: 0.1185, 4: -0.4172, 5: 0.1042, 6: -0.100721},
    ("ASN", "CA", "CB", "CG", "ND2"): {1: -1.0463, 2: -0.1810, 3: -0.0354, 4: 0.1003, 5: 0.1298, 6: -0.106053},
}
# Classes of the atoms that keep the general type, N-terminal forms included.
general = {("ILE", "N"): ["N", "N3"], ("LEU", "C"): ["C"], ("ASP", "N"): ["N", "N3"], ("ASP", "OD"): ["O2"],
           ("ASN", "C"): ["C"], ("ASN", "ND2"): ["N"]}


def clean(line):
    return line.split(";")[0].split()


def read_residues():
    found, name, section = {}, None, None
    for line in open(os.path.join(folder, "aminoacids.rtp")):
        words = clean(line)
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "[":
            if line.startswith("["):
                name, section = words[1], None
                found[name] = {"atoms": [], "bonds": [], "impropers": []}
            else:
                section = words[1]
        elif section in ("atoms", "bonds", "impropers"):
            found[name][section].append(words)
    return found


def read_bonded():
    sections, section = {}, None
    for line in open(os.path.join(folder, "ffbonded.itp")):
        words = clean(line)
        if not words:
            continue
        if words[0] == "#define":
            continue
        elif words[0] == "[":
            section = words[1]
        else:
            sections.setdefault(section, []).append(words)
    return sections


def in_kcal(value, tolerance=2e-6):
    """The shortest decimal, or decimal over a small whole number, that the value stands for."""
    number = value / calorie
    for places in range(0, 8):
        if abs(round(number, places) - number) < tolerance and places <= 4:
            return round(number, places), 1
    for paths in (3, 6, 9, 2, 4):
        for places in range(0, 4):
            if abs(round(number * paths, places) - number * paths) < 5e-5:
                return round(number * paths, places), paths
    return round(number, 7), 1


def text(value):
    short = f"{value:.10g}"
    return short if float(short) == value else repr(value)


def kj(decimal, paths=1, factor=1.0):
    return text(float(f"{factor * decimal * calorie / paths:.15g}"))


def angle_text(degrees):
    return repr(math.radians(degrees))


out = []
put = out.append
tables = read_bonded()
templates = read_residues()
used = set()


def type_of(residue, atom, plain):
    base = residue[-3:]
    return f"{base}-{atom}" if atom in own_types.get(base, []) else plain


put('''<!--
  AMBER99SB-ILDN for proteins: 20 amino acids, their terminal and other protonation forms, disulphide, and caps.

  Sources:
    charges, Lennard-Jones, bonds and angles: W. D. Cornell, P. Cieplak, C. I. Bayly, ... P. A. Kollman, J. Am. Chem. Soc. 1995, 117, 5179
    torsions of parm99: J. Wang, P. Cieplak, P. A. Kollman, J. Comput. Chem. 2000, 21, 1049
    phi and psi, and phi' and psi' (99SB): V. Hornak, R. Abel, A. Okur, B. Strockbine, A. Roitberg, C. Simmerling, Proteins 2006, 65, 712
    side chains of Ile, Leu, Asp, Asn (ILDN): K. Lindorff-Larsen, S. Piana, K. Palmo, P. Maragakis, J. L. Klepeis, R. O. Dror,
      D. E. Shaw, Proteins 2010, 78, 1950

  The papers' units are kcal/mol, Angstrom and degrees; here kJ/mol, nm and radians with 1 kcal = 4.184 kJ. The papers' bonds and angles are
  K (x - x0)^2, here k/2 (x - x0)^2 with k = 2 K. Comments give the papers' values: K and x0 of bonds and angles; V/2 of torsions, with the number of torsions
  about the bond over which the paper divides it, and R*/2 and epsilon of atoms (sigma = 2 (R*/2) / 2^(1/6)).

  Types are the papers' atom types. Atoms of Ile, Leu, Asp and Asn about which ILDN refits a torsion have types of their own, in the
  class of the general type. Charges belong to the atom of a residue, not to the type. 1-4 interactions: Lennard-Jones halved, Coulomb / 1.2.
  Written by tools/molecules/amber99sb-ildn.py.
-->
<ForceField>
  <Info>
    <Source>Cornell et al. 1995; Wang, Cieplak, Kollman 2000; Hornak et al. 2006; Lindorff-Larsen et al. 2010</Source>
  </Info>''')
body = out
out = []
put = out.append
put("  <Residues>")
for name in residues:
    entry = templates[name]
    names = [words[0] for words in entry["atoms"]]
    put(f'    <Residue name="{name}">')
    for atom, plain, charge, *_ in entry["atoms"]:
        used.add((type_of(name, atom, plain), plain))
        put(f'      <Atom name="{atom}" type="{type_of(name, atom, plain)}" charge="{text(float(charge))}"/>')
    external = []
    for a, b in entry["bonds"]:
        if a in names and b in names:
            put(f'      <Bond atomName1="{a}" atomName2="{b}"/>')
        else:
            external.append(a if a in names else b)
    # A bond across residues is listed once, in the later one; its other end is the C of everything that a residue may follow.
    if "C" in names and "C" not in external and not name.startswith("C") or name in ("CYS", "CYX", "CYM"):
        if "C" in names and "C" not in external:
            external.append("C")
    if name.endswith("CYX"):
        external.append("SG")
    for atom in external:
        put(f'      <ExternalBond atomName="{atom}"/>')
    put("    </Residue>")
put("  </Residues>")
residue_lines = out

out = []
put = out.append
put("  <AtomTypes>")
for name, plain in sorted(used, key=lambda pair: (pair[1], pair[0] != pair[1], pair[0])):
    put(f'    <Type name="{name}" class="{plain}" element="{element[plain]}" mass="{masses[element[plain]]}"/>')
put("  </AtomTypes>")
type_lines = out
classes = {plain for _, plain in used}


def wanted(words, count):
    return all(word in classes or word == "X" for word in words[:count])


def attributes(words):
    return " ".join(f'class{k + 1}="{"" if word == "X" else word}"' for k, word in enumerate(words))


out = []
put = out.append
put("  <HarmonicBondForce>")
for words in tables["bondtypes"]:
    if wanted(words, 2):
        length, k = float(words[3]), float(words[4])
        decimal, _ = in_kcal(k / 200)
        put(f'    <Bond {attributes(words[:2])} length="{text(length)}" k="{kj(decimal, 1, 200)}"/> <!-- {decimal:g}, {10 * length:.4g} -->')
put("  </HarmonicBondForce>")
put("  <HarmonicAngleForce>")
for words in tables["angletypes"]:
    if wanted(words, 3):
        degrees, k = float(words[4]), float(words[5])
        decimal, _ = in_kcal(k / 2, 2e-4)
        put(f'    <Angle {attributes(words[:3])} angle="{angle_text(degrees)}" k="{kj(decimal, 1, 2)}"/> <!-- {decimal:g}, {degrees:g} -->')
put("  </HarmonicAngleForce>")


def rule(tag, places, terms, exact=False):
    numbered, said = [], []
    for n, (phase, k, periodicity) in enumerate(terms, 1):
        decimal, paths = (round(k / calorie, 8), 1) if exact else in_kcal(k)
        numbered.append(f'periodicity{n}="{periodicity or 2}" phase{n}="{angle_text(phase)}" k{n}="{kj(decimal, paths)}"')
        said.append(f"{decimal:.7g}{f'/{paths}' if paths > 1 else ''}")
    put(f'    <{tag} {places} {" ".join(numbered)}/> <!-- {", ".join(said)} -->')


put("  <PeriodicTorsionForce>")
put("    <!-- ILDN's side chains; before the general rules, because the first rule that fits counts. -->")
for residue, torsions in refitted.items():
    for atoms in torsions:
        terms = [(0.0, k * calorie, n) for n, k in refits[(residue, *atoms)].items()]
        ends = [[f'class{k + 1}="{c}"' for c in general.get((residue, a), [])] or [f'type{k + 1}="{residue}-{a}"'] for k, a in enumerate(atoms)]
        for first in ends[0]:
            for last in ends[3]:
                rule("Proper", f"{first} {ends[1][0]} {ends[2][0]} {last}", terms, exact=True)
put("    <!-- Proper torsions; those with empty classes (any atom) count where no other fits. -->")
propers, impropers = {}, []
for words in tables["dihedraltypes"]:
    if not wanted(words, 4):
        continue
    term = (float(words[5]), float(words[6]), int(words[7]))
    if words[4] == "9":
        propers.setdefault(tuple(words[:4]), []).append(term)
    else:
        impropers.append((words[:4], term))
for places, terms in propers.items():
    rule("Proper", attributes(places), sorted(terms, key=lambda term: term[2]))
put("    <!-- Improper torsions: the middle atom first. -->")
for (i, j, middle, last), term in impropers:
    rule("Improper", attributes([middle, i, j, last]), [term])
put("  </PeriodicTorsionForce>")
put('  <NonbondedForce coulomb14scale="0.8333333333333334" lj14scale="0.5">')
put('    <UseAttributeFromResidue name="charge"/>')
for name in sorted(classes):
    radius, depth = lennard_jones[name]
    # A hydrogen without a Lennard-Jones site: sigma counts for nothing.
    sigma = radius * 2 ** (5 / 6) / 10 if depth > 0 else 1.0
    put(f'    <Atom class="{name}" sigma="{sigma:.12g}" epsilon="{kj(depth)}"/> <!-- {radius:.4f}, {depth:.4f} -->')
put("  </NonbondedForce>")
put("</ForceField>")
print("\n".join(body + type_lines + residue_lines + out))
