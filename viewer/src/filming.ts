// The camera path that is being made: its keyframes, its line in the scene, and playing it.

import { effect, signal } from "@preact/signals";
import { BufferGeometry, Color, Group, Line, LineBasicMaterial, Points, PointsMaterial } from "three";
import type { FilesFrame } from "./cameras";
import type { Navigation } from "./navigation";
import { along, duration, type Keyframe, line } from "./path";
import { type Film, readPath, writePath } from "./path_file";

export class Filming {
  readonly keyframes = signal<Keyframe[]>([]);
  readonly film = signal<Film>({ width: 1280, height: 720, fps: 30 });
  /** Seconds into the path while it plays. */
  readonly playing = signal<number | null>(null);
  /** In three's world. */
  readonly object = new Group();
  private began = 0;

  constructor(
    private readonly navigation: Navigation,
    private readonly frame: FilesFrame,
    private readonly changed: () => void,
  ) {
    const colour = new Color("#e07b2f");
    const way = new Line(new BufferGeometry(), new LineBasicMaterial({ color: colour, toneMapped: false }));
    const marks = new Points(
      new BufferGeometry(),
      new PointsMaterial({ color: colour, size: 8, sizeAttenuation: false }),
    );
    way.frustumCulled = marks.frustumCulled = false;
    this.object.add(way, marks);
    effect(() => {
      const keyframes = this.keyframes.value;
      way.geometry.dispose();
      way.geometry = new BufferGeometry().setFromPoints(line(keyframes));
      marks.geometry.dispose();
      marks.geometry = new BufferGeometry().setFromPoints(keyframes.map(({ position }) => position));
      changed();
    });
  }

  /** The present view as a keyframe. */
  private get here(): Keyframe {
    const { viewpoint, angle } = this.navigation;
    return { ...viewpoint, fov: angle, seconds: 2 };
  }

  add(): void {
    this.keyframes.value = [...this.keyframes.value, this.here];
  }

  replace(index: number): void {
    this.edit(index, this.here);
  }

  setSeconds(index: number, seconds: number): void {
    this.edit(index, { seconds: Math.max(seconds, 0.05) });
  }

  remove(index: number): void {
    this.keyframes.value = this.keyframes.value.filter((_, i) => i !== index);
  }

  /** One place up or down the list. */
  move(index: number, by: -1 | 1): void {
    const list = [...this.keyframes.value];
    if (!list[index + by]) return;
    [list[index], list[index + by]] = [list[index + by], list[index]];
    this.keyframes.value = list;
  }

  clear(): void {
    this.stop();
    this.keyframes.value = [];
  }

  goTo(index: number): void {
    this.stop();
    const key = this.keyframes.value[index];
    this.navigation.moveTo(key, key.fov);
  }

  play(): void {
    if (this.keyframes.value.length < 2) return;
    this.began = performance.now();
    this.playing.value = 0;
    this.object.visible = false;
    this.changed();
  }

  stop(): void {
    this.playing.value = null;
    this.object.visible = true;
    this.changed();
  }

  /** Before each drawing; whether the path goes on. */
  update(now: number): boolean {
    if (this.playing.value === null) return false;
    const seconds = Math.max((now - this.began) / 1000, 0);
    const view = along(this.keyframes.value, seconds);
    this.navigation.moveTo(view, view.fov, false);
    if (seconds >= duration(this.keyframes.value)) this.stop();
    else this.playing.value = seconds;
    return true;
  }

  get file() {
    return writePath(this.keyframes.value, this.film.value, this.frame);
  }

  /** Throws an Error that a person can read. */
  open(text: string): void {
    const { keyframes, film } = readPath(text, this.frame);
    this.stop();
    this.keyframes.value = keyframes;
    this.film.value = film;
  }

  private edit(index: number, part: Partial<Keyframe>): void {
    this.keyframes.value = this.keyframes.value.map((key, i) => (i === index ? { ...key, ...pick(part, key) } : key));
  }
}

/** A replaced keyframe keeps its time. */
function pick(part: Partial<Keyframe>, key: Keyframe): Partial<Keyframe> {
  return part.position ? { ...part, seconds: key.seconds } : part;
}
