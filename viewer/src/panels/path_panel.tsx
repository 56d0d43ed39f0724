// Making a camera path.

import { tellTrouble } from "../notices";
import { duration, type Keyframe } from "../path";
import { savePath } from "../saving";
import type { Viewer } from "../viewer";
import { Button, FileButton, Hint, NumberField, Row, Section } from "./controls";

export function PathPanel({ viewer }: { viewer: Viewer }) {
  const { filming } = viewer;
  const keyframes = filming.keyframes.value;
  return (
    <>
      <Section title="Keyframes">
        {keyframes.length === 0 && (
          <Hint>Move to where the film should begin and add a keyframe, then to the next place.</Hint>
        )}
        <ol class="keyframes">
          {keyframes.map((key, i) => (
            <KeyframeRow key={i} viewer={viewer} keyframe={key} index={i} last={i === keyframes.length - 1} />
          ))}
        </ol>
        <Row>
          <Button test="add-keyframe" label="Add keyframe" icon="plus" onClick={() => filming.add()} />
          {keyframes.length > 0 && <Button test="clear-path" label="Clear" onClick={() => filming.clear()} />}
        </Row>
      </Section>
      <Section title="Film">
        <Play viewer={viewer} />
        <Film viewer={viewer} />
        <Row>
          <Button
            test="save-path"
            primary
            label={viewer.exhibit.value.writable ? "Save path" : "Download path"}
            disabled={keyframes.length === 0}
            onClick={() => void savePath(viewer)}
          />
          <FileButton test="open-path" label="Open" onOpen={(text) => open(viewer, text)} />
        </Row>
        <Hint>
          <code>recon3d render --path camera_path.json</code> makes the film.
        </Hint>
      </Section>
    </>
  );
}

function open({ filming }: Viewer, text: string): void {
  try {
    filming.open(text);
  } catch (trouble) {
    tellTrouble(trouble);
  }
}

interface KeyframeProps {
  viewer: Viewer;
  keyframe: Keyframe;
  index: number;
  last: boolean;
}

function KeyframeRow({ viewer: { filming }, keyframe, index, last }: KeyframeProps) {
  const name = `keyframe ${index + 1}`;
  const act = (test: string) => `keyframe-${index}-${test}`;
  return (
    <li>
      <div class="keyframe">
        <button type="button" class="go" data-test={act("go")} onClick={() => filming.goTo(index)}>
          {index + 1}
        </button>
        {last ? (
          <span class="end">end</span>
        ) : (
          <NumberField
            test={act("seconds")}
            label="s"
            min={0.05}
            step={0.1}
            value={keyframe.seconds}
            onChange={(seconds) => filming.setSeconds(index, seconds)}
          />
        )}
        <Button
          bare
          test={act("replace")}
          label={`Replace ${name} by this view`}
          icon="replace"
          onClick={() => filming.replace(index)}
        />
        <Button
          bare
          test={act("up")}
          label={`Move ${name} up`}
          icon="up"
          disabled={index === 0}
          onClick={() => filming.move(index, -1)}
        />
        <Button
          bare
          test={act("down")}
          label={`Move ${name} down`}
          icon="down"
          disabled={last}
          onClick={() => filming.move(index, 1)}
        />
        <Button bare test={act("delete")} label={`Delete ${name}`} icon="bin" onClick={() => filming.remove(index)} />
      </div>
    </li>
  );
}

function Play({ viewer: { filming } }: { viewer: Viewer }) {
  const seconds = filming.playing.value;
  const whole = duration(filming.keyframes.value);
  const ready = filming.keyframes.value.length > 1;
  return (
    <>
      <Row>
        {seconds === null ? (
          <Button test="play" label="Play" icon="play" disabled={!ready} onClick={() => filming.play()} />
        ) : (
          <Button test="stop" label="Stop" icon="stop" onClick={() => filming.stop()} />
        )}
        <span class="figure" data-test="path-time">
          {seconds === null ? `${whole.toFixed(1)} s` : `${seconds.toFixed(1)} of ${whole.toFixed(1)} s`}
        </span>
      </Row>
      {seconds !== null && <progress aria-label="How far the film is" value={seconds} max={whole} />}
    </>
  );
}

function Film({ viewer: { filming } }: { viewer: Viewer }) {
  const film = filming.film.value;
  const set = (part: Partial<typeof film>) => (filming.film.value = { ...film, ...part });
  return (
    <fieldset class="triple">
      <legend>Size in pixels, frames per second</legend>
      <NumberField
        test="film-width"
        label="w"
        min={1}
        step={1}
        value={film.width}
        onChange={(n) => set({ width: Math.round(n) })}
      />
      <NumberField
        test="film-height"
        label="h"
        min={1}
        step={1}
        value={film.height}
        onChange={(n) => set({ height: Math.round(n) })}
      />
      <NumberField test="film-fps" label="fps" min={1} value={film.fps} onChange={(fps) => set({ fps })} />
    </fieldset>
  );
}
