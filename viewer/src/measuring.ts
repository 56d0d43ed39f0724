// The distance between two points that were clicked.

import { computed, signal } from "@preact/signals";
import type { Vector3 } from "three";

export class Measuring {
  readonly on = signal(false);
  /** At most two, in three's world, where lengths are those of the files. */
  readonly points = signal<Vector3[]>([]);
  /** A click met nothing. */
  readonly missed = signal(false);
  readonly distance = computed(() => {
    const [a, b] = this.points.value;
    return b ? a.distanceTo(b) : null;
  });

  add(point: Vector3 | null): void {
    this.missed.value = point === null;
    if (!point) return;
    this.points.value = this.points.value.length === 1 ? [this.points.value[0], point] : [point];
  }

  clear(): void {
    this.points.value = [];
    this.missed.value = false;
  }
}

/** With as many digits as are of use. */
export function lengthText(length: number): string {
  return Number(length.toPrecision(4)).toString();
}
