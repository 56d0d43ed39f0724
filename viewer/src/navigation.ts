// Where the view is: moved by hand, standing in a camera of the exhibit, or gliding from one to the other.

import { signal } from "@preact/signals";
import { type Quaternion, Vector3 } from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import type { FilesFrame, Rectangle, Viewpoint } from "./cameras";
import { contained, freeLens, lensWithin, verticalDegrees } from "./cameras";
import { FlyControls } from "./fly_controls";
import { Glide, type Sight } from "./glide";
import { LensCamera } from "./lens_camera";
import type { Exhibit, View } from "./messages";

export type Style = "orbit" | "fly";

const FIELD_OF_VIEW = 50;

export class Navigation {
  /** What is drawn. */
  readonly camera = new LensCamera();
  readonly style = signal<Style>("orbit");
  readonly standing = signal<View | null>(null);
  /** Where the camera's picture lies on the canvas, in CSS pixels. */
  readonly picture = signal<Rectangle | null>(null);
  /** Vertical, in degrees, of the free view. */
  readonly fieldOfView = signal(FIELD_OF_VIEW);
  readonly orbit: OrbitControls;
  readonly fly: FlyControls;
  width = 1;
  height = 1;
  /** Pixels at the borders that panels cover: the view keeps clear of them. */
  private covered = { left: 0, top: 0, right: 0, bottom: 0 };
  /** What the controls move. */
  private readonly steered = new LensCamera();
  private glide: Glide | null = null;
  private aligning = false;

  constructor(
    private readonly exhibit: Exhibit,
    private readonly frame: FilesFrame,
    surface: HTMLElement,
    private readonly changed: () => void,
  ) {
    this.width = surface.clientWidth;
    this.height = surface.clientHeight;
    this.camera.near = Math.max(exhibit.near, 1e-6);
    this.camera.far = Math.max(exhibit.distance, this.camera.near) * 2000;
    this.steered.near = this.camera.near;
    this.steered.far = this.camera.far;
    this.orbit = new OrbitControls(this.steered, surface);
    this.orbit.zoomToCursor = true;
    this.orbit.minDistance = this.camera.near;
    this.orbit.addEventListener("change", () => this.moved());
    this.fly = new FlyControls(this.steered, surface, exhibit.distance / 3, () => this.moved());
    this.reset(false);
  }

  resize(width: number, height: number): void {
    this.width = width;
    this.height = height;
    this.glide = null;
    this.changed();
  }

  cover(left: number, top: number, right: number, bottom: number): void {
    this.covered = { left, top, right, bottom };
    this.changed();
  }

  setStyle(style: Style): void {
    this.style.value = style;
    this.hold(false);
    if (style === "orbit") this.aimAhead();
    this.changed();
  }

  /** Whether the view stays still while something else is dragged. */
  hold(still: boolean): void {
    this.fly.enabled = !still && this.style.value === "fly";
    this.orbit.enabled = !still && this.style.value === "orbit";
  }

  /** To the view of the beginning. */
  reset(gliding = true): void {
    const centre = this.frame.toThree(new Vector3(...this.exhibit.centre));
    const direction = new Vector3(0.55, 0.4, 0.75).normalize();
    const distance = this.exhibit.distance * Math.max(1, (0.85 * this.room.height) / this.room.width); // tall windows are narrow
    this.fieldOfView.value = FIELD_OF_VIEW;
    this.lookFrom(centre.clone().addScaledVector(direction, distance), centre, gliding);
  }

  /** In three's world. */
  lookFrom(position: Vector3, target: Vector3, gliding = true): void {
    this.beginGlide(gliding);
    this.standing.value = null;
    this.align(() => {
      this.steered.position.copy(position);
      this.orbit.target.copy(target);
      this.orbit.update();
      this.steered.lookAt(target);
    });
  }

  standIn(view: View, gliding = true): void {
    this.beginGlide(gliding);
    this.standing.value = view;
    this.steer(this.frame.viewpoint(view.world_from_camera));
  }

  /** A free view from there; `fieldOfView` is vertical, in degrees. */
  moveTo(viewpoint: Viewpoint, fieldOfView: number, gliding = true): void {
    this.beginGlide(gliding);
    this.standing.value = null;
    this.fieldOfView.value = fieldOfView;
    this.steer(viewpoint);
  }

