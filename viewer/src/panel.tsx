// The panel at the side, or at the bottom of narrow windows.

import { Icon } from "./icons";
import { CamerasPanel } from "./panels/cameras_panel";
import { EditPanel } from "./panels/edit_panel";
import { FitPanel } from "./panels/fit_panel";
import { MeasurePanel } from "./panels/measure_panel";
import { PathPanel } from "./panels/path_panel";
import { ViewPanel } from "./panels/view_panel";
import { isNarrow, panelOpen, tab, type TabName, tabsOf } from "./tabs";
import type { Viewer } from "./viewer";

export function Panel({ viewer }: { viewer: Viewer }) {
  const tabs = tabsOf(viewer);
  const chosen = tabs.find(({ name }) => name === tab.value)?.name ?? tabs[0].name;
  return (
    <aside class={panelOpen.value ? "panel surface-panel" : "panel surface-panel closed"} aria-label="Panel">
      <nav class="tabs" role="tablist" aria-label="Panels">
        {tabs.map(({ name, label, icon }) => (
          <button
            type="button"
            role="tab"
            key={name}
            data-test={`tab-${name}`}
            aria-selected={panelOpen.value && name === chosen}
            onClick={() => choose(name, chosen)}
          >
            <Icon name={icon} />
            <span>{label}</span>
          </button>
        ))}
      </nav>
      {panelOpen.value && (
        <div class="body" role="tabpanel" data-test={`panel-${chosen}`}>
          <Body name={chosen} viewer={viewer} />
        </div>
      )}
    </aside>
  );
}

/** In narrow windows the open tab, pressed again, closes the panel, which covers half of the scene there. */
function choose(name: TabName, chosen: TabName): void {
  panelOpen.value = !(isNarrow() && panelOpen.value && name === chosen);
  tab.value = name;
}

function Body({ name, viewer }: { name: TabName; viewer: Viewer }) {
  const { scene, live } = viewer;
  if (name === "cameras") return <CamerasPanel viewer={viewer} />;
  if (name === "path") return <PathPanel viewer={viewer} />;
  if (name === "edit" && scene) return <EditPanel viewer={viewer} scene={scene} />;
  if (name === "measure" && scene) return <MeasurePanel viewer={viewer} scene={scene} />;
  if (name === "fit" && live) return <FitPanel live={live} />;
  return <ViewPanel viewer={viewer} />;
}
