// Keys. Those with which one flies (W A S D Q E) are not among them.

import { signal } from "@preact/signals";
import type { Mode } from "./modes";
import { saveScreenshot } from "./saving";
import { panelOpen } from "./tabs";
import { switchTheme } from "./theme";
import type { Viewer } from "./viewer";

export const helpShown = signal(false);

interface Shortcut {
  /** As `KeyboardEvent.key` has it, in small letters; ctrl is also cmd. */
  key: string;
  shown: string;
  does: string;
  run: (viewer: Viewer) => void;
}

const MODES: [string, Mode][] = [
  ["1", "splats"],
  ["2", "depth"],
  ["3", "normals"],
  ["4", "mesh"],
  ["5", "wireframe"],
];

export const SHORTCUTS: Shortcut[] = [
  { key: "o", shown: "O", does: "Orbit", run: ({ navigation }) => navigation.setStyle("orbit") },
  { key: "f", shown: "F", does: "Fly", run: ({ navigation }) => navigation.setStyle("fly") },
  { key: "r", shown: "R", does: "Reset the view", run: ({ navigation }) => navigation.reset() },
  {
    key: "c",
    shown: "C",
    does: "Show the cameras",
    run: ({ scene }) => scene?.frustums.show(!scene.frustums.shown.value),
  },
  { key: "]", shown: "]", does: "Next camera", run: (viewer) => viewer.standBeside(1) },
  { key: "[", shown: "[", does: "Previous camera", run: (viewer) => viewer.standBeside(-1) },
  {
    key: "p",
    shown: "P",
    does: "Photo or render",
    run: (viewer) => viewer.flipTo(viewer.flip.value === "photo" ? "render" : "photo"),
  },
  {
    key: "l",
    shown: "L",
    does: "Half photo, half render",
    run: (viewer) => viewer.flipTo(viewer.flip.value === "split" ? "render" : "split"),
  },
  ...MODES.map(([key, mode]) => ({
    key,
    shown: key,
    does: `Show ${mode}`,
    run: (viewer: Viewer) => show(viewer, mode),
  })),
  { key: "b", shown: "B", does: "Brush", run: (viewer) => viewer.useBrush(!viewer.scene?.brush.on.value) },
  { key: "m", shown: "M", does: "Measure", run: (viewer) => viewer.useMeasure(!viewer.scene?.measuring.on.value) },
  { key: "ctrl+z", shown: "Ctrl Z", does: "Undo", run: ({ editing }) => editing.undo() },
  { key: "ctrl+shift+z", shown: "Ctrl Shift Z", does: "Redo", run: ({ editing }) => editing.redo() },
  { key: "ctrl+y", shown: "", does: "", run: ({ editing }) => editing.redo() },
  { key: "k", shown: "K", does: "Add a keyframe", run: ({ filming }) => filming.add() },
  {
    key: " ",
    shown: "Space",
    does: "Play or stop the path",
    run: ({ filming }) => (filming.playing.value === null ? filming.play() : filming.stop()),
  },
  { key: "x", shown: "X", does: "Save a picture", run: (viewer) => void saveScreenshot(viewer) },
  { key: "t", shown: "T", does: "Light or dark", run: switchTheme },
  { key: "h", shown: "H", does: "Show or hide the panel", run: () => (panelOpen.value = !panelOpen.value) },
  { key: "escape", shown: "Esc", does: "Put the tool away, leave the camera", run: escape },
  { key: "?", shown: "?", does: "These keys", run: () => (helpShown.value = !helpShown.value) },
];

export function listen(viewer: Viewer): void {
  window.addEventListener("keydown", (event) => {
    if (event.altKey || isTyping(event)) return;
    if (event.key === " " && event.target instanceof HTMLButtonElement) return; // it presses the button
    const shortcut = SHORTCUTS.find(({ key }) => key === keyOf(event));
    if (!shortcut) return;
    event.preventDefault();
    shortcut.run(viewer);
  });
}

function keyOf(event: KeyboardEvent): string {
  const held = event.ctrlKey || event.metaKey;
  if (!held) return event.key.toLowerCase();
  return `ctrl+${event.shiftKey ? "shift+" : ""}${event.key.toLowerCase()}`;
}

function isTyping({ target }: KeyboardEvent): boolean {
  return target instanceof HTMLInputElement && target.type !== "range";
}

function show(viewer: Viewer, mode: Mode): void {
  const { splats, mesh } = viewer.exhibit.value;
  const wants =
    mode === "splats" ? splats > 0 || viewer.live !== null : mode === "mesh" || mode === "wireframe" ? mesh : true;
  if (wants) viewer.setMode(mode);
}

function escape(viewer: Viewer): void {
  if (helpShown.value) helpShown.value = false;
  else if (viewer.scene?.brush.on.value) viewer.useBrush(false);
  else if (viewer.scene?.measuring.on.value) viewer.useMeasure(false);
  else if (viewer.scene?.cropping.held.value) viewer.scene.cropping.hold(null);
  else viewer.navigation.leave();
}
