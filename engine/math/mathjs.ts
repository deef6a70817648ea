/** The one place that loads mathjs: its single-file build starts in 60 ms, its thousand modules take 700. */
import type { MathNode, Unit } from 'mathjs';
import bundle from 'mathjs/lib/browser/math.js';

export type { MathNode, Unit };

/** Parses an expression. Throws a SyntaxError of mathjs. */
export const parse: (expression: string) => MathNode = bundle.parse;

/** A quantity with a unit, such as "2 fs". Throws if mathjs does not know the unit. */
export const unit: (text: string) => Unit = bundle.unit;
