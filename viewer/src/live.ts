// A fit that goes on: its progress, its curves, and the buttons that steer it.

import { computed, signal } from "@preact/signals";
import type { Command, Progress } from "./messages";
import type { Line, Source } from "./source";

export interface Sample {
  seconds: number;
  loss: number;
  psnr: number;
}

const MOST_SAMPLES = 2000;
/** How much longer than drawing a patch took the page waits for the next one, and how long at most, in milliseconds. */
const RESTS = 5;
const LONGEST_REST = 8000;

export class Live {
  readonly progress = signal<Progress | null>(null);
  readonly samples = signal<Sample[]>([]);
  readonly connected = signal<boolean | null>(null);
  /** A command was sent and the fit has not said yet that it took it. */
  readonly asked = signal<Command["action"] | null>(null);
  readonly over = computed(() => ended(this.progress.value?.status));
  private readonly line: Line<Command>;

  /** `patch` resolves when it is shown. */
  constructor(source: Source, patch: (bytes: ArrayBuffer) => Promise<void>, finished: () => void) {
    this.line = source.live({
      progress: (progress) => {
        const before = this.over.value;
        this.take(progress);
        if (this.over.value && !before) finished();
      },
      patch: (bytes) => this.over.value || void this.show(bytes, patch),
      connected: (is) => (this.connected.value = is),
    });
  }

  send(action: Command["action"]): void {
    this.asked.value = action;
    this.line.send({ action });
  }

  close(): void {
    this.line.close();
  }

  /** The next one is asked for only after a while that is long beside what this one took to draw: the fit comes first. */
  private async show(bytes: ArrayBuffer, patch: (bytes: ArrayBuffer) => Promise<void>): Promise<void> {
    const began = performance.now();
    await patch(bytes);
    const rest = Math.min(RESTS * (performance.now() - began), LONGEST_REST);
    setTimeout(() => this.line.send({ action: "next" }), rest);
  }

  private take(progress: Progress): void {
    if (progress.status !== this.progress.value?.status) this.asked.value = null;
    this.progress.value = progress;
    const { elapsed: seconds, loss, psnr } = progress;
    const last = this.samples.value.at(-1);
    if (!Number.isFinite(loss) || (last && seconds <= last.seconds)) return;
    this.samples.value = thinned([...this.samples.value, { seconds, loss, psnr }]);
  }
}

function ended(status: Progress["status"] | undefined): boolean {
  return status === "finished" || status === "stopped" || status === "diverged";
}

/** Every other one of the older half, when there are very many. */
function thinned(samples: Sample[]): Sample[] {
  if (samples.length <= MOST_SAMPLES) return samples;
  const half = Math.floor(samples.length / 2);
  return samples.filter((_, i) => i >= half || i % 2 === 0);
}
