/** Fingerprints of inputs (SHA-256 over canonical JSON) and the seeds of stages (FNV-1a). */
import { createHash } from 'node:crypto';

/** SHA-256 of text or bytes, hexadecimal. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** SHA-256 of a JSON value that does not depend on the order of properties. */
export function hashOf(value: unknown): string {
  return sha256(canonical(value));
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const parts = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`);
    return `{${parts.join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/**
 * The seed of a stage: 32-bit FNV-1a over the UTF-8 bytes of `<scenario seed>/<stage name>`, so that stages of one scenario draw
 * independent noise and a stage keeps its noise when others are added, removed or reordered.
 * Method: Fowler, Noll & Vo (draft-eastlake-fnv); offset basis 2166136261, prime 16777619. Returns an integer in [0, 2^32).
 */
export function stageSeed(scenarioSeed: number, stageName: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(`${scenarioSeed}/${stageName}`)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash >>> 0;
}
