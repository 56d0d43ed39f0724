// Cutting away: the brush, the crop box and the crop sphere.

import { fittedBox, fittedSphere } from "../fitting";
import type { Handle, Shape } from "../cropping";
import { tellTrouble } from "../notices";
import { saveEdits } from "../saving";
import type { Scene } from "../scene";
import type { Viewer } from "../viewer";
import { Button, Choice, FileButton, Hint, NumberField, Row, Section, Slider, Switch } from "./controls";
import { count } from "./view_panel";

type Triple = [number, number, number];

export function EditPanel({ viewer, scene }: { viewer: Viewer; scene: Scene }) {
  const { editing } = viewer;
  const { all, kept } = scene.counts.value;
  return (
    <>
      <Section title="Brush">
        <Switch
          test="brush"
          label="Delete with the brush"
          on={scene.brush.on.value}
          onChange={(on) => viewer.useBrush(on)}
        />
        <Slider
          test="brush-radius"
          label="Radius"
          shown={`${scene.brush.radius.value} pixels`}
          value={scene.brush.radius.value}
          min={4}
          max={200}
          step={1}
          onChange={(radius) => (scene.brush.radius.value = radius)}
        />
        <Hint>Drag over what should go. What lies behind goes too.</Hint>
      </Section>
      <Section title="Crop box">
        <Crop viewer={viewer} scene={scene} shape="box" />
      </Section>
      <Section title="Crop sphere">
        <Crop viewer={viewer} scene={scene} shape="sphere" />
      </Section>
      <Section title="Edits">
        <p class="figure" data-test="kept">
          {count(kept)} of {count(all)} splats stay
        </p>
        <Row>
          <Button
            test="undo"
            label="Undo"
            icon="undo"
            disabled={editing.undoDepth.value === 0}
            onClick={() => editing.undo()}
          />
          <Button
            test="redo"
            label="Redo"
            icon="redo"
            disabled={editing.redoDepth.value === 0}
            onClick={() => editing.redo()}
          />
          <Button test="reset-edits" label="Reset" onClick={() => editing.reset()} />
        </Row>
        <Row>
          <Button
            test="save-edits"
            primary
            label={viewer.exhibit.value.writable ? "Save edits" : "Download edits"}
            onClick={() => void saveEdits(viewer)}
          />
          <FileButton test="open-edits" label="Open" onOpen={(text) => open(viewer, text)} />
        </Row>
      </Section>
    </>
  );
}

function open({ editing }: Viewer, text: string): void {
  try {
    editing.open(JSON.parse(text));
  } catch (trouble) {
    tellTrouble(trouble instanceof SyntaxError ? new Error("This file does not hold edits.") : trouble);
  }
}

function Crop({ viewer, scene, shape }: { viewer: Viewer; scene: Scene; shape: Shape }) {
  const { editing } = viewer;
  const on = editing.now.value[shape] !== null;
  const turn = (wanted: boolean) => {
    if (!scene.splats) return;
    const fitted = shape === "box" ? { box: fittedBox(scene.splats) } : { sphere: fittedSphere(scene.splats) };
    editing.change(wanted ? fitted : { [shape]: null });
    scene.cropping.hold(wanted ? shape : null);
  };
  return (
    <>
      <Switch
        test={shape}
        label={shape === "box" ? "Keep what is in a box" : "Keep what is in a sphere"}
        on={on}
        onChange={turn}
      />
      {on && <Handles scene={scene} shape={shape} />}
      {on && (shape === "box" ? <BoxFields viewer={viewer} /> : <SphereFields viewer={viewer} />)}
    </>
  );
}

function Handles({ scene: { cropping }, shape }: { scene: Scene; shape: Shape }) {
  const held = cropping.held.value === shape;
  const options: { value: Handle | "none"; label: string }[] = [
    { value: "none", label: "Off" },
    { value: "translate", label: "Move" },
    { value: "scale", label: "Size" },
  ];
  if (shape === "box") options.splice(2, 0, { value: "rotate", label: "Turn" });
  return (
    <Choice
      test={`${shape}-handle`}
      label="Handles"
      value={held ? cropping.handle.value : "none"}
      options={options}
      onChange={(value) => {
        cropping.hold(value === "none" ? null : shape);
        if (value !== "none") cropping.use(value);
      }}
    />
  );
}

function BoxFields({ viewer: { editing } }: { viewer: Viewer }) {
  const { box } = editing.now.value;
  if (!box) return null;
  return (
    <>
      <Fields
        test="box-centre"
        label="Centre"
        value={box.centre}
        onChange={(centre) => editing.change({ box: { ...box, centre } })}
      />
      <Fields
        test="box-size"
        label="Size"
        least={1e-6}
        value={box.half_sizes.map((half) => 2 * half) as Triple}
        onChange={(size) => editing.change({ box: { ...box, half_sizes: size.map((whole) => whole / 2) as Triple } })}
      />
    </>
  );
}

function SphereFields({ viewer: { editing } }: { viewer: Viewer }) {
  const { sphere } = editing.now.value;
  if (!sphere) return null;
  return (
    <>
      <Fields
        test="sphere-centre"
        label="Centre"
        value={sphere.centre}
        onChange={(centre) => editing.change({ sphere: { ...sphere, centre } })}
      />
      <NumberField
        test="sphere-radius"
        label="Radius"
        min={1e-6}
        value={sphere.radius}
        onChange={(radius) => editing.change({ sphere: { ...sphere, radius } })}
      />
    </>
  );
}

interface FieldsProps {
  test: string;
  label: string;
  value: Triple;
  least?: number;
  onChange: (value: Triple) => void;
}

function Fields({ test, label, value, least, onChange }: FieldsProps) {
  return (
    <fieldset class="triple">
      <legend>{label}</legend>
      {(["x", "y", "z"] as const).map((axis, i) => (
        <NumberField
          key={axis}
          test={`${test}-${axis}`}
          label={axis}
          min={least}
          value={value[i]}
          onChange={(number) => onChange(value.map((old, j) => (j === i ? number : old)) as Triple)}
        />
      ))}
    </fieldset>
  );
}
