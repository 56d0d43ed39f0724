// While one stands in a camera: which it is, its neighbours, its photo, and the way out.

import { Button } from "./panels/controls";
import type { Viewer } from "./viewer";

export function CameraBar({ viewer }: { viewer: Viewer }) {
  const view = viewer.navigation.standing.value;
  const picture = viewer.navigation.picture.value;
  if (!view || !picture) return null;
  const flip = viewer.flip.value;
  return (
    <div
      class="camera-bar surface-panel"
      role="group"
      aria-label="The camera you stand in"
      style={{ "--middle": `${picture.x + picture.width / 2}px` }}
    >
      <Button
        bare
        test="previous-camera"
        label="Previous camera ([)"
        icon="back"
        onClick={() => viewer.standBeside(-1)}
      />
      <span class="name" data-test="standing-name" title={view.name}>
        {view.name}
      </span>
      <Button bare test="next-camera" label="Next camera (])" icon="next" onClick={() => viewer.standBeside(1)} />
      {viewer.exhibit.value.photos && (
        <>
          <Button
            bare
            test="flip"
            label="Photo or render (P)"
            icon="photo"
            pressed={flip === "photo"}
            onClick={() => viewer.flipTo(flip === "photo" ? "render" : "photo")}
          />
          <Button
            bare
            test="split-photo"
            label="Half photo, half render (L)"
            icon="split"
            pressed={flip === "split"}
            onClick={() => viewer.flipTo(flip === "split" ? "render" : "split")}
          />
        </>
      )}
      <Button
        bare
        test="leave-camera"
        label="Leave the camera (Esc)"
        icon="close"
        onClick={() => viewer.navigation.leave()}
      />
    </div>
  );
}
