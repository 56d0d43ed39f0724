// The server that sent this page: addresses lie beside it, and its token goes with every request.

import type { Command, Edits, Exhibit, PictureRequest, Saved, View } from "./messages";
import type { Line, LiveEvents, PictureEvents, Source } from "./source";
import { Trouble } from "./source";
import { keepOpen } from "./sockets";

export class ServerSource implements Source {
  private readonly token = new URLSearchParams(location.search).get("token");

  async exhibit(): Promise<Exhibit> {
    return (await this.get("exhibit")).json() as Promise<Exhibit>;
  }

  async splats(): Promise<ArrayBuffer> {
    return (await this.get("splats.spz")).arrayBuffer();
  }

  async mesh(): Promise<ArrayBuffer> {
    return (await this.get("mesh.glb")).arrayBuffer();
  }

  photo(view: View, side: number): string {
    return this.address(`photo/${view.split}/${view.index}`, { side: String(side) });
  }

  saveEdits(edits: Edits): Promise<Saved> {
    return this.post("edits", edits);
  }

  savePath(path: unknown): Promise<Saved> {
    return this.post("path", path);
  }

  live(events: LiveEvents): Line<Command> {
    return keepOpen(this.socketAddress("live"), {
      connected: events.connected,
      text: (text) => events.progress(JSON.parse(text)),
      binary: (bytes) => events.patch(bytes),
    });
  }

  pictures(events: PictureEvents): Line<PictureRequest> {
    return keepOpen(this.socketAddress("pictures"), {
      connected: events.connected,
      text: () => {},
      binary: (bytes) => events.picture(new Blob([bytes], { type: "image/jpeg" })),
    });
  }

  private address(path: string, query: Record<string, string> = {}): string {
    const url = new URL(path, document.baseURI.split(/[?#]/)[0]);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    if (this.token) url.searchParams.set("token", this.token);
    return url.href;
  }

  private socketAddress(path: string): string {
    return this.address(path).replace(/^http/, "ws");
  }

  private async get(path: string): Promise<Response> {
    return checked(await request(this.address(path), { cache: "no-store" }), path);
  }

  private async post(path: string, body: unknown): Promise<Saved> {
    const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    const response = await request(this.address(path), options);
    if (response.headers.get("Content-Type")?.includes("json")) {
      const saved = (await response.json()) as Partial<Saved>;
      if (response.ok || saved.error) return { path: saved.path ?? "", error: saved.error ?? "" };
    }
    checked(response, path);
    return { path: "", error: "" };
  }
}

async function request(address: string, options: RequestInit): Promise<Response> {
  try {
    return await fetch(address, options);
  } catch {
    throw new Trouble("The server does not answer.", "Is recon3d still running? Start it again and reload this page.");
  }
}

function checked(response: Response, path: string): Response {
  if (response.ok) return response;
  if (response.status === 401 || response.status === 403) {
    throw new Trouble(
      "This link has no valid token.",
      "Open the link that recon3d printed in the terminal, with everything after the question mark.",
    );
  }
  throw new Trouble(
    `The server could not give ${path}.`,
    `It answered ${response.status}. What went wrong stands in the terminal where recon3d runs.`,
  );
}
