/** XML elements with their attributes and the line they begin on, and attribute reading that leaves nothing unnoticed. */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { InputError, nearest } from '../errors.ts';

export interface XmlElement {
  readonly tag: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** The text between its tags, without that of its children. */
  readonly text: string;
  /** `file:line`, for messages. */
  readonly where: string;
}

/** What fast-xml-parser gives with `preserveOrder`: one property named after the tag, one with the attributes. */
type Ordered = Readonly<Record<string | symbol, unknown>>;

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
  captureMetaData: true,
});
const metaData = XMLParser.getMetaDataSymbol() as symbol;

/** The root element of a document. Throws InputError at `file:line` for text that is not well-formed XML. */
export function parseXml(text: string, file: string): XmlElement {
  const whole = text.trimEnd();
  if (!whole.endsWith('>')) {
    const line = whole.split('\n').length;
    throw new InputError(
      `${file}:${line}`,
      `the file ends with "${whole.slice(-20).trim()}" instead of a tag; it seems truncated`,
    );
  }
  const valid = XMLValidator.validate(text);
  if (valid !== true) throw new InputError(`${file}:${valid.err.line}`, `this is not well-formed XML: ${inWords(valid.err.msg)}`);
  const roots = elementsOf(parser.parse(text) as Ordered[], lineFinder(text, file));
  if (roots.length !== 1) throw new InputError(file, `found ${roots.length} root elements; one is expected`);
  return roots[0];
}

/** The validator's message; of a document that ends too early it only prints the list of open elements. */
function inWords(message: string): string {
  const open = /^Invalid '\[([^\]]*)\]' found/.exec(message)?.[1];
  if (open === undefined) return message;
  const tags = open.replaceAll(/["\s]/g, '').split(',').reverse();
  return `${tags.map((tag) => `</${tag}>`).join(' ')} ${tags.length === 1 ? 'is' : 'are'} missing; the file seems truncated`;
}

function elementsOf(nodes: readonly Ordered[], where: (index: number) => string): XmlElement[] {
  const elements: XmlElement[] = [];
  for (const node of nodes) {
    const tag = Object.keys(node).find((key) => key !== ':@');
    if (tag === undefined || tag.startsWith('#') || tag.startsWith('?') || tag.startsWith('!')) continue;
    const attributes = new Map(Object.entries((node[':@'] ?? {}) as Record<string, string>));
    const start = (node[metaData] as { startIndex?: number } | undefined)?.startIndex ?? 0;
    const inside = node[tag] as Ordered[];
    elements.push({ tag, attributes, children: elementsOf(inside, where), text: textOf(inside), where: where(start) });
  }
  return elements;
}

function textOf(nodes: readonly Ordered[]): string {
  return nodes.map((node) => node['#text'] ?? '').join(' ');
}

/** Index of a character to `file:line`. */
function lineFinder(text: string, file: string): (index: number) => string {
  const starts = [0];
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1);
  return (index) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle] <= index) low = middle;
      else high = middle - 1;
    }
    return `${file}:${low + 1}`;
  };
}

/** Throws InputError at the element for an attribute that is not among the allowed ones: a value that is not understood must not be lost. */
export function checkAttributes(element: XmlElement, allowed: readonly string[]): void {
  for (const name of element.attributes.keys()) {
    if (allowed.includes(name)) continue;
    const near = nearest(name, allowed);
    throw new InputError(
      element.where,
      `<${element.tag}> has the attribute "${name}", which is not supported${near ? `; did you mean "${near}"?` : ''} Allowed: ${allowed.join(', ') || 'none'}`,
    );
  }
}

/** Throws InputError at the first child whose tag is not among the allowed ones. */
export function checkChildren(element: XmlElement, allowed: readonly string[]): void {
  for (const child of element.children) {
    if (!allowed.includes(child.tag))
      throw new InputError(
        child.where,
        `<${child.tag}> in <${element.tag}> is not supported; allowed: ${allowed.map((tag) => `<${tag}>`).join(', ')}`,
      );
  }
}

/** An attribute that has to be there. */
export function textAttribute(element: XmlElement, name: string): string {
  const value = element.attributes.get(name);
  if (value === undefined) throw new InputError(element.where, `<${element.tag}> lacks the attribute "${name}"`);
  return value;
}

/** A numeric attribute; `fallback` if it is absent, an error if there is no fallback. */
export function numberAttribute(element: XmlElement, name: string, fallback?: number): number {
  const text = element.attributes.get(name);
  if (text === undefined && fallback !== undefined) return fallback;
  const value = Number(textAttribute(element, name));
  if (text?.trim() === '' || !Number.isFinite(value))
    throw new InputError(element.where, `found ${name}="${text}" in <${element.tag}>, where a number is expected`);
  return value;
}
