// Everything over the picture.

import { useLayoutEffect } from "preact/hooks";
import { CameraBar } from "./camera_bar";
import { Help } from "./help";
import { notice } from "./notices";
import { Overlay } from "./overlay";
import { Panel } from "./panel";
import { count } from "./panels/view_panel";
import { panelOpen } from "./tabs";
import { Toolbar } from "./toolbar";
import type { Viewer } from "./viewer";

export function App({ viewer }: { viewer: Viewer }) {
  const open = panelOpen.value;
  useLayoutEffect(() => {
    const cover = () => coverBorders(viewer);
    cover();
    window.addEventListener("resize", cover);
    return () => window.removeEventListener("resize", cover);
  }, [open]);
  return (
    <>
      <Overlay viewer={viewer} />
      <Title viewer={viewer} />
      <Panel viewer={viewer} />
      <Toolbar viewer={viewer} />
      <CameraBar viewer={viewer} />
      <Loading viewer={viewer} />
      <Told />
      <Help />
    </>
  );
}

/** A camera's picture keeps clear of the panel. */
function coverBorders({ navigation }: Viewer): void {
  const panel = document.querySelector(".panel")?.getBoundingClientRect();
  if (!panel) return;
  if (panel.width < window.innerWidth * 0.6)
    navigation.cover(0, 0, panelOpen.value ? window.innerWidth - panel.left : 0, 0);
  else navigation.cover(0, 0, 0, window.innerHeight - panel.top);
}

function Title({ viewer }: { viewer: Viewer }) {
  const { title } = viewer.exhibit.value;
  return (
    <header class="title surface-panel">
      <h1 data-test="title">{title}</h1>
      <p data-test="summary">{summary(viewer)}</p>
    </header>
  );
}

function summary({ scene, exhibit, live, pictures }: Viewer): string {
  const status = live?.progress.value;
  if (live && !live.over.value) {
    if (!status) return "waiting for the fit";
    if (live.connected.value === false) return `no connection since step ${count(status.step)}`;
    return `${status.status}, step ${count(status.step)}, ${count(status.splats)} splats`;
  }
  if (pictures)
    return pictures.connected.value === false
      ? "the server is gone"
      : `drawn by the server, ${pictures.fps.value.toFixed(1)} a second`;
  const parts: string[] = [];
  const { all, kept } = scene?.counts.value ?? { all: 0, kept: 0 };
  if (all > 0) parts.push(kept < all ? `${count(kept)} of ${count(all)} splats` : `${count(all)} splats`);
  if (scene && scene.triangles.value > 0) parts.push(`${count(scene.triangles.value)} triangles`);
  if (exhibit.value.splats === 0 && !exhibit.value.mesh) parts.push("nothing to show yet");
  return parts.join(", ");
}

function Loading({ viewer }: { viewer: Viewer }) {
  const text = viewer.loading.value;
  return text ? (
    <p class="loading surface-panel" role="status" data-test="loading">
      <span class="spinner" />
      {text}
    </p>
  ) : null;
}

function Told() {
  return (
    <div aria-live="polite">
      {notice.value && (
        <p class={notice.value.bad ? "notice surface-panel bad" : "notice surface-panel"} data-test="notice">
          {notice.value.text}
        </p>
      )}
    </div>
  );
}
