// Which panel is open.

import { signal } from "@preact/signals";
import type { IconName } from "./icons";
import type { Viewer } from "./viewer";

export type TabName = "view" | "cameras" | "edit" | "path" | "measure" | "fit";

export interface Tab {
  name: TabName;
  label: string;
  icon: IconName;
}

const TABS: Tab[] = [
  { name: "fit", label: "Fit", icon: "fit" },
  { name: "view", label: "View", icon: "eye" },
  { name: "cameras", label: "Cameras", icon: "cameras" },
  { name: "edit", label: "Edit", icon: "edit" },
  { name: "path", label: "Path", icon: "path" },
  { name: "measure", label: "Measure", icon: "measure" },
];

export const tab = signal<TabName>("view");
/** Narrow windows begin with the scene. */
export const panelOpen = signal(!isNarrow());

export function isNarrow(): boolean {
  return matchMedia("(max-width: 720px)").matches;
}

/** Those that are of use here. */
export function tabsOf({ live, scene, exhibit }: Viewer): Tab[] {
  const editable = scene !== null && exhibit.value.splats > 0 && (live === null || live.over.value);
  return TABS.filter(({ name }) => {
    if (name === "fit") return live !== null;
    if (name === "cameras") return exhibit.value.views.length > 0;
    if (name === "edit") return editable;
    if (name === "measure") return scene !== null;
    return true;
  });
}
