// The viewer without its panels: everything they show and change.

import { computed, effect, signal } from "@preact/signals";
import { FilesFrame, keyOf } from "./cameras";
import { Editing } from "./editing";
import { Filming } from "./filming";
import { Live } from "./live";
import { SceneMesh } from "./mesh";
import type { Exhibit, View } from "./messages";
import type { Background, Mode } from "./modes";
import { Navigation } from "./navigation";
import { tell, tellTrouble } from "./notices";
import { Pictures } from "./pictures";
import { Scene } from "./scene";
import { type Source, Trouble } from "./source";
import { Splats } from "./splats";
import { theme } from "./theme";

/** Over the picture of the camera one stands in. */
export type Flip = "render" | "photo" | "split";

export class Viewer {
  readonly exhibit;
  readonly frame: FilesFrame;
  readonly navigation: Navigation;
  readonly editing: Editing;
  readonly filming: Filming;
  /** Where the browser draws; else the server sends `pictures`. */
  readonly scene: Scene | null = null;
  readonly pictures: Pictures | null = null;
  readonly live: Live | null = null;
  readonly mode = signal<Mode>("splats");
  /** Depth, normals and wires are of what was shown before. */
  readonly showsMesh = signal(false);
  readonly background = signal<Background>("white");
  readonly flip = signal<Flip>("render");
  readonly splitAt = signal(0.5);
  /** What is being waited for. */
  readonly loading = signal<string | null>("Opening the scene");
  readonly backgroundColour = computed(() => colourOf(this.background.value, theme.value));
  readonly backgroundIsDark = computed(
    () => this.background.value === "black" || (this.background.value === "page" && theme.value === "dark"),
  );

  constructor(
    readonly source: Source,
    exhibit: Exhibit,
    readonly surface: HTMLElement,
    canvas: HTMLCanvasElement,
    drawsItself: boolean,
  ) {
    this.exhibit = signal(exhibit);
    this.frame = new FilesFrame(exhibit.up);
    this.background.value = exhibit.background;
    this.navigation = new Navigation(exhibit, this.frame, surface, () => this.invalidate());
    this.editing = new Editing(exhibit, () => this.scene?.refreshMask());
    this.filming = new Filming(this.navigation, this.frame, () => this.invalidate());
    if (drawsItself) this.scene = new Scene(this, canvas);
    else this.pictures = new Pictures(canvas, this.navigation, this.frame, source);
    if (exhibit.kind === "fit" && isGoing(exhibit)) this.live = this.watchFit();
    if (exhibit.splats === 0 && exhibit.mesh && !this.live) this.setMode("mesh");
    new ResizeObserver(() => this.resize()).observe(surface);
    this.resize();
    effect(() => this.pictures?.setLook(this.mode.value, this.background.value));
  }

  async load(): Promise<void> {
    const { splats, mesh } = this.exhibit.value;
    if (this.scene) {
      if (this.live) this.scene.setSplats(await Splats.none());
      else if (splats > 0) this.scene.setSplats(await this.readSplats());
      if (mesh) this.scene.setMesh(await this.readMesh());
    }
    this.loading.value = null;
    await this.settled();
  }

  async settled(): Promise<void> {
    do await (this.scene?.stage ?? this.pictures)?.settled();
    while (this.navigation.moving);
  }

  invalidate(): void {
    this.scene?.stage.invalidate();
    this.pictures?.invalidate();
  }

  setMode(mode: Mode): void {
    if (mode === "splats") this.showsMesh.value = false;
    if (mode === "mesh" || mode === "wireframe") this.showsMesh.value = true;
    this.mode.value = mode;
  }

  view(key: string): View | undefined {
    return this.exhibit.value.views.find((view) => keyOf(view) === key);
  }

  standIn(view: View, gliding = true): void {
    this.filming.stop();
    this.navigation.standIn(view, gliding);
  }

  /** To the next or the previous camera of the list, round and round. */
  standBeside(by: 1 | -1): void {
    const { views } = this.exhibit.value;
    const standing = this.navigation.standing.value;
    const at = standing ? views.findIndex((view) => keyOf(view) === keyOf(standing)) : by === 1 ? -1 : 0;
    const next = views[(at + by + views.length) % views.length];
    if (next) this.standIn(next);
  }

  flipTo(flip: Flip): void {
    if (this.exhibit.value.photos) this.flip.value = flip;
  }

  useBrush(on: boolean): void {
    if (on) this.useMeasure(false);
    this.scene?.brush.turn(on);
  }

  useMeasure(on: boolean): void {
    if (on) this.useBrush(false);
    if (this.scene) this.scene.measuring.on.value = on;
  }

  clearMeasure(): void {
    this.scene?.measuring.clear();
  }

  /** What is seen, without marks, as a PNG; from the server's pictures as large as they are. */
  async screenshot(): Promise<Blob | null> {
    if (this.scene) return this.scene.stage.screenshot();
    return new Promise((resolve) => this.pictures?.canvas.toBlob(resolve));
  }

  private watchFit(): Live {
    if (this.scene) this.scene.fitting.value = true;
    const patch = async (bytes: ArrayBuffer) => {
      this.scene?.patch(bytes);
      this.pictures?.invalidate();
      await this.settled();
    };
    return new Live(this.source, patch, () => void this.takeResult());
  }

  /** A fit has ended: its file has what patches had not, the colours that depend on the direction of view. */
  private async takeResult(): Promise<void> {
    try {
      const exhibit = await this.source.exhibit();
      this.exhibit.value = exhibit;
      this.editing.total = exhibit.splats;
      if (exhibit.splats > 0) this.scene?.setSplats(await this.readSplats());
      tell("The fit has ended. This is its result.");
    } catch (trouble) {
      tellTrouble(trouble);
    }
    if (this.scene) this.scene.fitting.value = false;
    this.live?.close();
  }

  private readSplats(): Promise<Splats> {
    return this.read("splats", () => this.source.splats(), Splats.read);
  }

  private readMesh(): Promise<SceneMesh> {
    return this.read("mesh", () => this.source.mesh(), SceneMesh.read);
  }

  private async read<Thing>(
    what: string,
    fetched: () => Promise<ArrayBuffer>,
    parse: (bytes: ArrayBuffer) => Promise<Thing>,
  ): Promise<Thing> {
    this.loading.value = `Loading the ${what}`;
    const bytes = await fetched();
    try {
      return await parse(bytes);
    } catch (error) {
      console.error(error);
      throw new Trouble(`The ${what} cannot be read.`, "The file is broken or of an unknown type. Export it again.");
    } finally {
      this.loading.value = null;
    }
  }

  private resize(): void {
    this.scene?.resize();
    this.navigation.resize(this.surface.clientWidth, this.surface.clientHeight);
  }
}

function isGoing({ status }: Exhibit): boolean {
  return status === "fitting" || status === "paused";
}

function colourOf(background: Background, page: "light" | "dark"): string {
  if (background !== "page") return background === "white" ? "#ffffff" : "#000000";
  return page === "dark" ? "#17191d" : "#eceef1";
}
