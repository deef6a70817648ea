/** Draws configurations as shaded spheres on a canvas; drag to turn, wheel with a key held to zoom. Runs in the browser. */
import type { PageData, View } from '../data.ts';

const data = JSON.parse(document.getElementById('report-data')?.textContent ?? '{}') as PageData;
const still = matchMedia('(prefers-reduced-motion: reduce)').matches;

function bytes(text: string): ArrayBuffer {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
}

/** A sphere lit from the upper left, drawn once for each kind and then copied. */
function sprite(colour: string): HTMLCanvasElement {
  const size = 64;
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = size;
  const c = canvas.getContext('2d') as CanvasRenderingContext2D;
  const half = size / 2;
  c.beginPath();
  c.arc(half, half, half - 1, 0, 2 * Math.PI);
  c.fillStyle = colour;
  c.fill();
  const light = c.createRadialGradient(half * 0.68, half * 0.6, half * 0.05, half, half, half);
  light.addColorStop(0, 'rgba(255,255,255,0.55)');
  light.addColorStop(0.45, 'rgba(255,255,255,0)');
  light.addColorStop(0.8, 'rgba(0,0,0,0.14)');
  light.addColorStop(1, 'rgba(0,0,0,0.42)');
  c.fillStyle = light;
  c.fill();
  return canvas;
}

