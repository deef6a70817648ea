/** Where the vertical axes of a page begin and end. */

/** Energies, temperatures and what converges are looked at around their mean, not from zero. */
export function axisAround(low: readonly number[], high: readonly number[], rules: readonly { y: number }[], label: string) {
  const values = [...low, ...high, ...rules.map((rule) => rule.y)].filter(Number.isFinite);
  if (values.length === 0) return {};
  const [from, to] = [Math.min(...values), Math.max(...values)];
  const room = to > from ? 0.06 * (to - from) : Math.max(1e-9, Math.abs(to) * 1e-3);
  return { y: { label, from: from - room, to: to + room } };
}
