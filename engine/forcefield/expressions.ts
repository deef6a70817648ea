/** Expressions as OpenMM writes them, in the notation of the engine: definitions behind semicolons, and functions that mathjs lacks. */
import { InputError } from '../errors.ts';
import { type MathNode, parse } from '../math/mathjs.ts';
import type { XmlElement } from './xml.ts';
import { checkAttributes, numberAttribute, textAttribute } from './xml.ts';

/** Functions as expressions of their arguments. */
const functions: Readonly<Record<string, { readonly names: readonly string[]; readonly text: string }>> = {
  step: { names: ['x'], text: '(x >= 0 ? 1 : 0)' },
  delta: { names: ['x'], text: '(x < 0 ? 0 : (x > 0 ? 0 : 1))' },
  select: { names: ['x', 'y', 'z'], text: '(x < 0 ? y : (x > 0 ? y : z))' },
  sec: { names: ['x'], text: '(1 / cos(x))' },
  csc: { names: ['x'], text: '(1 / sin(x))' },
  cot: { names: ['x'], text: '(1 / tan(x))' },
  sinh: { names: ['x'], text: '((exp(x) - exp(-x)) / 2)' },
  cosh: { names: ['x'], text: '((exp(x) + exp(-x)) / 2)' },
  tanh: { names: ['x'], text: '(1 - 2 / (exp(2 * x) + 1))' },
  square: { names: ['x'], text: '(x ^ 2)' },
  cube: { names: ['x'], text: '(x ^ 3)' },
  recip: { names: ['x'], text: '(1 / x)' },
};

/**
 * `k*u^2; u=r-r0` becomes `k * (r - r0)^2`.
 * @param names what names stand for in the engine: variables renamed, global parameters as numbers; others stay
 * @throws InputError at `where` for text that cannot be read, and for definitions that go in a circle
 */
export function engineExpression(text: string, names: ReadonlyMap<string, string>, where: string): string {
  const [energy, ...rest] = text.split(';').map((part) => part.trim());
  const definitions = new Map<string, string>();
  for (const part of rest.filter(Boolean)) {
    const match = /^([A-Za-z_]\w*)\s*=(.*)$/s.exec(part);
    if (!match)
      throw new InputError(where, `"${part}" of the energy is no definition; "name = expression" is expected behind a semicolon`);
    definitions.set(match[1], match[2]);
  }
  const expand = (node: MathNode, within: readonly string[]): MathNode => {
    if (node.type === 'SymbolNode') {
      const { name } = node as unknown as { name: string };
      const definition = definitions.get(name);
      if (definition === undefined) return names.has(name) ? read(`(${names.get(name)})`, where) : node;
      if (within.includes(name)) throw new InputError(where, `the definition of "${name}" in the energy refers to itself`);
      return read(`(${expand(read(definition, where), [...within, name]).toString()})`, where);
    }
    if (node.type === 'FunctionNode') {
      const { fn, args } = node as unknown as { fn: { name: string }; args: MathNode[] };
      const inside = args.map((arg) => expand(arg, within));
      const replacement = Object.hasOwn(functions, fn.name) ? functions[fn.name] : undefined;
      if (!replacement) return read(`${fn.name}(${inside.map((arg) => arg.toString()).join(', ')})`, where);
      if (inside.length !== replacement.names.length)
        throw new InputError(where, `${fn.name} takes ${replacement.names.length} arguments; found ${inside.length}`);
      return read(replacement.text, where).transform((part: MathNode) => {
        const k = part.type === 'SymbolNode' ? replacement.names.indexOf((part as unknown as { name: string }).name) : -1;
        return k < 0 ? part : read(`(${inside[k].toString()})`, where);
      });
    }
    return node.map((child: MathNode) => expand(child, within));
  };
  return expand(read(energy, where), []).toString();
}

function read(text: string, where: string): MathNode {
  try {
    return parse(text);
  } catch (error) {
    throw new InputError(where, `"${text}" cannot be read as an expression: ${(error as Error).message}`);
  }
}

/** What custom forces of all kinds have: the energy, and the names of its parameters. */
export interface CustomEnergy {
  readonly energy: string;
  /** In the order in which they are declared. */
  readonly names: readonly string[];
}

/**
 * Reads `energy`, `<GlobalParameter name defaultValue/>` (numbers from then on) and `<PerBondParameter name/>` or its like.
 * @param variable what the coordinate is called in the engine, by its name in OpenMM
 */
export function readEnergy(element: XmlElement, parameterTag: string, variable: ReadonlyMap<string, string>): CustomEnergy {
  const names: string[] = [];
  const meanings = new Map<string, string>();
  for (const child of element.children) {
    if (child.tag === 'GlobalParameter') {
      checkAttributes(child, ['name', 'defaultValue']);
      meanings.set(textAttribute(child, 'name'), String(numberAttribute(child, 'defaultValue')));
    } else if (child.tag === parameterTag) {
      checkAttributes(child, ['name']);
      names.push(textAttribute(child, 'name'));
    } else if (child.tag === 'Function')
      throw new InputError(child.where, `<Function> in <${element.tag}> is not supported: write the energy as an expression`);
  }
  for (const [name, engine] of variable) meanings.set(name, engine);
  return { energy: engineExpression(textAttribute(element, 'energy'), meanings, element.where), names };
}
