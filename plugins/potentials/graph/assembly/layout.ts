/** Instructions of recorded passes (`recorder.ts`, `passes.ts`): their codes, and what of them both sides know. */

/** 32-bit words of an instruction: its code, then its arguments. */
export const instructionWords = 8;

/** On the sites of a range alone. */
export const opEmbed = 0;
export const opZero = 1;
export const opAdd = 2;
export const opAddBias = 3;
export const opMultiply = 4;
export const opActivate = 5;
export const opActivationSlope = 6;
export const opAddActivationCurvature = 7;
export const opReadout = 8;
export const opBroadcastOutput = 9;
/** Along edges, whose two sites they change. */
export const opConvolve = 10;
export const opConvolveReverse = 11;
export const opAddSlopes = 12;
export const opConvolveTangent = 13;
/** Gradients: sums over all sites or edges. */
export const opGradeMatrix = 14;
export const opGradeBias = 15;
export const opGradeEmbedding = 16;
export const opGradeOutput = 17;
export const opGradeFilters = 18;

/** The first of the second and of the third kind. */
export const firstAlongEdges = opConvolve;
export const firstGradient = opGradeMatrix;