  setFieldOfView(degrees: number): void {
    this.leave();
    this.fieldOfView.value = degrees;
    this.changed();
  }

  leave(): void {
    if (!this.standing.value) return;
    this.beginGlide(true);
    this.standing.value = null;
    this.changed();
  }

  /** Turn about that point from now on. */
  aimAt(point: Vector3): void {
    const distance = Math.max(this.steered.position.distanceTo(point) * 0.6, this.camera.near * 20);
    const back = this.steered.position.clone().sub(point).normalize();
    this.lookFrom(point.clone().addScaledVector(back, distance), point);
  }

  /** The view as it is drawn, on its way perhaps; whether it goes on moving by itself. */
  update(now: number): boolean {
    const flying = this.fly.update(now);
    if (flying) this.moved();
    const goal = this.goal();
    const between = this.glide?.at(now, goal) ?? null;
    if (!between) this.glide = null;
    const { viewpoint, lens } = between ?? goal;
    this.camera.set(viewpoint, lens, this.width, this.height);
    return flying || between !== null;
  }

  get moving(): boolean {
    return this.glide !== null;
  }

  /** Where the view is or is gliding to. */
  get viewpoint(): Viewpoint {
    return this.goal().viewpoint;
  }

  /** The vertical angle of what is seen, in degrees. */
  get angle(): number {
    return verticalDegrees(this.camera.lens, this.room.height);
  }

  private get room(): Rectangle {
    const { left, top, right, bottom } = this.covered;
    return {
      x: left,
      y: top,
      width: Math.max(this.width - left - right, 1),
      height: Math.max(this.height - top - bottom, 1),
    };
  }

  private goal(): Sight {
    const view = this.standing.value;
    if (!view) {
      this.picture.value = null;
      const viewpoint = { position: this.steered.position.clone(), orientation: this.steered.quaternion.clone() };
      const lens = freeLens(this.fieldOfView.value, this.room);
      this.steered.set(viewpoint, lens, this.width, this.height); // so that the wheel finds the pointer's ray
      return { viewpoint, lens };
    }
    const picture = contained(view, this.room);
    if (!sameRectangle(picture, this.picture.value)) this.picture.value = picture;
    return { viewpoint: this.frame.viewpoint(view.world_from_camera), lens: lensWithin(view, picture) };
  }

  private beginGlide(gliding: boolean): void {
    const { position, quaternion, lens } = this.camera;
    const viewpoint = { position: position.clone(), orientation: quaternion.clone() };
    this.glide = gliding ? new Glide({ viewpoint, lens }) : null;
    this.changed();
  }

  /** The controls moved the view: whoever stood in a camera has left it. */
  private moved(): void {
    if (this.aligning) return;
    if (this.standing.value) {
      this.fieldOfView.value = this.angle;
      this.leave();
    }
    this.changed();
  }

  /** Lets the controls go on from there. Orbiting levels the horizon, which shows only once somebody moves. */
  private steer(viewpoint: Viewpoint): void {
    this.align(() => {
      this.steered.position.copy(viewpoint.position);
      this.steered.quaternion.copy(viewpoint.orientation);
      this.orbit.target.copy(this.ahead(viewpoint));
    });
  }

  private aimAhead(): void {
    const viewpoint = { position: this.steered.position, orientation: this.steered.quaternion };
    this.align(() => this.orbit.target.copy(this.ahead(viewpoint)));
  }

  /** The point on the axis of view that is as far away as what the exhibit is about. */
  private ahead({ position, orientation }: Viewpoint): Vector3 {
    const axis = new Vector3(0, 0, -1).applyQuaternion(orientation as Quaternion);
    const centre = this.frame.toThree(new Vector3(...this.exhibit.centre));
    const distance = Math.max(centre.sub(position).dot(axis), this.exhibit.distance * 0.1);
    return position.clone().addScaledVector(axis, distance);
  }

  private align(change: () => void): void {
    this.aligning = true;
    change();
    this.aligning = false;
    this.changed();
  }
}

function sameRectangle(a: Rectangle, b: Rectangle | null): boolean {
  return b !== null && a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
}
