// A circle that deletes: whatever visible Gaussian has its mean under it while the pointer is down goes on release.

import { signal } from "@preact/signals";
import { BufferAttribute, BufferGeometry, Color, Matrix4, Points, PointsMaterial } from "three";
import { type Click, within } from "./pointing";
import type { Splats } from "./splats";
import type { Stage } from "./stage";

export class Brush {
  readonly on = signal(false);
  readonly radius = signal(28);
  /** Where the pointer is, for the circle to be drawn. */
  readonly at = signal<Click | null>(null);
  /** How many are marked in this stroke. */
  readonly marked = signal(0);
  /** The marked ones, in red. In the frame of the files. */
  readonly object: Points;
  private stroke: Stroke | null = null;

  constructor(
    private readonly surface: HTMLElement,
    private readonly stage: Stage,
    private readonly splats: () => Splats | null,
    private readonly deleted: (indices: number[]) => void,
  ) {
    const material = new PointsMaterial({
      color: new Color("#e5383b"),
      size: 3,
      sizeAttenuation: false,
      depthTest: false,
    });
    this.object = new Points(new BufferGeometry(), material);
    this.object.frustumCulled = false;
    this.object.visible = false;
    this.object.renderOrder = 10;
    // Before the controls hear of it.
    surface.addEventListener("pointerdown", this.press, { capture: true });
    surface.addEventListener("pointermove", this.move);
    surface.addEventListener("pointerup", this.release);
    surface.addEventListener("pointercancel", this.abandon);
    surface.addEventListener("pointerleave", () => (this.at.value = null));
  }

  turn(on: boolean): void {
    this.on.value = on;
    if (!on) this.abandon();
  }

  private readonly press = (event: PointerEvent): void => {
    const splats = this.splats();
    if (!this.on.value || event.button !== 0 || !event.isPrimary || !splats) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    this.surface.setPointerCapture(event.pointerId);
    this.stroke = new Stroke(splats, this.stage);
    this.paint(within(this.surface, event));
  };

  private readonly move = (event: PointerEvent): void => {
    if (!this.on.value) return;
    this.at.value = within(this.surface, event);
    if (this.stroke) this.paint(this.at.value);
  };

  private readonly release = (): void => {
    const marked = this.stroke?.marked;
    this.abandon();
    if (marked?.length) this.deleted(marked);
  };

  private readonly abandon = (): void => {
    this.stroke = null;
    this.marked.value = 0;
    this.object.visible = false;
    this.stage.invalidate();
  };

  private paint(to: Click): void {
    if (!this.stroke?.extend(to, this.radius.value)) return;
    this.marked.value = this.stroke.marked.length;
    this.object.geometry.dispose();
    this.object.geometry = new BufferGeometry();
    this.object.geometry.setAttribute("position", new BufferAttribute(this.stroke.positions(), 3));
    this.object.visible = true;
    this.stage.invalidate();
  }
}

/** One drag. The view stands still meanwhile, so means are projected once. */
class Stroke {
  readonly marked: number[] = [];
  private readonly taken: Uint8Array;
  private readonly screen: Float32Array;
  private last: Click | null = null;

  constructor(
    private readonly splats: Splats,
    { camera, world }: Stage,
  ) {
    this.taken = new Uint8Array(splats.count);
    this.screen = new Float32Array(2 * splats.count).fill(Number.NaN);
    const seen = new Matrix4().multiplyMatrices(camera.matrixWorldInverse, world.matrixWorld).elements;
    const [fx, fy] = camera.lens.focal;
    const [cx, cy] = camera.lens.centre;
    for (let i = 0; i < splats.count; i++) {
      if (!splats.shown[i]) continue;
      const [x, y, z] = [splats.means[4 * i], splats.means[4 * i + 1], splats.means[4 * i + 2]];
      const depth = -(seen[2] * x + seen[6] * y + seen[10] * z + seen[14]);
      if (depth < camera.near) continue;
      this.screen[2 * i] = cx + (fx * (seen[0] * x + seen[4] * y + seen[8] * z + seen[12])) / depth;
      this.screen[2 * i + 1] = cy - (fy * (seen[1] * x + seen[5] * y + seen[9] * z + seen[13])) / depth;
    }
  }

  /** Marks what lies under the circle on its way there; whether that is anything new. */
  extend(to: Click, radius: number): boolean {
    const from = this.last ?? to;
    this.last = to;
    const before = this.marked.length;
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const length = dx * dx + dy * dy;
    for (let i = 0; i < this.taken.length; i++) {
      const [px, py] = [this.screen[2 * i] - from.x, this.screen[2 * i + 1] - from.y];
      if (this.taken[i] || Number.isNaN(px)) continue;
      const t = length > 0 ? Math.max(0, Math.min(1, (px * dx + py * dy) / length)) : 0;
      if ((px - t * dx) ** 2 + (py - t * dy) ** 2 > radius * radius) continue;
      this.taken[i] = 1;
      this.marked.push(i);
    }
    return this.marked.length > before;
  }

  positions(): Float32Array {
    const numbers = new Float32Array(3 * this.marked.length);
    this.marked.forEach((index, i) => numbers.set(this.splats.means.subarray(4 * index, 4 * index + 3), 3 * i));
    return numbers;
  }
}
