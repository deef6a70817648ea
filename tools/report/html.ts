/** Small pieces of HTML: escaping, numbers as people write them, tables. */

/** Markup that is already safe. */
export interface Html {
  readonly html: string;
}

/** Template tag: strings and numbers put in are escaped, `Html` goes in as it is, lists are joined, null leaves nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly unknown[]): Html {
  return { html: strings.reduce((out, part, k) => out + part + (k < values.length ? embed(values[k]) : ''), '') };
}

function embed(value: unknown): string {
  if (value === null || value === undefined || value === false) return '';
  if (Array.isArray(value)) return value.map(embed).join('');
  if (typeof value === 'object' && 'html' in value) return (value as Html).html;
  return escapeHtml(String(value));
}

export function escapeHtml(value: string): string {
  return value.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** JSON that may stand inside a script element. */
export function embeddedJson(value: unknown): string {
  return JSON.stringify(value)
    .replace(/</g, '\\u003c')
    .replace(/\u2028/g, '\\u2028')
    .replace(/\u2029/g, '\\u2029');
}

/** A narrow space at which no line breaks. */
const thin = '\u202f';

/** A number with `digits` significant digits, thousands set apart, powers of ten as such. */
export function show(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '\u2013';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e7 || size < 1e-3) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split('e');
    return `${minus(mantissa)}${thin}\u00d7${thin}10${superscript(Number(exponent))}`;
  }
  if (Number.isInteger(value) && size >= 1000) return grouped(String(value));
  const rounded = Number(value.toPrecision(digits));
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(rounded))));
  return grouped(rounded.toFixed(Number.isInteger(value) ? 0 : Math.min(decimals, 12)));
}

/** value +- error with as many digits as the error deserves. */
export function showWithError(value: number | null, error: number | null | undefined): string {
  if (value === null || !error || !Number.isFinite(error) || !Number.isFinite(value)) return show(value, 4);
  const decimals = Math.max(0, 1 - Math.floor(Math.log10(error)));
  const power = Math.floor(Math.log10(Math.max(Math.abs(value), error)));
  if (power < -3 || power > 6) {
    const scale = 10 ** power;
    const digits = Math.max(0, decimals + power);
    return `(${minus((value / scale).toFixed(digits))} \u00b1 ${(error / scale).toFixed(digits)})${thin}\u00d7${thin}10${superscript(power)}`;
  }
  return `${grouped(value.toFixed(decimals))} \u00b1 ${error.toFixed(decimals)}`;
}

function grouped(digits: string): string {
  const [whole, part] = minus(digits).split('.');
  const spaced = whole.replace(/\B(?=(\d{3})+$)/g, thin);
  return part === undefined ? spaced : `${spaced}.${part}`;
}

function minus(digits: string): string {
  return digits.replace('-', '\u2212');
}

function superscript(value: number): string {
  return [...String(value)]
    .map((c) => (c === '-' ? '\u207b' : '\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079'[Number(c)]))
    .join('');
}

/** Seconds as a person says them. */
export function duration(seconds: number | null): string {
  if (seconds === null) return '\u2013';
  if (seconds < 10) return `${seconds.toFixed(1)}${thin}s`;
  if (seconds < 120) return `${Math.round(seconds)}${thin}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes}${thin}min ${Math.round(seconds - 60 * minutes)}${thin}s`
    : `${Math.floor(minutes / 60)}${thin}h ${minutes % 60}${thin}min`;
}

export interface TableColumn {
  readonly head: string;
  /** Numbers are set flush right. */
  readonly numeric?: boolean;
}

export function table(columns: readonly TableColumn[], rows: readonly (readonly unknown[])[]): Html {
  const cell = (tag: string, c: number, content: unknown): Html =>
    html`${{ html: `<${tag}${columns[c].numeric ? ' class="number"' : ''}>` }}${content}${{ html: `</${tag}>` }}`;
  return html`<div class="scroll"><table><thead><tr>${columns.map((column, c) => cell('th', c, column.head))}</tr></thead><tbody>${rows.map(
    (row) => html`<tr>${row.map((content, c) => cell('td', c, content))}</tr>`,
  )}</tbody></table></div>`;
}

/** A unit as set in text: powers raised. */
export function unit(name: string): string {
  return name
    .replace(/\b(nm|sigma|tau|ps|cm)(-?\d)\b/g, (_, base: string, power: string) => `${base}${superscript(Number(power))}`)
    .replace('sigma', '\u03c3')
    .replace('tau', '\u03c4');
}
