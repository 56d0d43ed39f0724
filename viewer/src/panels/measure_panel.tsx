import { lengthText } from "../measuring";
import type { Scene } from "../scene";
import type { Viewer } from "../viewer";
import { Button, Hint, Row, Section, Switch } from "./controls";

export function MeasurePanel({ viewer, scene: { measuring } }: { viewer: Viewer; scene: Scene }) {
  const distance = measuring.distance.value;
  return (
    <Section title="Distance">
      <Switch
        test="measure"
        label="Measure by clicking"
        on={measuring.on.value}
        onChange={(on) => viewer.useMeasure(on)}
      />
      {distance !== null && (
        <p class="large" data-test="distance">
          {lengthText(distance)}
        </p>
      )}
      <Hint>{advice(measuring.points.value.length, measuring.missed.value)}</Hint>
      <Row>
        <Button
          test="clear-measure"
          label="Clear"
          disabled={measuring.points.value.length === 0}
          onClick={() => viewer.clearMeasure()}
        />
      </Row>
      <Hint>Lengths are in the units of your files. How long those are in metres, the photos cannot tell.</Hint>
    </Section>
  );
}

function advice(points: number, missed: boolean): string {
  if (missed) return "There is nothing under that click. Try another place.";
  return ["Click one point of the scene, then another.", "Now click the other point.", "Click again to begin anew."][
    points
  ];
}