function variable(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

class Viewer {
  private readonly canvas: HTMLCanvasElement;
  private readonly view: View;
  private readonly positions: Int16Array;
  private readonly kinds: Uint8Array;
  private readonly bonds: Uint32Array;
  private readonly projected: Float32Array;
  private readonly order: Uint32Array;
  private readonly extent: number;
  private turn = -0.55;
  private tilt = 0.28;
  private zoom: number;
  private touched = still;
  private visible = false;

  constructor(canvas: HTMLCanvasElement, view: View) {
    this.canvas = canvas;
    this.view = view;
    this.positions = new Int16Array(bytes(view.positions));
    this.kinds = new Uint8Array(bytes(view.kind));
    this.bonds = new Uint32Array(view.bonds ? bytes(view.bonds) : new ArrayBuffer(0));
    this.projected = new Float32Array(3 * view.count);
    this.order = Uint32Array.from({ length: view.count }, (_, i) => i);
    let largest = 0;
    for (let i = 0; i < view.count; i++) largest = Math.max(largest, Math.hypot(...this.positions.subarray(3 * i, 3 * i + 3)));
    const corner = view.box ? Math.max(...corners(view.box).map((p) => Math.hypot(...p))) : 0;
    this.extent = Math.max(largest * view.unit + Math.max(...view.kinds.map((k) => k.radius)), corner) * 1.03;
    // a box seen from the side is smaller than the sphere about its corners
    this.zoom = view.box ? 1.12 : 1;
    this.listen();
  }

  private listen(): void {
    let from: [number, number] | null = null;
    this.canvas.addEventListener('pointerdown', (event) => {
      from = [event.clientX, event.clientY];
      this.touched = true;
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener('pointermove', (event) => {
      if (!from) return;
      this.turn += (event.clientX - from[0]) * 0.01;
      this.tilt = Math.max(-1.5, Math.min(1.5, this.tilt + (event.clientY - from[1]) * 0.01));
      from = [event.clientX, event.clientY];
      this.draw();
    });
    for (const end of ['pointerup', 'pointercancel']) this.canvas.addEventListener(end, () => (from = null));
    this.canvas.addEventListener(
      'wheel',
      (event) => {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        this.zoom = Math.max(0.5, Math.min(8, this.zoom * Math.exp(-event.deltaY * 0.004)));
        this.draw();
      },
      { passive: false },
    );
    new IntersectionObserver((entries) => {
      const before = this.visible;
      this.visible = entries.some((entry) => entry.isIntersecting);
      if (this.visible && !before) this.animate();
    }).observe(this.canvas);
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
  }

  private animate(): void {
    this.draw();
    const step = (): void => {
      if (!this.visible || this.touched) return;
      this.turn += 0.003;
      this.draw();
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  private project(x: number, y: number, z: number): [number, number, number] {
    const [ct, st, cp, sp] = [Math.cos(this.turn), Math.sin(this.turn), Math.cos(this.tilt), Math.sin(this.tilt)];
    const a = ct * x + st * z;
    const b = -st * x + ct * z;
    return [a, cp * y - sp * b, sp * y + cp * b];
  }

  draw(): void {
    const ratio = Math.min(2, devicePixelRatio || 1);
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (width === 0) return;
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    const c = this.canvas.getContext('2d') as CanvasRenderingContext2D;
    c.setTransform(ratio, 0, 0, ratio, width / 2, height / 2);
    const distance = 4.5 * this.extent;
    const scale = (Math.min(width, height) / 2 / this.extent) * this.zoom;
    const place = (p: readonly number[]): [number, number, number] => {
      const [x, y, z] = this.project(p[0], p[1], p[2]);
      const near = distance / (distance - z);
      return [x * near * scale, -y * near * scale, z];
    };
    const edges = this.view.box ? boxEdges(this.view.box) : [];
    const line = (from: readonly number[], to: readonly number[]): void => {
      const [a, b] = [place(from), place(to)];
      c.beginPath();
      c.moveTo(a[0], a[1]);
      c.lineTo(b[0], b[1]);
      c.stroke();
    };
    c.strokeStyle = variable('--muted');
    c.lineWidth = 1;
    c.globalAlpha = 0.75;
    // edges whose middle lies behind the centre go first, the others over the spheres
    const behind = ([from, to]: [number[], number[]]) =>
      this.project((from[0] + to[0]) / 2, (from[1] + to[1]) / 2, (from[2] + to[2]) / 2)[2] < 0;
    for (const edge of edges) if (behind(edge)) line(...edge);
    this.spheres(c, place, distance, scale);
    c.globalAlpha = 0.35;
    c.strokeStyle = variable('--muted');
    c.lineWidth = 1;
    for (const edge of edges) if (!behind(edge)) line(...edge);
    c.globalAlpha = 1;
  }

  private spheres(
    c: CanvasRenderingContext2D,
    place: (p: readonly number[]) => [number, number, number],
    distance: number,
    scale: number,
  ): void {
    const { view, positions, projected, order } = this;
    const page = variable('--page');
    const sprites = view.kinds.map((kind) =>
      sprite(typeof kind.colour === 'number' ? variable(`--c${kind.colour % 6}`) : kind.colour),
    );
    for (let i = 0; i < view.count; i++) {
      const p = place([positions[3 * i] * view.unit, positions[3 * i + 1] * view.unit, positions[3 * i + 2] * view.unit]);
      projected.set(p, 3 * i);
    }
    order.sort((a, b) => projected[3 * a + 2] - projected[3 * b + 2]);
    this.sticks(c);
    for (const i of order) {
      const z = projected[3 * i + 2];
      const kind = view.kinds[this.kinds[i]];
      const r = kind.radius * scale * (distance / (distance - z));
      // far spheres fade into the page: the eye reads it as depth
      c.globalAlpha = kind.opacity ?? 1;
      c.drawImage(sprites[this.kinds[i]], projected[3 * i] - r, projected[3 * i + 1] - r, 2 * r, 2 * r);
      const fade = view.count > 60 ? Math.max(0, 0.32 * (0.5 - z / (2 * this.extent))) : 0;
      if (fade > 0.02) {
        c.globalAlpha = fade;
        c.fillStyle = page;
        c.beginPath();
        c.arc(projected[3 * i], projected[3 * i + 1], r, 0, 2 * Math.PI);
        c.fill();
      }
      c.globalAlpha = 1;
      if (view.labels) {
        c.fillStyle = variable('--on-colour');
        c.font = `600 ${Math.max(9, Math.min(14, r * 0.7))}px system-ui, sans-serif`;
        c.textAlign = 'center';
        c.textBaseline = 'middle';
        c.fillText(view.labels[i], projected[3 * i], projected[3 * i + 1]);
      }
    }
  }

  private sticks(c: CanvasRenderingContext2D): void {
    const { bonds, projected } = this;
    c.strokeStyle = variable('--muted');
    c.lineWidth = this.view.labels ? 7 : 2.5;
    c.lineCap = 'round';
    c.globalAlpha = 0.8;
    for (let b = 0; b < bonds.length; b += 2) {
      const [i, j] = [bonds[b], bonds[b + 1]];
      c.beginPath();
      c.moveTo(projected[3 * i], projected[3 * i + 1]);
      c.lineTo(projected[3 * j], projected[3 * j + 1]);
      c.stroke();
    }
    c.globalAlpha = 1;
  }
}

function corners(v: readonly number[]): number[][] {
  return Array.from({ length: 8 }, (_, k) => {
    const [a, b, c] = [(k & 1) - 0.5, ((k >> 1) & 1) - 0.5, ((k >> 2) & 1) - 0.5];
    return [a * v[0] + b * v[3] + c * v[6], a * v[1] + b * v[4] + c * v[7], a * v[2] + b * v[5] + c * v[8]];
  });
}

function boxEdges(v: readonly number[]): [number[], number[]][] {
  const at = corners(v);
  const edges: [number[], number[]][] = [];
  for (let k = 0; k < 8; k++) for (const bit of [1, 2, 4]) if (!(k & bit)) edges.push([at[k], at[k | bit]]);
  return edges;
}

for (const canvas of document.querySelectorAll<HTMLCanvasElement>('canvas[data-view]')) {
  const view = data.views[canvas.dataset.view ?? ''];
  if (view) new Viewer(canvas, view).draw();
}
