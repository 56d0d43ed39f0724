// What a person made, to the server where it takes it, else to a download.

import { download } from "./files";
import type { Saved } from "./messages";
import { tell, tellTrouble } from "./notices";
import type { Viewer } from "./viewer";

export async function saveEdits(viewer: Viewer): Promise<void> {
  const { edits } = viewer.editing;
  await keep(viewer, edits, "edits.json", () => viewer.source.saveEdits(edits));
}

export async function savePath(viewer: Viewer): Promise<void> {
  const { file } = viewer.filming;
  await keep(viewer, file, "camera_path.json", () => viewer.source.savePath(file));
}

export async function saveScreenshot(viewer: Viewer): Promise<void> {
  await viewer.settled();
  const blob = await viewer.screenshot();
  if (blob) download(`${viewer.exhibit.value.title.replace(/[^\w.-]+/g, "_") || "view"}.png`, blob);
}

async function keep({ exhibit }: Viewer, content: unknown, name: string, post: () => Promise<Saved>): Promise<void> {
  if (!exhibit.value.writable) {
    download(name, JSON.stringify(content));
    return tell(`Downloaded as ${name}.`);
  }
  try {
    const { path, error } = await post();
    if (error) tell(error, true);
    else tell(`Saved to ${path || name}.`);
  } catch (trouble) {
    tellTrouble(trouble);
  }
}
