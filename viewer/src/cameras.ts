// Cameras between the files and three. On the wire they are OpenCV's (+z forward, y down), matrices row-major, in the
// frame of the user's files. In three they look along -z, y is up, and the world is turned so that up is +y.

import { Matrix4, Quaternion, Vector3 } from "three";
import type { View } from "./messages";

/** Where a camera stands and how it is turned, in three's world. */
export interface Viewpoint {
  position: Vector3;
  orientation: Quaternion;
}

/** Focal lengths and principal point in pixels. */
export interface Lens {
  focal: [number, number];
  centre: [number, number];
}

export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Turns OpenCV's camera axes into OpenGL's and back. */
const FLIP = new Matrix4().makeScale(1, -1, -1);

/** The user's files seen from three's world. */
export class FilesFrame {
  readonly rotation: Quaternion;
  private readonly threeFromFiles: Matrix4;
  private readonly filesFromThree: Matrix4;

  constructor(up: [number, number, number]) {
    const length = Math.hypot(...up);
    const direction = length > 0 ? new Vector3(...up).divideScalar(length) : new Vector3(0, 1, 0);
    this.rotation = new Quaternion().setFromUnitVectors(direction, new Vector3(0, 1, 0));
    this.threeFromFiles = new Matrix4().makeRotationFromQuaternion(this.rotation);
    this.filesFromThree = this.threeFromFiles.clone().transpose();
  }

  toThree(point: Vector3): Vector3 {
    return point.clone().applyMatrix4(this.threeFromFiles);
  }

  toFiles(point: Vector3): Vector3 {
    return point.clone().applyMatrix4(this.filesFromThree);
  }

  viewpoint(worldFromCamera: number[]): Viewpoint {
    return viewpointOf(this.threeFromFiles.clone().multiply(rowMajor(worldFromCamera)).multiply(FLIP));
  }

  /** The reverse of `viewpoint`. */
  worldFromCamera(viewpoint: Viewpoint): number[] {
    return rows(this.filesFromThree.clone().multiply(matrixOf(viewpoint)).multiply(FLIP));
  }

  /** As in nerfstudio's files: row-major, but the camera looks along -z and y is up. */
  openglViewpoint(worldFromCamera: number[]): Viewpoint {
    return viewpointOf(this.threeFromFiles.clone().multiply(rowMajor(worldFromCamera)));
  }

  openglWorldFromCamera(viewpoint: Viewpoint): number[] {
    return rows(this.filesFromThree.clone().multiply(matrixOf(viewpoint)));
  }
}

export function rowMajor(numbers: number[]): Matrix4 {
  return new Matrix4().fromArray(numbers).transpose();
}

function rows(matrix: Matrix4): number[] {
  return matrix.clone().transpose().toArray();
}

function matrixOf({ position, orientation }: Viewpoint): Matrix4 {
  return new Matrix4().compose(position, orientation, new Vector3(1, 1, 1));
}

function viewpointOf(matrix: Matrix4): Viewpoint {
  const position = new Vector3();
  const orientation = new Quaternion();
  matrix.decompose(position, orientation, new Vector3());
  return { position, orientation };
}

/** The lens of a free view: square pixels, the principal point in the middle of the room there is for it. */
export function freeLens(verticalDegrees: number, { x, y, width, height }: Rectangle): Lens {
  const focal = height / 2 / Math.tan((verticalDegrees * Math.PI) / 360);
  return { focal: [focal, focal], centre: [x + width / 2, y + height / 2] };
}

export function verticalDegrees(lens: Lens, height: number): number {
  return (Math.atan(height / 2 / lens.focal[1]) * 360) / Math.PI;
}

/** The largest rectangle of the picture's shape that lies within `room`, in its middle and on whole pixels. */
export function contained(view: View, room: Rectangle): Rectangle {
  const scale = Math.min(room.width / view.width, room.height / view.height);
  const [width, height] = [view.width * scale, view.height * scale];
  const [x, y] = [room.x + (room.width - width) / 2, room.y + (room.height - height) / 2];
  return { x: Math.round(x), y: Math.round(y), width, height };
}

/** The lens of the whole canvas that shows the camera's picture in that rectangle. */
export function lensWithin(view: View, rectangle: Rectangle): Lens {
  const [sx, sy] = [rectangle.width / view.width, rectangle.height / view.height];
  return {
    focal: [view.focal[0] * sx, view.focal[1] * sy],
    centre: [rectangle.x + view.centre[0] * sx, rectangle.y + view.centre[1] * sy],
  };
}

export function keyOf(view: View): string {
  return `${view.split}/${view.index}`;
}
