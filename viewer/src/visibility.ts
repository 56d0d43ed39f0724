// Which Gaussians are drawn: one mask, made of what was deleted, the crop box, the crop sphere and the budget.

import { Matrix3, Matrix4, Quaternion, Vector3 } from "three";
import type { Box, Sphere } from "./messages";
import type { Splats } from "./splats";

export interface Cut {
  /** A bit each, lowest first. */
  deleted: Uint8Array;
  box: Box | null;
  sphere: Sphere | null;
}

const ROOM = 1.2;

/** 1 for every Gaussian that is drawn: it was not cut away, and is among the `budget` that matter most. */
export function visible(splats: Splats, cut: Cut, budget: number): { shown: Uint8Array; kept: number } {
  const shown = kept(splats, cut);
  let count = 0;
  for (const one of shown) count += one;
  if (count > budget) dropLeast(splats, shown, budget);
  return { shown, kept: count };
}

function kept(splats: Splats, { deleted, box, sphere }: Cut): Uint8Array {
  const shown = new Uint8Array(splats.count).fill(1);
  for (let i = 0; i < shown.length; i++) if ((deleted[i >> 3] >> (i & 7)) & 1) shown[i] = 0;
  if (box) keepInBox(splats, shown, box);
  if (sphere) keepInSphere(splats, shown, sphere);
  return shown;
}

function keepInBox({ means }: Splats, shown: Uint8Array, box: Box): void {
  const [w, x, y, z] = box.quaternion;
  const turn = new Matrix4().makeRotationFromQuaternion(new Quaternion(x, y, z, w).normalize());
  const [a, b, c, d, e, f, g, h, k] = new Matrix3().setFromMatrix4(turn).elements; // its columns are the box's axes
  const [cx, cy, cz] = box.centre;
  const [hx, hy, hz] = box.half_sizes;
  for (let i = 0; i < shown.length; i++) {
    const [px, py, pz] = [means[4 * i] - cx, means[4 * i + 1] - cy, means[4 * i + 2] - cz];
    const along = Math.abs(a * px + b * py + c * pz) <= hx && Math.abs(d * px + e * py + f * pz) <= hy;
    if (!along || Math.abs(g * px + h * py + k * pz) > hz) shown[i] = 0;
  }
}

function keepInSphere({ means }: Splats, shown: Uint8Array, { centre, radius }: Sphere): void {
  const [cx, cy, cz] = centre;
  for (let i = 0; i < shown.length; i++) {
    const [px, py, pz] = [means[4 * i] - cx, means[4 * i + 1] - cy, means[4 * i + 2] - cz];
    if (px * px + py * py + pz * pz > radius * radius) shown[i] = 0;
  }
}

/** What matters most is opaque and large. */
function dropLeast({ opacities, sizes }: Splats, shown: Uint8Array, budget: number): void {
  const weights = new Float32Array(shown.length);
  for (let i = 0; i < shown.length; i++) if (shown[i]) weights[i] = opacities[i] * sizes[i];
  const least = weights.slice().sort()[weights.length - budget];
  let left = budget;
  for (let i = 0; i < shown.length; i++) if (shown[i] && (weights[i] < least || left-- <= 0)) shown[i] = 0;
}

/**
 * A box with room for nearly all visible means: the extremes without the few furthest astray, and a little more, so that
 * what sticks out of an object is not lost.
 */
export function extent(splats: Splats): { centre: Vector3; half: Vector3 } {
  const axes: [number[], number[], number[]] = [[], [], []];
  const step = Math.max(1, Math.floor(splats.count / 50_000));
  for (let i = 0; i < splats.count; i += step) {
    if (splats.shown[i]) axes.forEach((axis, a) => axis.push(splats.means[4 * i + a]));
  }
  const ends = axes.map((axis) => {
    const sorted = Float32Array.from(axis).sort();
    return [sorted[Math.floor(sorted.length * 0.01)] ?? -1, sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 1];
  });
  const centre = new Vector3(...ends.map(([low, high]) => (low + high) / 2));
  const half = new Vector3(...ends.map(([low, high]) => Math.max((high - low) / 2, 1e-6) * ROOM));
  return { centre, half };
}
