// The exhibit's cameras as pyramids of lines, each with its photo.

import { signal } from "@preact/signals";
import {
  BufferAttribute,
  BufferGeometry,
  Color,
  DoubleSide,
  Group,
  LineBasicMaterial,
  LineSegments,
  Mesh,
  MeshBasicMaterial,
  type Raycaster,
  SRGBColorSpace,
  Texture,
  Vector3,
} from "three";
import { rowMajor } from "./cameras";
import type { View } from "./messages";

const COLOURS = { train: new Color("#2f6fde"), test: new Color("#e07b2f") };
const AT_ONCE = 4;
const EDGES = [0, 1, 0, 2, 0, 3, 0, 4, 1, 2, 2, 3, 3, 4, 4, 1];
const SIDES = [0, 1, 2, 0, 2, 3, 0, 3, 4, 0, 4, 1, 1, 2, 3, 1, 3, 4];

export class Frustums {
  /** Belongs in the frame of the files. */
  readonly object = new Group();
  readonly shown = signal(false);
  /** How deep a pyramid is, in the exhibit's lengths. */
  readonly size: ReturnType<typeof signal<number>>;
  readonly loaded = signal(0);
  private readonly lines: LineSegments;
  /** Never drawn; only met by rays. */
  private readonly solids: Mesh;
  private readonly pictures = new Map<number, Mesh>();
  private waiting: number[] | null = null;

  constructor(
    private readonly views: View[],
    distance: number,
    private readonly photo: ((view: View) => string) | null,
    private readonly changed: () => void,
  ) {
    this.size = signal(distance * 0.06);
    this.lines = new LineSegments(
      new BufferGeometry(),
      new LineBasicMaterial({ vertexColors: true, toneMapped: false }),
    );
    this.solids = new Mesh(new BufferGeometry(), new MeshBasicMaterial({ side: DoubleSide }));
    this.solids.visible = false;
    this.lines.frustumCulled = false;
    this.object.add(this.lines, this.solids);
    this.object.visible = false;
    this.resize(distance * 0.06);
  }

  show(shown: boolean): void {
    this.shown.value = shown;
    this.object.visible = shown;
    if (shown && this.waiting === null) this.loadPhotos();
    this.changed();
  }

  resize(size: number): void {
    this.size.value = size;
    const corners = this.views.map((view) => pyramid(view, size));
    const colours = this.views.flatMap(({ split }) => EDGES.flatMap(() => COLOURS[split].toArray()));
    fill(
      this.lines.geometry,
      corners.flatMap((five) => EDGES.map((i) => five[i])),
    );
    this.lines.geometry.setAttribute("color", new BufferAttribute(new Float32Array(colours), 3));
    fill(
      this.solids.geometry,
      corners.flatMap((five) => SIDES.map((i) => five[i])),
    );
    for (const [i, picture] of this.pictures) fillPicture(picture.geometry, corners[i]);
    this.changed();
  }

  /** The camera whose pyramid the ray meets first. */
  pick(raycaster: Raycaster): { view: View; distance: number } | null {
    if (!this.object.visible) return null;
    const hit = raycaster.intersectObject(this.solids, false)[0];
    if (hit?.faceIndex == null) return null;
    return { view: this.views[Math.floor(hit.faceIndex / (SIDES.length / 3))], distance: hit.distance };
  }

  private loadPhotos(): void {
    if (!this.photo) return;
    this.waiting = this.views.map((_, i) => i);
    for (let i = 0; i < AT_ONCE; i++) void this.loadNext(this.photo);
  }

  private async loadNext(photo: (view: View) => string): Promise<void> {
    const index = this.waiting?.shift();
    if (index === undefined) return;
    const image = new Image();
    image.crossOrigin = "anonymous";
    image.src = photo(this.views[index]);
    await image.decode().then(
      () => this.hang(index, image),
      () => {}, // without its photo it stays a pyramid
    );
    return this.loadNext(photo);
  }

  private hang(index: number, image: HTMLImageElement): void {
    const map = new Texture(image);
    map.colorSpace = SRGBColorSpace;
    map.needsUpdate = true;
    const material = new MeshBasicMaterial({ map, side: DoubleSide, toneMapped: false });
    const picture = new Mesh(new BufferGeometry(), material);
    fillPicture(picture.geometry, pyramid(this.views[index], this.size.value as number));
    this.pictures.set(index, picture);
    this.object.add(picture);
    this.loaded.value++;
    this.changed();
  }
}

/** The camera's centre, then the picture's corners from the upper left, clockwise. */
function pyramid({ world_from_camera, focal, centre, width, height }: View, size: number): Vector3[] {
  const matrix = rowMajor(world_from_camera);
  const corner = (u: number, v: number) =>
    new Vector3(((u - centre[0]) / focal[0]) * size, ((v - centre[1]) / focal[1]) * size, size).applyMatrix4(matrix);
  const apex = new Vector3().setFromMatrixPosition(matrix);
  return [apex, corner(0, 0), corner(width, 0), corner(width, height), corner(0, height)];
}

function fill(geometry: BufferGeometry, points: Vector3[]): void {
  const numbers = new Float32Array(points.flatMap((point) => point.toArray()));
  geometry.setAttribute("position", new BufferAttribute(numbers, 3));
  geometry.boundingSphere = null;
}

function fillPicture(geometry: BufferGeometry, [, a, b, c, d]: Vector3[]): void {
  fill(geometry, [a, b, c, d]);
  geometry.setAttribute("uv", new BufferAttribute(new Float32Array([0, 1, 1, 1, 1, 0, 0, 0]), 2));
  geometry.setIndex([0, 1, 2, 0, 2, 3]);
}
