// A fit that goes on.

import { Curve } from "../curves";
import type { Live } from "../live";
import type { Progress } from "../messages";
import { Button, Hint, Row, Section } from "./controls";
import { count } from "./view_panel";

const STATUS: Record<Progress["status"], string> = {
  fitting: "Fitting",
  paused: "Paused",
  finished: "Finished",
  stopped: "Stopped",
  diverged: "Diverged",
};

export function FitPanel({ live }: { live: Live }) {
  const progress = live.progress.value;
  if (!progress) {
    return (
      <Hint>
        {live.connected.value === false ? "The connection to the fit was lost." : "Waiting for the fit's first step."}
      </Hint>
    );
  }
  const lost = live.connected.value === false && !live.over.value;
  return (
    <>
      <Section title="Progress">
        <p class="figure">
          <strong data-test="fit-status">{lost ? "No connection" : STATUS[progress.status]}</strong>
          <span>{lost ? "" : timeLeft(progress)}</span>
        </p>
        <progress aria-label="Progress of the fit" value={progress.progress} max={1} />
        <Figures progress={progress} />
        <Steering live={live} status={progress.status} />
        {lost && <Hint>The fit has ended or the connection was lost. What came last stays here.</Hint>}
      </Section>
      <Section title="Curves">
        <Curve
          test="loss-curve"
          label="Loss"
          samples={live.samples.value}
          value={(sample) => sample.loss}
          logarithmic
        />
        <Curve test="psnr-curve" label="PSNR in dB" samples={live.samples.value} value={(sample) => sample.psnr} />
      </Section>
    </>
  );
}

function Figures({ progress }: { progress: Progress }) {
  const figures = [
    ["Step", progress.steps ? `${count(progress.step)} of ${count(progress.steps)}` : count(progress.step), "fit-step"],
    ["Splats", count(progress.splats), "fit-splats"],
    ["Loss", progress.loss.toPrecision(3), "fit-loss"],
    ["PSNR", `${progress.psnr.toFixed(1)} dB`, "fit-psnr"],
    ["Elapsed", clock(progress.elapsed), "fit-elapsed"],
  ];
  return (
    <dl class="figures">
      {figures.map(([name, value, test]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd data-test={test}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Steering({ live, status }: { live: Live; status: Progress["status"] }) {
  if (live.over.value) return null;
  const busy = live.asked.value !== null || live.connected.value === false;
  return (
    <Row>
      {status === "paused" ? (
        <Button test="resume" label="Resume" icon="play" disabled={busy} onClick={() => live.send("resume")} />
      ) : (
        <Button test="pause" label="Pause" icon="pause" disabled={busy} onClick={() => live.send("pause")} />
      )}
      <Button test="stop-fit" label="Stop and save" icon="stop" disabled={busy} onClick={() => live.send("stop")} />
    </Row>
  );
}

function timeLeft({ remaining, status }: Progress): string {
  return remaining !== null && status === "fitting" ? `${clock(remaining)} left` : "";
}

export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
