// Our own icons: strokes on a grid of 20.

const PATHS = {
  eye: "M1.8 10S5 4.5 10 4.5 18.2 10 18.2 10 15 15.5 10 15.5 1.8 10 1.8 10ZM10 12.4a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8Z",
  cameras: "M3 5.5h8.5v9H3zM11.5 9l5.5-3.5v9L11.5 11",
  edit: "M3.5 16.5l1-4 9-9 3 3-9 9zM11.5 5.5l3 3",
  path: "M3 15.5c4 0 3-11 7-11s3 8 7 8M3 15.5h.01M17 12.5h.01",
  measure: "M2.5 13.5l11-11 4 4-11 11zM6 10l1.5 1.5M8.5 7.5L11 10M11 5l1.5 1.5",
  fit: "M2.5 3v14h15M5.5 6c1.5 6 4 7.5 11 8",
  orbit: "M4.2 7A6.6 6.6 0 1 1 3.4 10M3.6 3.2v4h4M10 11.6a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2Z",
  fly: "M2.5 9.5L17.5 3l-5.5 14-2.8-5.7z",
  home: "M3 9.5L10 3.5l7 6M5 8.5v8h10v-8",
  shot: "M3 6h3l1.3-2h5.4L14 6h3v10H3zM10 13.5a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6Z",
  sun: "M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM10 1.8v2M10 16.2v2M1.8 10h2M16.2 10h2M4.2 4.2l1.4 1.4M14.4 14.4l1.4 1.4M4.2 15.8l1.4-1.4M14.4 5.6l1.4-1.4",
  moon: "M16.5 11.8A7 7 0 1 1 8.2 3.5a5.6 5.6 0 0 0 8.3 8.3Z",
  help: "M7.3 7.3a2.7 2.7 0 1 1 3.9 2.5c-.8.4-1.2.9-1.2 1.9M10 14.8h.01M10 18a8 8 0 1 0 0-16 8 8 0 0 0 0 16Z",
  close: "M5 5l10 10M15 5L5 15",
  back: "M12.5 4l-6 6 6 6",
  next: "M7.5 4l6 6-6 6",
  up: "M4.5 12.5l5.5-6 5.5 6",
  down: "M4.5 7.5l5.5 6 5.5-6",
  undo: "M7.5 4L3.5 8l4 4M3.5 8H12a4.5 4.5 0 0 1 0 9H8",
  redo: "M12.5 4l4 4-4 4M16.5 8H8a4.5 4.5 0 0 0 0 9h4",
  plus: "M10 4v12M4 10h12",
  bin: "M3.5 5.5h13M8 5.5v-2h4v2M5 5.5l.8 11h8.4l.8-11",
  play: "M6 3.5l10 6.5-10 6.5z",
  pause: "M6.5 4v12M13.5 4v12",
  stop: "M5 5h10v10H5z",
  replace: "M4 10a6 6 0 0 1 10.5-4M16 10a6 6 0 0 1-10.5 4M14.5 2.5V6H11M5.5 17.5V14H9",
  photo: "M2.5 4h15v12h-15zM2.5 13l4-4 4 4 2.5-2.5 4.5 4.5M13 8h.01",
  split: "M10 2.5v15M2.5 5h5v10h-5M12.5 5h5v10h-5",
  side: "M2.5 4h15v12h-15zM12 4v12",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
