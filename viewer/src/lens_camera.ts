// A camera of three's whose projection is given in pixels, so the principal point may lie anywhere.

import { PerspectiveCamera } from "three";
import type { Lens, Viewpoint } from "./cameras";
import { freeLens, verticalDegrees } from "./cameras";

export class LensCamera extends PerspectiveCamera {
  lens: Lens = freeLens(50, { x: 0, y: 0, width: 1, height: 1 });
  width = 1;
  height = 1;

  set(viewpoint: Viewpoint, lens: Lens, width: number, height: number): void {
    this.position.copy(viewpoint.position);
    this.quaternion.copy(viewpoint.orientation);
    this.lens = lens;
    this.width = width;
    this.height = height;
    this.updateProjectionMatrix();
    this.updateMatrixWorld();
  }

  override updateProjectionMatrix(): void {
    if (!this.lens) return; // three calls this before the fields are there
    const { focal, centre } = this.lens;
    this.fov = verticalDegrees(this.lens, this.height); // for those who ask, such as TransformControls
    this.aspect = this.width / this.height;
    const depth = this.far - this.near;
    // prettier-ignore
    this.projectionMatrix.set(
      (2 * focal[0]) / this.width, 0, 1 - (2 * centre[0]) / this.width, 0,
      0, (2 * focal[1]) / this.height, (2 * centre[1]) / this.height - 1, 0,
      0, 0, -(this.far + this.near) / depth, (-2 * this.far * this.near) / depth,
      0, 0, -1, 0,
    );
    this.projectionMatrixInverse.copy(this.projectionMatrix).invert();
  }

  /** How many pixels one unit of length is wide, one unit in front of the camera. */
  get focal(): number {
    return this.lens.focal[1];
  }
}
