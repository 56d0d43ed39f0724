// `window.recon3d`: for tests and for scripts, what a person sees and some of what they do.

import { Vector3 } from "three";
import { keyOf } from "./cameras";
import type { Mode } from "./modes";
import { theme } from "./theme";
import type { Viewer } from "./viewer";

export function scriptInterface(viewer: Viewer, ready: Promise<void>) {
  const { navigation, frame } = viewer;
  return {
    /** Resolves when all is loaded and was drawn once. */
    ready,
    /** Resolves when the present view is drawn with everything in its right order. */
    settled: async () => {
      await ready;
      await viewer.settled();
    },
    state: () => state(viewer),
    standIn(key: string) {
      const view = viewer.view(key);
      if (!view) throw new Error(`There is no camera ${key}.`);
      viewer.standIn(view, false);
    },
    setMode: (mode: Mode) => viewer.setMode(mode),
    /** Both in the frame of the files. */
    lookFrom: (position: [number, number, number], target: [number, number, number]) =>
      navigation.lookFrom(frame.toThree(new Vector3(...position)), frame.toThree(new Vector3(...target)), false),
    /** What lies under a place of the canvas, in the frame of the files. */
    pick: (x: number, y: number) => {
      const point = viewer.scene?.pick({ x, y });
      return point ? frame.toFiles(point).toArray() : null;
    },
  };
}

function state(viewer: Viewer) {
  return { ...shown(viewer), ...seenFrom(viewer), ...made(viewer), ...told(viewer) };
}

function shown({ exhibit, scene, mode, showsMesh, background, pictures }: Viewer) {
  const { all, kept, drawn } = scene?.counts.value ?? { all: exhibit.value.splats, kept: 0, drawn: 0 };
  return {
    title: exhibit.value.title,
    up: exhibit.value.up,
    splats: all,
    kept,
    visible: drawn,
    triangles: scene?.triangles.value ?? 0,
    mode: mode.value,
    mesh: showsMesh.value,
    background: background.value,
    theme: theme.value,
    frames: scene?.frustums.shown.value ?? false,
    photos: scene?.frustums.loaded.value ?? 0,
    drawn: scene?.stage.drawn ?? pictures?.received.value ?? 0,
    budget: scene?.budget.value ?? null,
    pixelRatio: scene?.pixelRatio.value ?? null,
    device: scene?.device ?? null,
  };
}

function seenFrom({ navigation, frame, flip, splitAt }: Viewer) {
  const { position, quaternion } = navigation.camera;
  const standing = navigation.standing.value;
  return {
    style: navigation.style.value,
    speed: navigation.fly.speed,
    target: frame.toFiles(navigation.orbit.target).toArray(),
    standing: standing ? keyOf(standing) : null,
    picture: standing ? navigation.picture.value : null,
    flipped: flip.value === "photo",
    flip: flip.value,
    splitAt: splitAt.value,
    camera: {
      world_from_camera: frame.worldFromCamera({ position, orientation: quaternion }),
      ...navigation.camera.lens,
      width: navigation.width,
      height: navigation.height,
    },
  };
}

function made({ editing, filming, scene }: Viewer) {
  return {
    edits: editing.edits,
    undo: editing.undoDepth.value,
    redo: editing.redoDepth.value,
    brush: scene?.brush.on.value ?? false,
    marked: scene?.brush.marked.value ?? 0,
    keyframes: filming.keyframes.value.length,
    playing: filming.playing.value,
    measuring: scene?.measuring.on.value ?? false,
    measuredPoints: scene?.measuring.points.value.length ?? 0,
    distance: scene?.measuring.distance.value ?? null,
  };
}

function told({ live, pictures, exhibit }: Viewer) {
  const progress = live?.progress.value;
  return {
    status: progress?.status ?? exhibit.value.status,
    step: progress?.step ?? null,
    connected: live?.connected.value ?? pictures?.connected.value ?? null,
    losses: live?.samples.value.length ?? 0,
    psnrs: live?.samples.value.length ?? 0,
    pictures: pictures !== null,
    fps: pictures?.fps.value ?? null,
  };
}
