/** What OPES aims at, from its settings: the bias factor, the floor of the bias, and where kernels end. */
import { type BiasContext, exp, InputError, log, type Settings } from '../../engine/index.ts';
import { thermalEnergy } from './settings.ts';

/**
 * ln of how many times Z the tallest kernel may be: Z is the mean of P at the kernels, so that is at most ln of their number. Kernels end where one so tall
 * is epsilon Z. Cut off where one of the height Z is, as the paper does, they end above epsilon, and the bias falls off a cliff there: forces of
 * thousands of kT over sigma, which no timestep follows.
 */
const lnTallest = 10;

/** V = prefactor kT ln(P/Z + epsilon). */
export interface OpesTarget {
  readonly explore: boolean;
  readonly kT: number;
  /** gamma; may be infinite where it is not `explore`. */
  readonly biasFactor: number;
  readonly prefactor: number;
  readonly epsilon: number;
  /** ln of the weight that stands for what is not sampled yet: -barrier/kT. */
  readonly logFirstWeight: number;
  /** In standard deviations. */
  readonly cutoff: number;
}

/** @throws InputError for a barrier below kT, and where `explore` has no number for gamma */
export function opesTarget(settings: Settings, context: BiasContext, explore: boolean): OpesTarget {
  const { where } = context;
  const kT = thermalEnergy(context);
  const barrier = settings.barrier as number;
  const given = settings.biasFactor as number | 'infinite' | undefined;
  const biasFactor = given === 'infinite' ? Number.POSITIVE_INFINITY : (given ?? barrier / kT);
  if (!(biasFactor > 1))
    throw new InputError(`${where}.barrier`, `is ${(barrier / kT).toPrecision(3)} kT; it must be greater than 1 kT`);
  if (explore && !Number.isFinite(biasFactor))
    throw new InputError(
      `${where}.biasFactor`,
      'cannot be infinite here: opes-explore needs a number; use "opes" for a flat target',
    );
  const prefactor = explore ? biasFactor - 1 : 1 - 1 / biasFactor;
  // With a prefactor above 1, that of `explore`, what is cut off of P counts as many times in V.
  const reach = barrier / (prefactor * kT) + lnTallest + Math.max(0, log(prefactor));
  return {
    explore,
    kT,
    biasFactor,
    prefactor,
    epsilon: exp(-barrier / (prefactor * kT)),
    logFirstWeight: -barrier / kT,
    cutoff: Math.sqrt(2 * reach),
  };
}
