// The cameras of the exhibit: their frustums, and a list to stand in one.

import { keyOf } from "../cameras";
import type { View } from "../messages";
import type { Viewer } from "../viewer";
import { Section, Slider, Switch } from "./controls";

const SPLITS = [
  { split: "train", title: "Training views" },
  { split: "test", title: "Held-out views" },
] as const;

export function CamerasPanel({ viewer }: { viewer: Viewer }) {
  const { scene, exhibit } = viewer;
  const { views, distance } = exhibit.value;
  return (
    <>
      {scene && (
        <Section title="In the scene">
          <Switch
            test="frustums"
            label="Show the cameras"
            on={scene.frustums.shown.value}
            onChange={(on) => scene.frustums.show(on)}
          />
          <Slider
            test="frustum-size"
            label="Size"
            shown=""
            value={(scene.frustums.size.value ?? 0) / distance}
            min={0.01}
            max={0.3}
            step="any"
            onChange={(share) => scene.frustums.resize(share * distance)}
          />
        </Section>
      )}
      {SPLITS.map(({ split, title }) => {
        const some = views.filter((view) => view.split === split);
        return (
          some.length > 0 && <Views key={split} viewer={viewer} title={`${title} (${some.length})`} views={some} />
        );
      })}
    </>
  );
}

function Views({ viewer, title, views }: { viewer: Viewer; title: string; views: View[] }) {
  const { photos } = viewer.exhibit.value;
  return (
    <Section title={title}>
      <ul class={photos ? "thumbnails" : "names"}>
        {views.map((view) => (
          <li key={keyOf(view)}>
            <Entry viewer={viewer} view={view} photo={photos} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Entry({ viewer, view, photo }: { viewer: Viewer; view: View; photo: boolean }) {
  const standing = viewer.navigation.standing.value === view;
  return (
    <button
      type="button"
      data-test={`camera-${keyOf(view)}`}
      aria-current={standing}
      title={view.name}
      aria-label={`Stand in ${view.name}`}
      onClick={() => viewer.standIn(view)}
    >
      {photo && <img loading="lazy" decoding="async" alt="" src={viewer.source.photo(view, 160)} />}
      <span>{view.name.slice(view.name.lastIndexOf("/") + 1)}</span>
    </button>
  );
}
