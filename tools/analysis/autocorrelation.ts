/** Autocorrelation functions and integrated autocorrelation times of time series. */
import { mean } from './statistics.ts';

/**
 * Normalised autocorrelation C(lag) = <da(0) da(lag)> / <da^2> for lags 0 ... maxLag, averaged over all time origins.
 * A constant series gives 1 at lag 0 and 0 after.
 */
export function autocorrelation(series: ArrayLike<number>, maxLag: number): Float64Array {
  const centre = mean(series);
  const lags = Math.min(maxLag, series.length - 1);
  const result = new Float64Array(lags + 1);
  for (let lag = 0; lag <= lags; lag++) result[lag] = covariance(series, centre, lag);
  const variance = result[0];
  for (let lag = 0; lag <= lags; lag++) result[lag] = variance > 0 ? result[lag] / variance : lag === 0 ? 1 : 0;
  return result;
}

/**
 * Integrated autocorrelation time 1/2 + sum C(lag), in units of the sampling interval (an uncorrelated series gives 1/2; the
 * correlation time of an exponential decay is recovered when it is long against the interval). The sum stops at the first lag that
 * exceeds six times its value (Sokal's automatic window; Madras & Sokal, J. Stat. Phys. 50, 109, 1988).
 * `null` when the series is shorter than twenty such times or constant: the estimate would mean nothing.
 */
export function integratedAutocorrelationTime(series: ArrayLike<number>): number | null {
  const centre = mean(series);
  const variance = covariance(series, centre, 0);
  if (!(variance > 0)) return null;
  let tau = 0.5;
  for (let lag = 1; lag < series.length / 2; lag++) {
    tau += covariance(series, centre, lag) / variance;
    if (lag >= 6 * tau) return series.length >= 20 * tau ? Math.max(tau, 0.5) : null;
  }
  return null;
}

function covariance(series: ArrayLike<number>, centre: number, lag: number): number {
  const count = series.length - lag;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += (series[i] - centre) * (series[i + lag] - centre);
  return sum / count;
}
