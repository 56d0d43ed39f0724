// The Gaussians on the graphics card, by Spark, and what the viewer must know of each of them on the CPU.

import { dyno, ExtSplats, fromHalf, modifiers, SplatMesh } from "@sparkjsdev/spark";
import { Vector3 } from "three";
import type { Mode } from "./modes";

/**
 * Words per Gaussian in either of Spark's two arrays: x, y, z and opacity in the one; in the other halves of red and
 * green, of blue and the logarithm of the first scale, of those of the other two, and the rotation.
 */
const WORDS = 4;

export class Splats {
  readonly mesh: SplatMesh;
  count: number;
  /** Four floats each, of which three are the mean; the fourth holds the opacity in Spark's own way. */
  means: Float32Array;
  /** As in the file, whatever is hidden now. */
  opacities: Float32Array;
  /** The largest standard deviation of each. */
  sizes: Float32Array;
  /** 1 where a Gaussian is drawn. */
  shown: Uint8Array;
  shownCount: number;

  private readonly depths = {
    near: new dyno.DynoFloat({ value: 0 }),
    far: new dyno.DynoFloat({ value: 1 }),
    reverse: new dyno.DynoBool({ value: false }),
  };
  private words!: Uint32Array;
  private opacityWords!: Uint16Array;

  private constructor(private data: ExtSplats) {
    this.mesh = new SplatMesh({ extSplats: data, editable: false, raycastable: false });
    this.mesh.enableWorldToView = false;
    this.count = data.numSplats;
    this.means = this.opacities = this.sizes = new Float32Array(0);
    this.shown = new Uint8Array(0);
    this.shownCount = 0;
    this.take();
  }

  /** From the bytes of a file, of whatever type Spark can tell. */
  static async read(bytes: ArrayBuffer): Promise<Splats> {
    const data = await new ExtSplats({ fileBytes: bytes, nonLod: true }).initialized;
    const splats = new Splats(data);
    await splats.mesh.initialized;
    splats.setMode("splats");
    return splats;
  }

  /** None yet; a fit sends them by and by. */
  static async none(): Promise<Splats> {
    const splats = new Splats(roomFor(1));
    await splats.mesh.initialized;
    splats.setMode("splats");
    return splats;
  }

  /** Room for `count`, those there are kept, then whatever `write` sets. */
  change(count: number, write: (data: ExtSplats) => void): void {
    if (count > this.data.maxSplats) {
      const bigger = roomFor(Math.ceil(count * 1.5));
      bigger.extArrays.forEach((array, i) => array.set(this.data.extArrays[i]));
      this.data.dispose();
      this.data = bigger;
      this.mesh.extSplats = this.mesh.splats = bigger;
      this.mesh.updateGenerator();
    }
    this.data.numSplats = count;
    write(this.data);
    this.count = count;
    this.take();
    this.upload();
  }

  /** Draw those whose byte is 1. */
  show(shown: Uint8Array): void {
    this.shown = shown;
    this.shownCount = 0;
    for (let i = 0; i < this.count; i++) {
      this.words[WORDS * i + 3] = shown[i] ? this.opacityWords[i] : 0;
      this.shownCount += shown[i];
    }
    this.upload();
  }

  setMode(mode: Mode): void {
    const { near, far, reverse } = this.depths;
    const { worldToView } = this.mesh.context;
    this.mesh.enableWorldToView = mode === "depth" || mode === "normals";
    this.mesh.objectModifier = dropTransparent;
    if (mode === "depth") this.mesh.worldModifier = modifiers.makeDepthColorModifier(worldToView, near, far, reverse);
    else if (mode === "normals") this.mesh.worldModifier = modifiers.makeNormalColorModifier(worldToView);
    else this.mesh.worldModifier = undefined;
    this.mesh.updateGenerator();
  }

  setDepths(near: number, far: number, nearIsBright: boolean): void {
    this.depths.near.value = near;
    this.depths.far.value = far;
    this.depths.reverse.value = nearIsBright;
    this.mesh.updateVersion();
  }

  mean(index: number): Vector3 {
    return new Vector3().fromArray(this.means, WORDS * index);
  }

  /** Mean, scales, quaternion, opacity and colour; valid until the next call. */
  at(index: number) {
    return this.data.getSplat(index);
  }

  dispose(): void {
    this.mesh.removeFromParent();
    this.mesh.dispose();
  }

  private take(): void {
    const shapes = this.data.extArrays[1];
    this.words = this.data.extArrays[0];
    this.means = new Float32Array(this.words.buffer, this.words.byteOffset, this.words.length);
    this.opacityWords = new Uint16Array(this.count);
    this.opacities = new Float32Array(this.count);
    this.sizes = new Float32Array(this.count);
    for (let i = 0; i < this.count; i++) {
      this.opacityWords[i] = this.words[WORDS * i + 3];
      this.opacities[i] = fromHalf(this.opacityWords[i]);
      const [xy, yz] = [shapes[WORDS * i + 1], shapes[WORDS * i + 2]];
      this.sizes[i] = Math.exp(Math.max(fromHalf(xy >>> 16), fromHalf(yz & 0xffff), fromHalf(yz >>> 16)));
    }
    this.shown = new Uint8Array(this.count).fill(1);
    this.shownCount = this.count;
  }

  private upload(): void {
    for (const texture of this.data.textures) texture.needsUpdate = true;
    this.mesh.numSplats = this.count;
    this.mesh.updateVersion();
  }
}

function roomFor(count: number): ExtSplats {
  const rounded = new ExtSplats();
  const extArrays = rounded.ensureSplats(count);
  return new ExtSplats({ extArrays, numSplats: 0 });
}

/** Keeps hidden Gaussians out of the sorting, not only out of the picture. */
const dropTransparent = dyno.dynoBlock({ gsplat: dyno.Gsplat }, { gsplat: dyno.Gsplat }, ({ gsplat }) => {
  if (!gsplat) throw new Error("no Gaussian");
  const { flags, opacity } = dyno.splitGsplat(gsplat).outputs;
  const hidden = dyno.lessThanEqual(opacity, dyno.dynoConst("float", 0));
  return { gsplat: dyno.combineGsplat({ gsplat, flags: dyno.select(hidden, dyno.dynoConst("uint", 0), flags) }) };
});
