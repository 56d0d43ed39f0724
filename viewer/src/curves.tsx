// A curve over seconds.

import type { Sample } from "./live";

const WIDTH = 320;
const HEIGHT = 110;
const MARGIN = { left: 58, right: 8, top: 8, bottom: 20 };

interface CurveProps {
  test: string;
  label: string;
  samples: Sample[];
  value: (sample: Sample) => number;
  logarithmic?: boolean;
}

export function Curve({ test, label, samples, value, logarithmic }: CurveProps) {
  const scale = (number: number) => (logarithmic ? Math.log10(Math.max(number, 1e-9)) : number);
  const points = samples.map((sample) => [sample.seconds, scale(value(sample))]).filter(([, y]) => Number.isFinite(y));
  const [x0, x1] = ends(points.map(([x]) => x));
  const [y0, y1] = ends(points.map(([, y]) => y));
  const left = (x: number) => MARGIN.left + ((x - x0) / (x1 - x0)) * (WIDTH - MARGIN.left - MARGIN.right);
  const top = (y: number) => HEIGHT - MARGIN.bottom - ((y - y0) / (y1 - y0)) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const shown = (y: number) => Number((logarithmic ? 10 ** y : y).toPrecision(3)).toString();
  return (
    <figure class="curve" data-test={test} data-points={points.length}>
      <figcaption>{label}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${label} over seconds`}>
        {[y0, y1].map((y) => (
          <g key={y}>
            <line class="grid" x1={MARGIN.left} x2={WIDTH - MARGIN.right} y1={top(y)} y2={top(y)} />
            <text x={MARGIN.left - 5} y={top(y) + 4} text-anchor="end">
              {points.length > 0 ? shown(y) : ""}
            </text>
          </g>
        ))}
        <text x={WIDTH - MARGIN.right} y={HEIGHT - 5} text-anchor="end">
          {points.length > 0 ? `${Math.round(x1)} s` : ""}
        </text>
        <polyline points={points.map(([x, y]) => `${left(x).toFixed(1)},${top(y).toFixed(1)}`).join(" ")} />
      </svg>
    </figure>
  );
}

function ends(numbers: number[]): [number, number] {
  if (numbers.length === 0) return [0, 1];
  const low = numbers.reduce((a, b) => Math.min(a, b));
  const high = numbers.reduce((a, b) => Math.max(a, b));
  return high - low > 1e-9 ? [low, high] : [low - 0.5, high + 0.5];
}
