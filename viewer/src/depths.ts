// From how near to how far the scale of greys of a depth picture should reach.

import { type Box3, Matrix4, type Object3D, Vector3 } from "three";
import type { LensCamera } from "./lens_camera";
import type { Splats } from "./splats";

const SAMPLES = 4000;

export function depthsOfSplats(splats: Splats | null, world: Object3D, camera: LensCamera): [number, number] {
  if (!splats) return [0, 1];
  const seen = new Matrix4().multiplyMatrices(camera.matrixWorldInverse, world.matrixWorld);
  const depths: number[] = [];
  const step = Math.max(1, Math.floor(splats.count / SAMPLES));
  for (let i = 0; i < splats.count; i += step) {
    if (!splats.shown[i] || splats.opacities[i] < 0.1) continue;
    const point = splats.mean(i).applyMatrix4(seen);
    const depth = -point.z;
    const [u, v] = [(point.x / depth) * camera.lens.focal[0], (point.y / depth) * camera.lens.focal[1]];
    if (depth > camera.near && Math.abs(u) < camera.width && Math.abs(v) < camera.height) depths.push(depth);
  }
  const sorted = Float32Array.from(depths).sort();
  return range(sorted[Math.floor(sorted.length * 0.02)], sorted[Math.floor(sorted.length * 0.98)], camera);
}

export function depthsOfBox(box: Box3, camera: LensCamera): [number, number] {
  const depths: number[] = [];
  for (let corner = 0; corner < 8; corner++) {
    const end = (bit: number) => (corner & bit ? box.max : box.min);
    const point = new Vector3(end(1).x, end(2).y, end(4).z);
    depths.push(-point.applyMatrix4(camera.matrixWorldInverse).z);
  }
  return range(Math.min(...depths), Math.max(...depths), camera);
}

function range(near: number | undefined, far: number | undefined, camera: LensCamera): [number, number] {
  const least = Math.max(near ?? 0, camera.near);
  return [least, Math.max(far ?? 1, least * 1.01)];
}
