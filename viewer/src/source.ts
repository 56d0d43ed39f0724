// Where the exhibit comes from: a server, or the page itself.

import { EmbeddedSource } from "./embedded_source";
import type { Command, Edits, Exhibit, PictureRequest, Progress, Saved, View } from "./messages";
import { ServerSource } from "./server_source";

/** What a fit says while it goes on. */
export interface LiveEvents {
  progress(progress: Progress): void;
  patch(bytes: ArrayBuffer): void;
  /** The connection stands, or does not. */
  connected(is: boolean): void;
}

/** A socket that is open, or opens soon. */
export interface Line<Message> {
  send(message: Message): void;
  close(): void;
}

export interface PictureEvents {
  picture(jpeg: Blob): void;
  connected(is: boolean): void;
}

/** Everything the viewer wants of the outside. */
export interface Source {
  exhibit(): Promise<Exhibit>;
  splats(): Promise<ArrayBuffer>;
  mesh(): Promise<ArrayBuffer>;
  /** An address for `<img>`. */
  photo(view: View, side: number): string;
  saveEdits(edits: Edits): Promise<Saved>;
  savePath(path: unknown): Promise<Saved>;
  live(events: LiveEvents): Line<Command>;
  pictures(events: PictureEvents): Line<PictureRequest>;
}

/** Something went wrong that a person should read. */
export class Trouble extends Error {
  constructor(
    readonly title: string,
    readonly advice: string,
  ) {
    super(`${title} ${advice}`);
  }
}

export function openSource(): Source {
  const embedded = document.getElementById("recon3d-exhibit");
  if (embedded) return new EmbeddedSource(embedded.textContent ?? "");
  if (location.protocol === "file:") {
    throw new Trouble(
      "This page holds no scene.",
      "Start `recon3d view FILE`, or make a page of its own with `recon3d export FILE --html`.",
    );
  }
  return new ServerSource();
}
