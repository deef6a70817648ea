/** What the page's script draws: plain data, made in Node and embedded as JSON. Types only, so that the script can share them. */

/** A colour by meaning: the reference, a place in the palette, or faint. */
export type Colour = 'reference' | 'faint' | number;

export interface Series {
  readonly name: string;
  readonly colour: Colour;
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Band around the curve. */
  readonly low?: readonly number[];
  readonly high?: readonly number[];
  readonly dashed?: boolean;
  readonly area?: boolean;
  readonly points?: boolean;
}

export interface Axis {
  readonly label: string;
  readonly log?: boolean;
  readonly from?: number;
  readonly to?: number;
}

export interface LineChart {
  readonly type: 'lines';
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** Horizontal lines that say something, such as a noise floor. */
  readonly rules?: readonly { readonly y: number; readonly label: string }[];
  readonly height?: number;
}

export interface MatrixChart {
  readonly type: 'matrix';
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly rowLabel: string;
  readonly columnLabel: string;
  readonly values: readonly (readonly number[])[];
}

/** A function of two coordinates as colours, such as a free energy; curves may lie on top. */
export interface MapChart {
  readonly type: 'map';
  /** Both axes have their ends. */
  readonly x: Axis;
  readonly y: Axis;
  /** Rows from the low end of y to its high end, each from the low end of x; null where there is no value. */
  readonly values: readonly (readonly (number | null)[])[];
  /** What the colours mean. */
  readonly label: string;
  /** Values that the ends of the colours stand for; those of the map if absent. */
  readonly range?: readonly [number, number];
  readonly overlay?: readonly Series[];
  readonly height?: number;
}

export type Chart = LineChart | MatrixChart | MapChart;

/** A configuration to look at. Numbers are packed little-endian and base64. */
export interface View {
  readonly count: number;
  /** Int16 x, y, z of each particle, in units of `unit` from the middle of the view. */
  readonly positions: string;
  readonly unit: number;
  /** Uint8 index into `kinds`. */
  readonly kind: string;
  readonly kinds: readonly {
    readonly name: string;
    readonly colour: string | number;
    readonly radius: number;
    /** 1, opaque, if absent. */
    readonly opacity?: number;
  }[];
  /** Uint32 pairs; drawn as sticks. */
  readonly bonds: string | null;
  /** Row-major box vectors around the middle, or null. */
  readonly box: readonly number[] | null;
  readonly labels: readonly string[] | null;
}

export interface PageData {
  readonly charts: Readonly<Record<string, Chart>>;
  readonly views: Readonly<Record<string, View>>;
}
