// What is shown, and how.

import type { Background, Mode } from "../modes";
import type { Scene } from "../scene";
import type { Viewer } from "../viewer";
import { Button, Choice, Hint, Section, Slider, Switch } from "./controls";

const LABELS: Record<Mode, string> = {
  splats: "Splats",
  mesh: "Mesh",
  depth: "Depth",
  normals: "Normals",
  wireframe: "Wireframe",
};

export function ViewPanel({ viewer }: { viewer: Viewer }) {
  const { navigation, background, mode, scene } = viewer;
  return (
    <>
      <Section title="Show">
        <Choice
          test="mode"
          label="Show"
          value={mode.value}
          options={modesOf(viewer).map((value) => ({ value, label: LABELS[value] }))}
          onChange={(value) => viewer.setMode(value)}
        />
        {scene && scene.triangles.value > 0 && viewer.showsMesh.value && (
          <Switch
            test="shaded"
            label="Light the mesh"
            on={scene.shaded.value}
            onChange={(on) => (scene.shaded.value = on)}
          />
        )}
      </Section>
      <Section title="Background">
        <Choice
          test="background"
          label="Background"
          value={background.value}
          options={backgroundsOf(viewer)}
          onChange={(value) => (background.value = value)}
        />
      </Section>
      <Section title="Move">
        <Choice
          test="style"
          label="Way of moving"
          value={navigation.style.value}
          options={[
            { value: "orbit", label: "Orbit" },
            { value: "fly", label: "Fly" },
          ]}
          onChange={(style) => navigation.setStyle(style)}
        />
        <Hint>
          {navigation.style.value === "fly"
            ? "W A S D to move, Q and E for down and up, drag to look around, wheel for the speed."
            : "Drag to turn, right button or two fingers to shift, wheel to come nearer. Double click to turn about a point."}
        </Hint>
        <Slider
          test="field-of-view"
          label="Field of view"
          shown={`${Math.round(navigation.fieldOfView.value)}°`}
          value={navigation.fieldOfView.value}
          min={10}
          max={110}
          step={1}
          onChange={(degrees) => navigation.setFieldOfView(degrees)}
        />
        <Button test="reset-view" label="Reset the view" icon="home" onClick={() => navigation.reset()} />
      </Section>
      {scene ? <Quality scene={scene} /> : <ServerDraws viewer={viewer} />}
    </>
  );
}

function modesOf({ scene, showsMesh, exhibit, live }: Viewer): Mode[] {
  const { splats, mesh } = exhibit.value;
  const modes: Mode[] = [];
  if (splats > 0 || live) modes.push("splats");
  if (scene && mesh) modes.push("mesh");
  modes.push("depth", "normals");
  if (scene && mesh && (showsMesh.value || splats === 0)) modes.push("wireframe");
  return modes;
}

function backgroundsOf({ scene }: Viewer): { value: Background; label: string }[] {
  const both: { value: Background; label: string }[] = [
    { value: "white", label: "White" },
    { value: "black", label: "Black" },
  ];
  return scene ? [...both, { value: "page", label: "As the page" }] : both;
}

function Quality({ scene }: { scene: Scene }) {
  const { all, kept, drawn } = scene.counts.value;
  const most = Math.max(all, 20_000);
  const budget = Math.min(scene.budget.value, most);
  return (
    <Section title="Quality">
      {all > 0 && (
        <>
          <Slider
            test="budget"
            label="Splats drawn"
            shown={budget >= all ? "all" : `at most ${count(budget)}`}
            value={budget}
            min={Math.min(1000, most)}
            max={most}
            step={1}
            onChange={(value) => (scene.budget.value = value >= most ? Number.MAX_SAFE_INTEGER : value)}
          />
          <Hint>
            {count(drawn)} drawn of {count(all)}
            {kept < all ? `, ${count(all - kept)} cut away` : ""}. The most visible come first.
          </Hint>
        </>
      )}
      {scene.triangles.value > 0 && <Hint>{count(scene.triangles.value)} triangles.</Hint>}
      <Slider
        test="pixel-ratio"
        label="Sharpness"
        shown={`${scene.pixelRatio.value.toFixed(2)} pixels per point`}
        value={scene.pixelRatio.value}
        min={0.25}
        max={Math.max(2, window.devicePixelRatio)}
        step={0.25}
        onChange={(value) => (scene.pixelRatio.value = value)}
      />
      <Hint>Chosen for this device: {scene.device}.</Hint>
    </Section>
  );
}

function ServerDraws({ viewer }: { viewer: Viewer }) {
  return (
    <Section title="Quality">
      <Hint>
        The server draws, for browsers without WebGL 2.{" "}
        <span data-test="fps">{viewer.pictures?.fps.value.toFixed(1)}</span> pictures a second.
      </Hint>
    </Section>
  );
}

export function count(n: number): string {
  return Math.round(n).toLocaleString("en-GB");
}
