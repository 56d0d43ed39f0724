// The buttons that are always there.

import { Button } from "./panels/controls";
import { saveScreenshot } from "./saving";
import { helpShown } from "./shortcuts";
import { panelOpen } from "./tabs";
import { switchTheme, theme } from "./theme";
import type { Viewer } from "./viewer";

export function Toolbar({ viewer }: { viewer: Viewer }) {
  const { navigation, scene, exhibit } = viewer;
  const flying = navigation.style.value === "fly";
  return (
    <div class="toolbar surface-panel" role="toolbar" aria-label="Tools">
      <Button
        bare
        test="orbit"
        label="Orbit (O)"
        icon="orbit"
        pressed={!flying}
        onClick={() => navigation.setStyle("orbit")}
      />
      <Button bare test="fly" label="Fly (F)" icon="fly" pressed={flying} onClick={() => navigation.setStyle("fly")} />
      <Button bare test="home" label="Reset the view (R)" icon="home" onClick={() => navigation.reset()} />
      {scene && exhibit.value.views.length > 0 && (
        <Button
          bare
          test="toggle-frustums"
          label="Show the cameras (C)"
          icon="cameras"
          pressed={scene.frustums.shown.value}
          onClick={() => scene.frustums.show(!scene.frustums.shown.value)}
        />
      )}
      <Button
        bare
        test="screenshot"
        label="Save a picture (X)"
        icon="shot"
        onClick={() => void saveScreenshot(viewer)}
      />
      <Button
        bare
        test="theme"
        label={theme.value === "dark" ? "Light theme (T)" : "Dark theme (T)"}
        icon={theme.value === "dark" ? "sun" : "moon"}
        onClick={switchTheme}
      />
      <Button
        bare
        test="toggle-panel"
        label="Show the panel (H)"
        icon="side"
        pressed={panelOpen.value}
        onClick={() => (panelOpen.value = !panelOpen.value)}
      />
      <Button bare test="help" label="Keys (?)" icon="help" onClick={() => (helpShown.value = true)} />
    </div>
  );
}
