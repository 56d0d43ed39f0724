// All that lies in the picture, where the browser can draw it: Gaussians, mesh, frustums, and the tools for them.

import { effect, signal } from "@preact/signals";
import { Box3, Matrix4, Raycaster, Vector2, Vector3 } from "three";
import { Brush } from "./brush";
import { Cropping } from "./cropping";
import { depthsOfBox, depthsOfSplats } from "./depths";
import { guessQuality } from "./device";
import { Frustums } from "./frustums";
import { Measuring } from "./measuring";
import { SceneMesh } from "./mesh";
import { applyPatch } from "./patches";
import { pickSplats } from "./picking";
import type { Click } from "./pointing";
import { watchClicks } from "./pointing";
import { Splats } from "./splats";
import { Stage } from "./stage";
import type { Viewer } from "./viewer";
import { visible } from "./visibility";

export class Scene {
  readonly stage: Stage;
  readonly frustums: Frustums;
  readonly brush: Brush;
  readonly cropping: Cropping;
  readonly measuring = new Measuring();
  readonly budget = signal(0);
  readonly pixelRatio = signal(1);
  /** A fit goes on that is looked at. */
  readonly fitting = signal(false);
  readonly device: string;
  /** Gaussians there are, those that are not cut away, and those drawn. */
  readonly counts = signal({ all: 0, kept: 0, drawn: 0 });
  readonly triangles = signal(0);
  readonly shaded = signal(true);
  /** Counts the frames, for what is drawn over the picture. */
  readonly drawn = signal(0);
  splats: Splats | null = null;
  mesh: SceneMesh | null = null;
  private readonly whileFitting: number;
  private depths = [0, 0];

  constructor(
    private readonly viewer: Viewer,
    canvas: HTMLCanvasElement,
  ) {
    const { navigation, surface, editing, filming, source } = viewer;
    const exhibit = viewer.exhibit.value;
    this.stage = new Stage(canvas, navigation.camera, viewer.frame, exhibit);
    const quality = guessQuality(this.stage.renderer.getContext());
    this.budget.value = quality.budget;
    this.pixelRatio.value = quality.pixelRatio;
    this.device = quality.device;
    this.whileFitting = quality.whileFitting;
    const { invalidate } = this.stage;
    const photo = exhibit.photos ? (view: (typeof exhibit.views)[0]) => source.photo(view, 160) : null;
    this.frustums = new Frustums(exhibit.views, exhibit.distance, photo, invalidate);
    this.brush = new Brush(
      surface,
      this.stage,
      () => this.splats,
      (indices) => editing.delete(indices),
    );
    this.cropping = new Cropping(surface, this.stage, editing, (is) => navigation.hold(is), invalidate);
    this.stage.marks.add(this.frustums.object, this.brush.object, this.cropping.object);
    this.stage.overlay.add(filming.object);
    this.stage.before.push(
      (now) => filming.update(now),
      (now) => navigation.update(now),
      () => this.prepare(),
    );
    this.stage.after.push(() => this.drawn.value++);
    watchClicks(
      surface,
      (at) => this.click(at),
      (at) => this.doubleClick(at),
    );
    effect(() => this.stage.setBackground(viewer.backgroundColour.value));
    effect(() => this.resize(this.pixelRatio.value, this.fitting.value));
    effect(() => this.refreshMask(this.budget.value));
    effect(() => this.applyMode());
  }

  setSplats(splats: Splats): void {
    this.splats?.dispose();
    this.splats = splats;
    this.stage.world.add(splats.mesh);
    this.refreshMask();
    this.applyMode();
  }

  setMesh(mesh: SceneMesh): void {
    this.mesh = mesh;
    this.triangles.value = mesh.triangles;
    this.stage.world.add(mesh.object);
    this.stage.scene.add(mesh.lights);
    this.applyMode();
  }

  patch(bytes: ArrayBuffer): void {
    if (!this.splats) return;
    applyPatch(this.splats, bytes);
    this.refreshMask();
  }

  refreshMask(budget = this.budget.peek()): void {
    if (!this.splats) return;
    const { shown, kept } = visible(this.splats, this.viewer.editing.cut, budget);
    this.splats.show(shown);
    this.counts.value = { all: this.splats.count, kept, drawn: this.splats.shownCount };
    this.stage.invalidate();
  }

  resize(pixelRatio = this.pixelRatio.peek(), fitting = this.fitting.peek()): void {
    const { clientWidth, clientHeight } = this.viewer.surface;
    this.stage.resize(clientWidth, clientHeight, pixelRatio * (fitting ? this.whileFitting : 1));
  }

  /** What lies under that place, in three's world. */
  pick({ x, y }: Click): Vector3 | null {
    const raycaster = this.rayThrough({ x, y });
    const { ray } = raycaster;
    const distance = this.viewer.showsMesh.value ? this.mesh?.pick(raycaster) : this.pickSplats(raycaster);
    return distance == null ? null : ray.at(distance, new Vector3());
  }

  private pickSplats({ ray }: Raycaster): number | null {
    if (!this.splats) return null;
    const { camera, world } = this.stage;
    const inFiles = ray.clone().applyMatrix4(new Matrix4().copy(world.matrixWorld).invert());
    return pickSplats(this.splats, inFiles, 1 / camera.focal, camera.near);
  }

  private rayThrough({ x, y }: Click): Raycaster {
    const { width, height, camera } = this.viewer.navigation;
    const raycaster = new Raycaster();
    raycaster.setFromCamera(new Vector2((x / width) * 2 - 1, 1 - (y / height) * 2), camera);
    return raycaster;
  }

  private click(at: Click): void {
    if (this.brush.on.value || this.cropping.dragged) return;
    if (this.measuring.on.value) {
      this.measuring.add(this.pick(at));
      return this.stage.invalidate();
    }
    const met = this.frustums.pick(this.rayThrough(at));
    if (met) this.viewer.standIn(met.view);
  }

  private doubleClick(at: Click): void {
    if (this.brush.on.value || this.measuring.on.value) return;
    const point = this.pick(at);
    if (point) this.viewer.navigation.aimAt(point);
  }

  private applyMode(): void {
    const mode = this.viewer.mode.value;
    const showsMesh = this.viewer.showsMesh.value;
    this.stage.spark.visible = !showsMesh;
    if (this.mesh) {
      this.mesh.object.visible = showsMesh;
      this.mesh.show(mode, this.shaded.value);
    }
    this.splats?.setMode(mode);
    this.depths = [0, 0];
    this.stage.invalidate();
  }

  /** The last things before a drawing. */
  private prepare(): boolean {
    const standing = this.viewer.navigation.standing.peek() !== null;
    this.frustums.object.visible = this.frustums.shown.peek() && !standing;
    if (this.viewer.mode.peek() === "depth") this.measureDepths();
    return false;
  }

  private measureDepths(): void {
    const { camera, world } = this.stage;
    const showsMesh = this.viewer.showsMesh.peek();
    const [near, far] =
      showsMesh && this.mesh
        ? depthsOfBox(new Box3().setFromObject(this.mesh.object), camera)
        : depthsOfSplats(this.splats, world, camera);
    const change = Math.abs(near - this.depths[0]) + Math.abs(far - this.depths[1]);
    if (change < 0.01 * (far - near)) return;
    this.depths = [near, far];
    const dark = this.viewer.backgroundIsDark.peek();
    this.mesh?.setDepths(near, far, dark);
    this.splats?.setDepths(near, far, dark);
  }
}
