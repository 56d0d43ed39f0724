// What a ray meets. Among Gaussians that is where half of the light that comes back has been gathered, counted from the
// front: single faint ones in the way do not matter, and neither does which one lies nearest the ray.

import { Matrix3, Matrix4, Ray, Vector3 } from "three";
import type { Splats } from "./splats";

const FAINTEST = 1 / 255;
/** Less gathered light than this is nothing to point at. */
const ENOUGH = 0.25;
/** The renderer widens every Gaussian by this many pixels (the square root of its low-pass). */
const BLUR = 0.55;

interface Crossing {
  distance: number;
  alpha: number;
}

/**
 * The distance along the ray, or null. The ray is in the frame of the files; `pixel` is the width of a pixel one unit
 * in front of the camera.
 */
export function pickSplats(splats: Splats, ray: Ray, pixel: number, nearest: number): number | null {
  const crossings = near(splats, ray, pixel, nearest)
    .map((index) => crossing(splats, index, ray, pixel))
    .filter(({ alpha, distance }) => alpha >= FAINTEST && distance > nearest)
    .sort((a, b) => a.distance - b.distance);
  const whole = 1 - crossings.reduce((light, { alpha }) => light * (1 - alpha), 1);
  if (whole < ENOUGH) return null;
  let light = 1;
  for (const { distance, alpha } of crossings) {
    light *= 1 - alpha;
    if (1 - light >= whole / 2) return distance;
  }
  return null;
}

/** Those visible that pass within three of their largest standard deviations of the ray. */
function near(
  { means, sizes, shown, count }: Splats,
  { origin, direction }: Ray,
  pixel: number,
  least: number,
): number[] {
  const found: number[] = [];
  for (let i = 0; i < count; i++) {
    if (!shown[i]) continue;
    const x = means[4 * i] - origin.x;
    const y = means[4 * i + 1] - origin.y;
    const z = means[4 * i + 2] - origin.z;
    const along = x * direction.x + y * direction.y + z * direction.z;
    if (along < least) continue;
    const reach = 3 * (sizes[i] + BLUR * pixel * along);
    if (x * x + y * y + z * z - along * along < reach * reach) found.push(i);
  }
  return found;
}

/** Where the ray is deepest in a Gaussian, and how opaque that is there. */
function crossing(splats: Splats, index: number, { origin, direction }: Ray, pixel: number): Crossing {
  const { center, scales, quaternion, opacity } = splats.at(index);
  const blur = BLUR * pixel * center.distanceTo(origin);
  const toAxes = new Matrix3().setFromMatrix4(new Matrix4().makeRotationFromQuaternion(quaternion)).transpose();
  const widths = new Vector3(Math.hypot(scales.x, blur), Math.hypot(scales.y, blur), Math.hypot(scales.z, blur));
  const start = origin.clone().sub(center).applyMatrix3(toAxes).divide(widths);
  const step = direction.clone().applyMatrix3(toAxes).divide(widths);
  const distance = -start.dot(step) / step.lengthSq();
  const deviations = start.addScaledVector(step, distance).lengthSq();
  // `at` gives the opacity now drawn, which is the file's for all that are visible.
  return { distance, alpha: Math.min(opacity * Math.exp(-deviations / 2), 0.99) };
}
