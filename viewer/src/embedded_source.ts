// The static page: files lie in it as base64.

import { bytesFromBase64 } from "./base64";
import type { Edits, Exhibit, Saved, View } from "./messages";
import type { Line, Source } from "./source";
import { Trouble } from "./source";

export class EmbeddedSource implements Source {
  constructor(private readonly json: string) {}

  async exhibit(): Promise<Exhibit> {
    try {
      return JSON.parse(this.json) as Exhibit;
    } catch {
      throw new Trouble("The scene in this page is broken.", "Make the page again.");
    }
  }

  async splats(): Promise<ArrayBuffer> {
    return bytesFromBase64(base64Of("splats.spz"));
  }

  async mesh(): Promise<ArrayBuffer> {
    return bytesFromBase64(base64Of("mesh.glb"));
  }

  photo(view: View): string {
    const base64 = scriptOf(`photo/${view.split}/${view.index}`)?.textContent?.trim();
    return base64 ? `data:image/jpeg;base64,${base64}` : "";
  }

  async saveEdits(_edits: Edits): Promise<Saved> {
    return NOWHERE;
  }

  async savePath(_path: unknown): Promise<Saved> {
    return NOWHERE;
  }

  live(): Line<never> {
    return SILENCE;
  }

  pictures(): Line<never> {
    return SILENCE;
  }
}

const NOWHERE: Saved = { path: "", error: "This page has no server to save to." };
const SILENCE = { send: () => {}, close: () => {} };

function base64Of(name: string): string {
  const element = scriptOf(name);
  if (!element) throw new Trouble(`This page lacks ${name}.`, "Make the page again.");
  return (element.textContent ?? "").trim();
}

function scriptOf(name: string): Element | null {
  return document.querySelector(`script[data-file="${CSS.escape(name)}"]`);
}
