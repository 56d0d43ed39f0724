// What a person cut away, and the way back.

import { signal } from "@preact/signals";
import { base64FromBytes, bytesFromBase64 } from "./base64";
import type { Edits, Exhibit } from "./messages";
import type { Cut } from "./visibility";

const LONGEST_HISTORY = 100;

export class Editing {
  /** Never changed in place: the history holds what was before. */
  readonly now = signal<Cut>(NOTHING);
  readonly undoDepth = signal(0);
  readonly redoDepth = signal(0);
  /** How many Gaussians there are, whether cut away or not. */
  total: number;
  private past: Cut[] = [];
  private future: Cut[] = [];

  constructor(
    exhibit: Exhibit,
    private readonly changed: () => void,
  ) {
    this.total = exhibit.splats;
    if (exhibit.edits) this.now.value = cutFrom(exhibit.edits);
  }

  get cut(): Cut {
    return this.now.value;
  }

  /** Takes a step that can be undone. */
  change(part: Partial<Cut>): void {
    this.past = [...this.past, this.cut].slice(-LONGEST_HISTORY);
    this.future = [];
    this.become({ ...this.cut, ...part });
  }

  delete(indices: Iterable<number>): void {
    const deleted = new Uint8Array(Math.ceil(this.total / 8));
    deleted.set(this.cut.deleted.subarray(0, deleted.length));
    for (const i of indices) deleted[i >> 3] |= 1 << (i & 7);
    this.change({ deleted });
  }

  reset(): void {
    this.change(NOTHING);
  }

  undo(): void {
    const before = this.past.pop();
    if (!before) return;
    this.future.push(this.cut);
    this.become(before);
  }

  redo(): void {
    const after = this.future.pop();
    if (!after) return;
    this.past.push(this.cut);
    this.become(after);
  }

  get edits(): Edits {
    const { deleted, box, sphere } = this.cut;
    const some = deleted.some((byte) => byte !== 0);
    return { splats: this.total, box, sphere, deleted: some ? base64FromBytes(deleted) : "" };
  }

  /** Throws an Error that a person can read. */
  open(edits: Edits): void {
    if (edits?.splats !== this.total) {
      throw new Error(`These edits are of ${edits?.splats ?? "no"} splats; here are ${this.total}.`);
    }
    this.change(cutFrom(edits));
  }

  private become(cut: Cut): void {
    this.now.value = cut;
    this.undoDepth.value = this.past.length;
    this.redoDepth.value = this.future.length;
    this.changed();
  }
}

const NOTHING: Cut = { deleted: new Uint8Array(0), box: null, sphere: null };

function cutFrom({ deleted, box, sphere }: Edits): Cut {
  return { deleted: new Uint8Array(bytesFromBase64(deleted ?? "")), box: box ?? null, sphere: sphere ?? null };
}
