// Camera paths as nerfstudio's camera_path.json, which `recon3d render --path` reads.

import type { FilesFrame } from "./cameras";
import { frames, type Keyframe } from "./path";

export interface Film {
  width: number;
  height: number;
  fps: number;
}

interface PathFile {
  camera_type: "perspective";
  render_width: number;
  render_height: number;
  fps: number;
  seconds: number;
  is_cycle: boolean;
  keyframes: { matrix: number[]; fov: number; seconds: number }[];
  camera_path: { camera_to_world: number[]; fov: number; aspect: number }[];
}

const KEYFRAMES_OF_A_BARE_FILE = 12;

export function writePath(keyframes: Keyframe[], film: Film, frame: FilesFrame): PathFile {
  const views = frames(keyframes, film.fps);
  return {
    camera_type: "perspective",
    render_width: film.width,
    render_height: film.height,
    fps: film.fps,
    seconds: views.length / film.fps,
    is_cycle: false,
    keyframes: keyframes.map((key) => ({
      matrix: frame.openglWorldFromCamera(key),
      fov: key.fov,
      seconds: key.seconds,
    })),
    camera_path: views.map((view) => ({
      camera_to_world: frame.openglWorldFromCamera(view),
      fov: view.fov,
      aspect: film.width / film.height,
    })),
  };
}

/** Throws an Error that a person can read. */
export function readPath(text: string, frame: FilesFrame): { keyframes: Keyframe[]; film: Film } {
  const file = parsed(text);
  const fps = positive(file.fps) ?? 30;
  const film = { width: positive(file.render_width) ?? 1280, height: positive(file.render_height) ?? 720, fps };
  const keyframes = file.keyframes?.length ? ownKeyframes(file, frame) : someFrames(file, frame, fps);
  if (keyframes.length === 0) throw new Error("This file holds no cameras.");
  return { keyframes, film };
}

function parsed(text: string): Partial<PathFile> {
  try {
    const file: unknown = JSON.parse(text);
    if (file && typeof file === "object") return file;
  } catch {
    // Said below.
  }
  throw new Error("This file is not a camera path in JSON.");
}

function ownKeyframes(file: Partial<PathFile>, frame: FilesFrame): Keyframe[] {
  return (file.keyframes ?? []).map(({ matrix, fov, seconds }) => ({
    ...frame.openglViewpoint(sixteen(matrix)),
    fov: positive(fov) ?? 50,
    seconds: positive(seconds) ?? 2,
  }));
}

/** A file without keyframes: a few of its frames, so many that the path is much the same. */
function someFrames(file: Partial<PathFile>, frame: FilesFrame, fps: number): Keyframe[] {
  const all = file.camera_path ?? [];
  const step = Math.max(1, Math.ceil((all.length - 1) / KEYFRAMES_OF_A_BARE_FILE));
  const chosen = all.map((_, i) => i).filter((i) => i % step === 0 || i === all.length - 1);
  return chosen.map((i, n) => ({
    ...frame.openglViewpoint(sixteen(all[i].camera_to_world)),
    fov: positive(all[i].fov) ?? 50,
    seconds: ((chosen[n + 1] ?? i + step) - i) / fps,
  }));
}

function sixteen(matrix: unknown): number[] {
  const numbers: unknown[] = Array.isArray(matrix) ? matrix.flat() : [];
  if (numbers.length !== 16 || !numbers.every(Number.isFinite)) throw new Error("A camera of this file has no matrix.");
  return numbers as number[];
}

function positive(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : null;
}
