// The crop box and the crop sphere in the scene: their outlines, and handles to move, turn and size them.

import { signal } from "@preact/signals";
import {
  BoxGeometry,
  BufferGeometry,
  Color,
  EdgesGeometry,
  Group,
  LineBasicMaterial,
  LineSegments,
  Object3D,
  Vector3,
} from "three";
import { TransformControls } from "three/addons/controls/TransformControls.js";
import type { Editing } from "./editing";
import type { Box, Sphere } from "./messages";
import type { Stage } from "./stage";
import type { Cut } from "./visibility";

export type Shape = "box" | "sphere";
export type Handle = "translate" | "rotate" | "scale";

const SMALLEST = 1e-6;

export class Cropping {
  /** Whose handles are out. */
  readonly held = signal<Shape | null>(null);
  readonly handle = signal<Handle>("translate");
  /** In the frame of the files. */
  readonly object = new Group();
  private readonly outlines: Record<Shape, LineSegments> = { box: outline(boxEdges()), sphere: outline(circles()) };
  private readonly handles: TransformControls;

  constructor(
    surface: HTMLElement,
    stage: Stage,
    private readonly editing: Editing,
    dragging: (is: boolean) => void,
    private readonly changed: () => void,
  ) {
    this.object.add(this.outlines.box, this.outlines.sphere);
    this.handles = new TransformControls(stage.camera, surface);
    this.handles.setSpace("local");
    this.handles.setSize(0.8);
    this.handles.addEventListener("change", () => this.changed());
    this.handles.addEventListener("objectChange", () => this.keepRound());
    this.handles.addEventListener("dragging-changed", ({ value }) => {
      dragging(value === true);
      if (value !== true) this.commit();
    });
    const helper: Object3D = this.handles.getHelper();
    stage.overlay.add(helper);
    this.handles.enabled = false;
    editing.now.subscribe((cut) => this.follow(cut));
  }

  /** Whether a handle is being pulled. */
  get dragged(): boolean {
    return this.handles.dragging;
  }

  hold(shape: Shape | null): void {
    this.held.value = shape;
    if (shape && this.editing.cut[shape]) this.handles.attach(this.outlines[shape]);
    else this.handles.detach();
    this.handles.enabled = shape !== null;
    if (shape === "sphere" && this.handle.value === "rotate") this.use("translate");
    this.changed();
  }

  use(handle: Handle): void {
    this.handle.value = handle;
    this.handles.setMode(handle);
    this.changed();
  }

  /** Outlines where the cut says they are. */
  private follow({ box, sphere }: Cut): void {
    this.outlines.box.visible = box !== null;
    this.outlines.sphere.visible = sphere !== null;
    if (box) {
      const [w, x, y, z] = box.quaternion;
      this.outlines.box.position.set(...box.centre);
      this.outlines.box.quaternion.set(x, y, z, w).normalize();
      this.outlines.box.scale.set(...box.half_sizes);
    }
    if (sphere) {
      this.outlines.sphere.position.set(...sphere.centre);
      this.outlines.sphere.scale.setScalar(sphere.radius);
    }
    const held = this.held.peek();
    if (held && !this.editing.cut[held]) this.hold(null);
    this.changed();
  }

  /** Whichever handle was pulled, a sphere stays one. */
  private keepRound(): void {
    const { scale } = this.outlines.sphere;
    if (this.held.value !== "sphere" || this.handle.value !== "scale") return;
    const before = this.editing.cut.sphere?.radius ?? 1;
    const pulled = [scale.x, scale.y, scale.z].sort((a, b) => Math.abs(b - before) - Math.abs(a - before))[0];
    scale.setScalar(Math.max(Math.abs(pulled), SMALLEST));
  }

  private commit(): void {
    if (this.held.value === "box") this.editing.change({ box: boxOf(this.outlines.box) });
    if (this.held.value === "sphere") this.editing.change({ sphere: sphereOf(this.outlines.sphere) });
  }
}

function boxOf({ position, quaternion: { w, x, y, z }, scale }: Object3D): Box {
  const [a, b, c] = scale.toArray().map((half) => Math.max(Math.abs(half), SMALLEST));
  return { centre: position.toArray(), half_sizes: [a, b, c], quaternion: [w, x, y, z] };
}

function sphereOf({ position, scale }: Object3D): Sphere {
  return { centre: position.toArray(), radius: scale.x };
}

function outline(geometry: BufferGeometry): LineSegments {
  const lines = new LineSegments(geometry, new LineBasicMaterial({ color: new Color("#2f6fde"), toneMapped: false }));
  lines.visible = false;
  lines.frustumCulled = false;
  return lines;
}

function boxEdges(): BufferGeometry {
  return new EdgesGeometry(new BoxGeometry(2, 2, 2));
}

function circles(): BufferGeometry {
  const points: Vector3[] = [];
  const steps = 96;
  const angle = (i: number) => (i / steps) * 2 * Math.PI;
  for (const axis of [0, 1, 2]) {
    for (let i = 0; i < steps; i++) {
      for (const a of [angle(i), angle(i + 1)]) {
        const around = [Math.cos(a), Math.sin(a)];
        around.splice(axis, 0, 0);
        points.push(new Vector3(...around));
      }
    }
  }
  return new BufferGeometry().setFromPoints(points);
}
