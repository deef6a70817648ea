/** Long series made short enough to draw: means of buckets, with the range within each. */

export interface Bucketed {
  readonly x: number[];
  readonly y: number[];
  readonly low: number[];
  readonly high: number[];
}

/** At most `most` points; values that are not finite are left out. Series that are short enough come back as they are. */
export function downsample(x: ArrayLike<number>, y: ArrayLike<number>, most = 400): Bucketed {
  const keep = Array.from({ length: Math.min(x.length, y.length) }, (_, k) => k).filter(
    (k) => Number.isFinite(x[k]) && Number.isFinite(y[k]),
  );
  const size = Math.max(1, Math.ceil(keep.length / most));
  const result: Bucketed = { x: [], y: [], low: [], high: [] };
  for (let start = 0; start < keep.length; start += size) {
    const bucket = keep.slice(start, start + size);
    const values = bucket.map((k) => y[k]);
    result.x.push(compact(bucket.reduce((sum, k) => sum + x[k], 0) / bucket.length));
    result.y.push(compact(values.reduce((a, b) => a + b, 0) / values.length));
    result.low.push(compact(Math.min(...values)));
    result.high.push(compact(Math.max(...values)));
  }
  return result;
}

/** Eight digits: more than a screen shows, half the bytes. */
export function compact(value: number): number {
  return Number(value.toPrecision(8));
}
