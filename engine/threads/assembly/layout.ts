/** What a shared memory has at its start, for the kernels and for the TypeScript that drives them. */

/**
 * The arena, the start of the memory that is handed out: bytes from its address. What threads write often lies in cache lines of its own.
 */
export const arenaLock = 0;
export const arenaTop = 4;
/** Not 0 once memory was asked for in vain. */
export const arenaFull = 8;
/** Not 0 once a thread has stopped: all others stop too. */
export const arenaFailed = 12;
/** Threads that sleep in the middle of a job: whoever changes what they wait for wakes them. */
export const arenaSleeping = 16;
/** Pages of the memory, since it last grew. */
export const arenaPages = 20;
/** Threads that have arrived at a barrier, and how many barriers there were. */
export const arenaArrived = 64;
export const arenaGeneration = 128;
/** i32 a part: the last phase in which it was given to a thread. */
export const arenaClaims = 192;
/** Most parts of a phase. */
export const mostParts = 64;
export const arenaBytes = 448;
