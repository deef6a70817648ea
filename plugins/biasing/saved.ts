/** States of biases as one array: parts one after the other. */

export function joined(...parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Gives such parts again, in their order: so many numbers each time, or all that are left. */
export function reader(state: Float64Array): (length?: number) => Float64Array {
  let at = 0;
  return (length = state.length - at) => {
    at += length;
    return state.slice(at - length, at);
  };
}
