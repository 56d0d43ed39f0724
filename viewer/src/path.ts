// A camera path: keyframes, and the smooth way through them.

import { CatmullRomCurve3, MathUtils, Quaternion, Vector3 } from "three";
import type { Viewpoint } from "./cameras";

export interface Keyframe extends Viewpoint {
  /** Vertical, in degrees. */
  fov: number;
  /** From here to the next keyframe; the last one's does not matter. */
  seconds: number;
}

export interface PathView extends Viewpoint {
  fov: number;
}

export function duration(keyframes: Keyframe[]): number {
  return keyframes.slice(0, -1).reduce((sum, { seconds }) => sum + seconds, 0);
}

/** Where the path is after so many seconds. */
export function along(keyframes: Keyframe[], seconds: number): PathView {
  const { piece, t } = pieceAt(keyframes, seconds);
  const [a, b] = [keyframes[piece], keyframes[Math.min(piece + 1, keyframes.length - 1)]];
  return {
    position: positionAt(keyframes, piece, t),
    orientation: orientationAt(keyframes, piece, t),
    fov: MathUtils.lerp(a.fov, b.fov, t),
  };
}

/** One view for every frame of a film, the first and the last keyframe included. */
export function frames(keyframes: Keyframe[], fps: number): PathView[] {
  const count = Math.max(1, Math.round(duration(keyframes) * fps));
  const last = Math.max(count - 1, 1);
  return Array.from({ length: count }, (_, i) => along(keyframes, (duration(keyframes) * i) / last));
}

/** Points of a line to draw. */
export function line(keyframes: Keyframe[], pieces = 24): Vector3[] {
  const points: Vector3[] = [];
  for (let piece = 0; piece < keyframes.length - 1; piece++) {
    for (let i = 0; i <= pieces; i++) points.push(positionAt(keyframes, piece, i / pieces));
  }
  return points;
}

function pieceAt(keyframes: Keyframe[], seconds: number): { piece: number; t: number } {
  let left = Math.max(seconds, 0);
  for (let piece = 0; piece < keyframes.length - 1; piece++) {
    const length = keyframes[piece].seconds;
    if (left < length) return { piece, t: left / length };
    left -= length;
  }
  return { piece: keyframes.length - 1, t: 0 };
}

/** Catmull and Rom's curve, centripetal, which neither loops nor overshoots. */
function positionAt(keyframes: Keyframe[], piece: number, t: number): Vector3 {
  if (keyframes.length === 1) return keyframes[0].position.clone();
  const curve = new CatmullRomCurve3(
    keyframes.map(({ position }) => position),
    false,
    "centripetal",
  );
  return curve.getPoint(Math.min((piece + t) / (keyframes.length - 1), 1));
}

/** Shoemake's squad (1987): a spline on the sphere of rotations that passes through the keyframes without a kink. */
function orientationAt(keyframes: Keyframe[], piece: number, t: number): Quaternion {
  const turns = alignedSigns(keyframes.map(({ orientation }) => orientation));
  const at = (i: number) => turns[MathUtils.clamp(i, 0, turns.length - 1)];
  const [a, b] = [at(piece), at(piece + 1)];
  const outer = a.clone().slerp(b, t);
  const inner = control(at(piece - 1), a, b).slerp(control(a, b, at(piece + 2)), t);
  return outer.slerp(inner, 2 * t * (1 - t)).normalize();
}

/** q and -q are one rotation: every quaternion on the side of the one before. */
function alignedSigns(quaternions: Quaternion[]): Quaternion[] {
  const out: Quaternion[] = [];
  for (const quaternion of quaternions) {
    const before = out.at(-1);
    const turned = quaternion.clone();
    if (before && before.dot(turned) < 0) turned.set(-turned.x, -turned.y, -turned.z, -turned.w);
    out.push(turned);
  }
  return out;
}

function control(before: Quaternion, here: Quaternion, after: Quaternion): Quaternion {
  const back = here.clone().invert();
  const sum = logarithm(back.clone().multiply(before)).add(logarithm(back.multiply(after)));
  return here.clone().multiply(exponential(sum.multiplyScalar(-0.25)));
}

function logarithm({ x, y, z, w }: Quaternion): Vector3 {
  const axis = new Vector3(x, y, z);
  const sine = axis.length();
  return sine < 1e-9 ? axis.set(0, 0, 0) : axis.multiplyScalar(Math.atan2(sine, w) / sine);
}

function exponential(vector: Vector3): Quaternion {
  const angle = vector.length();
  const { x, y, z } = angle < 1e-9 ? vector : vector.multiplyScalar(Math.sin(angle) / angle);
  return new Quaternion(x, y, z, Math.cos(angle));
}
