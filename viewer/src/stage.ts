// The picture: renderer, scene, and a loop that draws only when something changed.

import { SparkRenderer } from "@sparkjsdev/spark";
import { Color, Group, NoToneMapping, Scene, SRGBColorSpace, WebGLRenderer } from "three";
import type { FilesFrame } from "./cameras";
import type { LensCamera } from "./lens_camera";
import type { Exhibit } from "./messages";
import { tell } from "./notices";
import { fixShader } from "./shader_fixes";
import { drawInBatches } from "./splat_batches";

/** Beyond so many standard deviations even an opaque Gaussian is fainter than 1/255. */
const WIDEST = Math.sqrt(2 * Math.log(255));
const LOW_PASS = 0.3;
const REST = 120; // milliseconds without movement after which the order is made exact

export class Stage {
  readonly renderer: WebGLRenderer;
  readonly scene = new Scene();
  /** In the frame of the user's files: what there is to see. */
  readonly world = new Group();
  /** In the same frame: frustums, outlines, paths; left out of screenshots. */
  readonly marks = new Group();
  /** The same, in three's world. */
  readonly overlay = new Group();
  readonly spark: SparkRenderer;
  /** Called before every drawing; returns whether another is wanted. */
  readonly before: ((now: number) => boolean)[] = [];
  readonly after: (() => void)[] = [];
  drawn = 0;
  private requested = false;
  private resting = 0;

  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly camera: LensCamera,
    frame: FilesFrame,
    exhibit: Exhibit,
  ) {
    const antialias = exhibit.splats === 0 && exhibit.kind !== "fit"; // useless for Gaussians, and slow
    // What was drawn is kept so that it can be read at any time, for screenshots and tests.
    this.renderer = new WebGLRenderer({ canvas, antialias, preserveDrawingBuffer: true });
    this.renderer.outputColorSpace = SRGBColorSpace;
    this.renderer.toneMapping = NoToneMapping;
    this.spark = new SparkRenderer({
      renderer: this.renderer,
      onDirty: () => this.invalidate(),
      sortRadial: false,
      enableLod: false,
      accumExtSplats: true,
      maxStdDev: WIDEST,
      minAlpha: 1 / 255,
      maxPixelRadius: 4096,
      clipXY: 2,
      preBlurAmount: exhibit.antialiased ? 0 : LOW_PASS,
      blurAmount: exhibit.antialiased ? LOW_PASS : 0,
    });
    canvas.addEventListener("webglcontextlost", () => tell("The graphics card gave up. Reload the page.", true));
    fixShader(this.spark);
    drawInBatches(this.spark);
    this.world.quaternion.copy(frame.rotation);
    this.marks.quaternion.copy(frame.rotation);
    this.scene.add(this.spark, this.world, this.marks, this.overlay);
  }

  resize(width: number, height: number, pixelRatio: number): void {
    this.renderer.setPixelRatio(pixelRatio);
    this.renderer.setSize(width, height, false);
    this.invalidate();
  }

  setBackground(colour: string): void {
    this.renderer.setClearColor(new Color(colour), 1);
    this.invalidate();
  }

  readonly invalidate = (): void => {
    if (this.requested) return;
    this.requested = true;
    requestAnimationFrame(this.frame);
  };

  /** Draw at once, without waiting for the next frame. */
  draw(): void {
    this.renderer.render(this.scene, this.camera);
    this.drawn++;
  }

  /** Resolves when the Gaussians are in order for the present view and that is drawn. */
  async settled(): Promise<void> {
    this.invalidate();
    do await pause(15);
    while (this.busy);
  }

  /** The canvas without marks, as a PNG. */
  async screenshot(): Promise<Blob | null> {
    this.marks.visible = this.overlay.visible = false;
    this.draw();
    const blob = new Promise<Blob | null>((resolve) => this.canvas.toBlob(resolve));
    this.marks.visible = this.overlay.visible = true;
    this.invalidate();
    return blob;
  }

  private get busy(): boolean {
    const { visible, dirty, sorting, sortDirty } = this.spark;
    return this.requested || this.resting !== 0 || (visible && (dirty || sorting || sortDirty));
  }

  private readonly frame = (now: number): void => {
    this.requested = false;
    let again = false;
    for (const step of this.before) again = step(now) || again;
    this.draw();
    for (const step of this.after) step();
    if (again) this.invalidate();
    else this.rest();
  };

  /** Spark leaves the order as it is while the view hardly turns; when it rests, that is put right. */
  private rest(): void {
    const { sortedCenter, sortedDir, visible, sorting, sortDirty } = this.spark;
    if (!visible || sorting || sortDirty) return; // at its end Spark asks for a frame, and this is asked again
    const direction = this.camera.getWorldDirection(sortedDir.clone());
    if (direction.equals(sortedDir) && this.camera.position.equals(sortedCenter)) return;
    clearTimeout(this.resting);
    this.resting = window.setTimeout(() => {
      this.resting = 0;
      this.sortAnew();
    }, REST);
  }

  private sortAnew(): void {
    this.spark.sortedCenter.setScalar(Number.NEGATIVE_INFINITY);
    this.invalidate();
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
