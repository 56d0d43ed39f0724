// Without WebGL2 the server draws. One picture is asked for at a time, always of the latest view: small ones while the
// view moves, a large one when it rests.

import { signal } from "@preact/signals";
import type { FilesFrame } from "./cameras";
import type { PictureRequest } from "./messages";
import type { Background, Mode } from "./modes";
import type { Navigation } from "./navigation";
import type { Line, Source } from "./source";

const MOVING = 640; // pixels wide at most
const RESTING = 1280;
const REST = 200; // milliseconds

export class Pictures {
  readonly fps = signal(0);
  readonly connected = signal<boolean | null>(null);
  readonly received = signal(0);
  private mode: Mode = "splats";
  private background: Background = "white";
  private readonly line: Line<PictureRequest>;
  private readonly context: CanvasRenderingContext2D;
  /** What was asked for and has not come. */
  private outstanding: { width: number } | null = null;
  private wanted = false;
  private lastMove = 0;
  private shownWidth = 0;
  private times: number[] = [];
  private timer = 0;
  private recounting = 0;

  constructor(
    readonly canvas: HTMLCanvasElement,
    private readonly navigation: Navigation,
    private readonly frame: FilesFrame,
    source: Source,
  ) {
    this.context = canvas.getContext("2d") as CanvasRenderingContext2D;
    this.line = source.pictures({
      picture: (jpeg) => void this.show(jpeg),
      connected: (is) => {
        this.connected.value = is;
        this.outstanding = null;
        if (is) this.invalidate();
      },
    });
  }

  setLook(mode: Mode, background: Background): void {
    this.mode = mode;
    this.background = background;
    this.invalidate();
  }

  /** The view or what is shown of it changed. */
  readonly invalidate = (): void => {
    this.lastMove = performance.now();
    this.wanted = true;
    this.askSoon();
  };

  async settled(): Promise<void> {
    do await new Promise((resolve) => setTimeout(resolve, 20));
    while (this.wanted || this.outstanding || this.shownWidth < this.size(RESTING).width);
  }

  private askSoon(): void {
    cancelAnimationFrame(this.timer);
    this.timer = requestAnimationFrame((now) => this.ask(now));
  }

  private ask(now: number): void {
    const moving = this.navigation.update(now);
    if (moving) {
      this.lastMove = now;
      this.wanted = true;
      this.askSoon();
    }
    if (this.outstanding || !this.wanted || !this.connected.value) return;
    const atRest = !moving && performance.now() - this.lastMove > REST;
    const size = this.size(atRest ? RESTING : MOVING);
    this.wanted = moving;
    this.outstanding = size;
    this.line.send(this.request(size));
  }

  private async show(jpeg: Blob): Promise<void> {
    const { width } = this.outstanding ?? { width: 0 };
    const picture = await createImageBitmap(jpeg).catch(() => null);
    if (picture) {
      this.canvas.width = picture.width;
      this.canvas.height = picture.height;
      this.context.drawImage(picture, 0, 0);
    }
    this.outstanding = null;
    this.shownWidth = width;
    this.received.value++;
    this.count();
    this.goOn();
  }

  /** The next picture: of a newer view, or of this one in full. */
  private goOn(): void {
    if (this.wanted) return this.askSoon();
    if (this.shownWidth >= this.size(RESTING).width) return;
    setTimeout(() => {
      this.wanted = true;
      this.askSoon();
    }, REST + 10);
  }

  private count(): void {
    this.times.push(performance.now());
    this.recount();
  }

  /** Of the last two seconds, and again until there are none. */
  private recount(): void {
    clearTimeout(this.recounting);
    this.times = this.times.filter((time) => performance.now() - time < 2000);
    this.fps.value = this.times.length / 2;
    if (this.times.length > 0) this.recounting = window.setTimeout(() => this.recount(), 500);
  }

  private size(widest: number): { width: number; height: number } {
    const { width, height } = this.navigation;
    const scale = Math.min(1, widest / Math.max(width, height));
    return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
  }

  private request({ width, height }: { width: number; height: number }): PictureRequest {
    const { camera } = this.navigation;
    const scale = [width / this.navigation.width, height / this.navigation.height];
    const viewpoint = { position: camera.position, orientation: camera.quaternion };
    return {
      world_from_camera: this.frame.worldFromCamera(viewpoint),
      focal: [camera.lens.focal[0] * scale[0], camera.lens.focal[1] * scale[1]],
      centre: [camera.lens.centre[0] * scale[0], camera.lens.centre[1] * scale[1]],
      width,
      height,
      mode: this.mode === "depth" || this.mode === "normals" ? this.mode : "splats",
      background: this.background === "black" ? "black" : "white",
    };
  }
}
