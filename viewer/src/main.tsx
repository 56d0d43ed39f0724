// Opens the exhibit and puts the viewer on the page.

import { render } from "preact";
import { App } from "./app";
import { hasWebGL2 } from "./device";
import type { Exhibit } from "./messages";
import { scriptInterface } from "./script_interface";
import { listen } from "./shortcuts";
import { openSource, Trouble } from "./source";
import { tab } from "./tabs";
import { showTrouble } from "./trouble_page";
import { Viewer } from "./viewer";

const root = document.getElementById("app") as HTMLElement;
const asked = new URLSearchParams(location.search);

async function start(): Promise<void> {
  const source = openSource();
  const exhibit = await source.exhibit();
  document.title = `${exhibit.title} - recon3d`;
  const drawsItself = canDraw(exhibit);
  const surface = root.appendChild(document.createElement("div"));
  surface.className = "surface";
  const canvas = surface.appendChild(document.createElement("canvas"));
  canvas.setAttribute("aria-label", `The scene ${exhibit.title}`);
  const viewer = new Viewer(source, exhibit, surface, canvas, drawsItself);
  const panels = root.appendChild(document.createElement("div"));
  if (viewer.live) tab.value = "fit";
  render(<App viewer={viewer} />, panels);
  listen(viewer);
  const ready = viewer.load();
  Object.assign(window, { recon3d: scriptInterface(viewer, ready) });
  const view = viewer.view(asked.get("view") ?? "");
  if (view) viewer.standIn(view, false);
  await ready.catch((trouble) => {
    panels.remove();
    surface.remove();
    throw trouble;
  });
}

/** Without WebGL 2 the server has to. */
function canDraw({ pictures }: Exhibit): boolean {
  const forced = asked.get("pictures") === "1";
  if (!forced && hasWebGL2()) return true;
  if (pictures) return false;
  throw new Trouble(
    "This browser cannot draw the scene.",
    "It has no WebGL 2. Allow hardware acceleration in its settings, or try another browser. Where recon3d itself runs, " +
      "`recon3d view` draws for browsers that cannot.",
  );
}

start().catch((error: unknown) => showTrouble(root, error));
