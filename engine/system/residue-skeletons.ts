/** Which heavy atoms are bonded in the residues of proteins, nucleic acids and water, by the names of the wwPDB chemical components. */

/** Bonds between heavy atoms of a residue by name; `anchor` atoms have to be there for the table to apply. */
export interface ResidueSkeleton {
  readonly kind: 'peptide' | 'nucleic' | 'water';
  readonly anchor: readonly string[];
  readonly bonds: readonly (readonly [string, string])[];
}

/** Chains of names: `CA-CB-CG CG-CD1` stands for the bonds CA-CB, CB-CG, CG-CD1. Names that a file lacks are passed over. */
function chains(text: string): [string, string][] {
  return text.split(/\s+/).flatMap((chain) => {
    const names = chain.split('-');
    return names.slice(1).map((name, k): [string, string] => [names[k], name]);
  });
}

// The two oxygens of a C-terminus are called O and OXT, O1 and O2 (GROMACS), OC1 and OC2 (AMBER in GROMACS), OT1 and OT2 (CHARMM).
const backbone = chains('N-CA-C-O C-OXT C-O1 C-O2 C-OC1 C-OC2 C-OT1 C-OT2');
const ring6 = 'CA-CB-CG-CD1-CE1-CZ-CE2-CD2-CG';
const imidazole = 'CA-CB-CG-ND1-CE1-NE2-CD2-CG';

/** Side chains of the amino acids by residue name, several names for other protonation states. */
const sideChains: Readonly<Record<string, string>> = {
  ALA: 'CA-CB',
  'ARG ARN': 'CA-CB-CG-CD-NE-CZ-NH1 CZ-NH2',
  ASN: 'CA-CB-CG-OD1 CG-ND2',
  'ASP ASH ASPP ASPH': 'CA-CB-CG-OD1 CG-OD2',
  'CYS CYX CYM CYS2 CYSH': 'CA-CB-SG',
  GLN: 'CA-CB-CG-CD-OE1 CD-NE2',
  'GLU GLH GLUP GLUH': 'CA-CB-CG-CD-OE1 CD-OE2',
  GLY: '',
  'HIS HID HIE HIP HSD HSE HSP HISD HISE HISH HIN': imidazole,
  HYP: 'CA-CB-CG-CD-N CG-OD1',
  ILE: 'CA-CB-CG1-CD1 CG1-CD CB-CG2',
  LEU: 'CA-CB-CG-CD1 CG-CD2',
  'LYS LYN LSN LYSH': 'CA-CB-CG-CD-CE-NZ',
  MET: 'CA-CB-CG-SD-CE',
  MSE: 'CA-CB-CG-SE-CE',
  PHE: ring6,
  PRO: 'CA-CB-CG-CD-N',
  SER: 'CA-CB-OG',
  THR: 'CA-CB-OG1 CB-CG2',
  TRP: 'CA-CB-CG-CD1-NE1-CE2-CD2-CG CE2-CZ2-CH2-CZ3-CE3-CD2',
  'TYR TYM': `${ring6} CZ-OH`,
  VAL: 'CA-CB-CG1 CB-CG2',
};

/** Groups that end a peptide; the carbon of a methyl is CH3 or C (wwPDB), or CAT, CAY in CHARMM's patches. */
const caps: Readonly<Record<string, { readonly anchor: string; readonly bonds: string }>> = {
  ACE: { anchor: 'C', bonds: 'CH3-C-O CY-CAY CAY-C' },
  FOR: { anchor: 'C', bonds: 'C-O' },
  'NME NMA': { anchor: 'N', bonds: 'N-CH3 N-C N-CA' },
  'NH2 NHE': { anchor: 'N', bonds: '' },
};

const sugar = "P-OP1 P-OP2 P-O1P P-O2P P-OP3 P-O5'-C5'-C4'-O4'-C1'-C2'-C3'-O3' C4'-C3' C2'-O2' O5T-C5'";
const purine = "C1'-N9-C8-N7-C5-C6-N1-C2-N3-C4-N9 C4-C5";
const pyrimidine = "C1'-N1-C2-N3-C4-C5-C6-N1 C2-O2";
const bases: Readonly<Record<string, string>> = {
  A: `${purine} C6-N6`,
  G: `${purine} C6-O6 C2-N2`,
  C: `${pyrimidine} C4-N4`,
  U: `${pyrimidine} C4-O4`,
  T: `${pyrimidine} C4-O4 C5-C7 C5-C5M`,
};
/** Names of the same base in CHARMM. */
const longNames: Readonly<Record<string, string>> = { A: 'ADE', G: 'GUA', C: 'CYT', U: 'URA', T: 'THY' };

const waters = [
  'HOH',
  'WAT',
  'SOL',
  'H2O',
  'DOD',
  'TIP',
  'TIP2',
  'TIP3',
  'TIP4',
  'TIP5',
  'TP3',
  'TP4',
  'TP5',
  'T3P',
  'T4P',
  'SPC',
  'SPCE',
];

/** Every residue of the table by name. */
export const residueSkeletons: ReadonlyMap<string, ResidueSkeleton> = (() => {
  const all = new Map<string, ResidueSkeleton>();
  for (const [names, text] of Object.entries(sideChains)) {
    const skeleton: ResidueSkeleton = { kind: 'peptide', anchor: ['N', 'CA', 'C'], bonds: [...backbone, ...chains(text)] };
    // A first letter N or C marks the terminal residues of AMBER: NALA, CALA.
    for (const name of names.split(' '))
      for (const prefix of name.length === 3 ? ['', 'N', 'C'] : ['']) all.set(prefix + name, skeleton);
  }
  for (const [names, { anchor, bonds }] of Object.entries(caps))
    for (const name of names.split(' ')) all.set(name, { kind: 'peptide', anchor: [anchor], bonds: chains(bonds) });
  for (const [letter, base] of Object.entries(bases)) {
    const skeleton: ResidueSkeleton = { kind: 'nucleic', anchor: ["C1'", "C4'"], bonds: chains(`${sugar} ${base}`) };
    for (const prefix of ['', 'D', 'R']) for (const suffix of ['', '3', '5', 'N']) all.set(prefix + letter + suffix, skeleton);
    all.set(longNames[letter], skeleton);
  }
  for (const name of waters) all.set(name, { kind: 'water', anchor: [], bonds: [] });
  return all;
})();
