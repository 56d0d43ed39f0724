// Flying: W A S D to move, Q and E down and up, drag to look around, the wheel for the speed.

import { Euler, type PerspectiveCamera, Vector3 } from "three";

const MOVES: Record<string, [number, number, number]> = {
  KeyW: [0, 0, -1],
  KeyS: [0, 0, 1],
  KeyA: [-1, 0, 0],
  KeyD: [1, 0, 0],
  KeyQ: [0, -1, 0],
  KeyE: [0, 1, 0],
};
const RADIANS_PER_PIXEL = 0.0035;
const LONGEST_STEP = 0.2; // seconds, so a slow picture does not hurl the camera away

export class FlyControls {
  enabled = false;
  /** Units of length in a second. */
  speed: number;
  private readonly held = new Set<string>();
  private dragging: number | null = null;
  private last = 0;

  constructor(
    private readonly camera: PerspectiveCamera,
    private readonly surface: HTMLElement,
    speed: number,
    private readonly changed: () => void,
  ) {
    this.speed = speed;
    surface.addEventListener("pointerdown", this.press);
    surface.addEventListener("pointermove", this.look);
    surface.addEventListener("pointerup", this.release);
    surface.addEventListener("pointercancel", this.release);
    surface.addEventListener("wheel", this.accelerate, { passive: false });
    window.addEventListener("keydown", this.hold);
    window.addEventListener("keyup", (event) => this.held.delete(event.code));
    window.addEventListener("blur", () => this.held.clear());
  }

  /** Moves on to that time; whether keys are held still. */
  update(now: number): boolean {
    const seconds = Math.min((now - this.last) / 1000, LONGEST_STEP);
    this.last = now;
    if (!this.enabled || this.held.size === 0) return false;
    const step = new Vector3();
    for (const code of this.held) step.add(new Vector3(...MOVES[code]));
    step.applyQuaternion(this.camera.quaternion).multiplyScalar(this.speed * seconds);
    this.camera.position.add(step);
    return true;
  }

  private readonly hold = (event: KeyboardEvent): void => {
    if (!this.enabled || !(event.code in MOVES) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof HTMLInputElement) return;
    if (this.held.size === 0) this.last = performance.now();
    this.held.add(event.code);
    this.changed();
  };

  private readonly press = (event: PointerEvent): void => {
    if (!this.enabled || event.button !== 0) return;
    this.dragging = event.pointerId;
    this.surface.setPointerCapture(event.pointerId);
  };

  private readonly look = (event: PointerEvent): void => {
    if (!this.enabled || this.dragging !== event.pointerId) return;
    const angles = new Euler().setFromQuaternion(this.camera.quaternion, "YXZ");
    const limit = Math.PI / 2 - 0.001;
    angles.y -= event.movementX * RADIANS_PER_PIXEL;
    angles.x = Math.max(-limit, Math.min(limit, angles.x - event.movementY * RADIANS_PER_PIXEL));
    angles.z = 0;
    if (event.movementX === 0 && event.movementY === 0) return;
    this.camera.quaternion.setFromEuler(angles);
    this.changed();
  };

  private readonly release = (): void => {
    this.dragging = null;
  };

  private readonly accelerate = (event: WheelEvent): void => {
    if (!this.enabled) return;
    event.preventDefault();
    this.speed *= Math.exp(-event.deltaY * 0.001);
    this.changed();
  };
}
