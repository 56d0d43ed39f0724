// A fit's changes to its Gaussians, in the layout that messages.ts describes.

import { Color, Quaternion, Vector3 } from "three";
import type { Splats } from "./splats";

const HEADER = 12;
const ROW = 32;

/** Returns the step. */
export function applyPatch(splats: Splats, bytes: ArrayBuffer): number {
  const view = new DataView(bytes);
  const [step, total, rows] = [0, 4, 8].map((offset) => view.getUint32(offset, true));
  const start = HEADER + 4 * rows;
  if (bytes.byteLength < start + ROW * rows) throw new Error("a patch was cut short");
  splats.change(total, (data) => {
    for (let row = 0; row < rows; row++) {
      const at = start + ROW * row;
      const float = (i: number) => view.getFloat32(at + 4 * i, true);
      const byte = (i: number) => view.getUint8(at + 24 + i);
      const [w, x, y, z] = [4, 5, 6, 7].map((i) => (byte(i) - 128) / 128);
      const mean = new Vector3(float(0), float(1), float(2));
      const scales = new Vector3(float(3), float(4), float(5));
      const colour = new Color(byte(0) / 255, byte(1) / 255, byte(2) / 255);
      const index = view.getUint32(HEADER + 4 * row, true);
      if (index < total)
        data.setSplat(index, mean, scales, new Quaternion(x, y, z, w).normalize(), byte(3) / 255, colour);
    }
  });
  return step;
}
