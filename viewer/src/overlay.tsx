// What lies over the picture: the photo and the dimmed border of a camera, the brush, and the measured line.

import type { Rectangle } from "./cameras";
import { lengthText } from "./measuring";
import type { Scene } from "./scene";
import type { Viewer } from "./viewer";
import { Vector3 } from "three";

export function Overlay({ viewer }: { viewer: Viewer }) {
  return (
    <div class="overlay">
      <CameraPicture viewer={viewer} />
      {viewer.scene && (
        <svg class="marks" aria-hidden="true">
          <BrushCircle scene={viewer.scene} />
          <Measured scene={viewer.scene} viewer={viewer} />
        </svg>
      )}
    </div>
  );
}

function CameraPicture({ viewer }: { viewer: Viewer }) {
  const view = viewer.navigation.standing.value;
  const at = viewer.navigation.picture.value;
  if (!view || !at) return null;
  const flip = viewer.flip.value;
  const cut = flip === "split" ? `inset(0 0 0 ${viewer.splitAt.value * 100}%)` : undefined;
  const longest = Math.max(at.width, at.height) * window.devicePixelRatio;
  return (
    <>
      <div class="dim" style={place(at)} />
      {flip !== "render" && (
        <img
          class="photo"
          data-test="photo"
          alt={`The photo ${view.name}`}
          src={viewer.source.photo(view, Math.ceil(longest / 400) * 400)}
          style={{ ...place(at), clipPath: cut }}
        />
      )}
      {flip === "split" && <SplitHandle viewer={viewer} at={at} />}
    </>
  );
}

function SplitHandle({ viewer, at }: { viewer: Viewer; at: Rectangle }) {
  return (
    <input
      type="range"
      class="split"
      data-test="split"
      aria-label="Where the photo begins"
      min={0}
      max={1}
      step="any"
      value={viewer.splitAt.value}
      style={{ ...place(at), "--at": viewer.splitAt.value }}
      onInput={(event) => (viewer.splitAt.value = event.currentTarget.valueAsNumber)}
    />
  );
}

function place({ x, y, width, height }: Rectangle) {
  return { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` };
}

function BrushCircle({ scene: { brush } }: { scene: Scene }) {
  const at = brush.at.value;
  if (!brush.on.value || !at) return null;
  return <circle class={brush.marked.value > 0 ? "brush busy" : "brush"} cx={at.x} cy={at.y} r={brush.radius.value} />;
}

function Measured({ scene, viewer }: { scene: Scene; viewer: Viewer }) {
  const points = scene.measuring.points.value;
  if (points.length === 0) return null;
  void scene.drawn.value; // anew with every frame
  const seen = points.map((point) => onScreen(point, viewer)).filter((at) => at !== null);
  const [a, b] = seen;
  const distance = scene.measuring.distance.value;
  return (
    <g class="measured" data-test="measured">
      {a && b && <line x1={a.x} y1={a.y} x2={b.x} y2={b.y} />}
      {seen.map(({ x, y }, i) => (
        <circle key={i} cx={x} cy={y} r={5} />
      ))}
      {a && b && distance !== null && (
        <text x={(a.x + b.x) / 2} y={(a.y + b.y) / 2 - 10} text-anchor="middle">
          {lengthText(distance)}
        </text>
      )}
    </g>
  );
}

function onScreen(point: Vector3, { navigation: { camera, width, height } }: Viewer): { x: number; y: number } | null {
  const ndc = point.clone().project(camera);
  if (Math.abs(ndc.z) > 1) return null;
  return { x: ((ndc.x + 1) / 2) * width, y: ((1 - ndc.y) / 2) * height };
}
