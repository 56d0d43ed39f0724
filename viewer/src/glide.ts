// The short way from one view to another.

import { MathUtils } from "three";
import type { Lens, Viewpoint } from "./cameras";

export interface Sight {
  viewpoint: Viewpoint;
  lens: Lens;
}

/** Milliseconds; people who want no motion get none. */
const DURATION = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 350;

export class Glide {
  private readonly began = performance.now();

  constructor(private readonly from: Sight) {}

  /** Where it is at that time on its way to `to`; null once it is there. */
  at(now: number, to: Sight): Sight | null {
    const t = DURATION > 0 ? MathUtils.smoothstep(now - this.began, 0, DURATION) : 1;
    return t < 1 ? { viewpoint: mixViewpoints(this.from, to, t), lens: mixLenses(this.from.lens, to.lens, t) } : null;
  }
}

function mixViewpoints({ viewpoint: a }: Sight, { viewpoint: b }: Sight, t: number): Viewpoint {
  return {
    position: a.position.clone().lerp(b.position, t),
    orientation: a.orientation.clone().slerp(b.orientation, t),
  };
}

function mixLenses(a: Lens, b: Lens, t: number): Lens {
  const mix = (key: "focal" | "centre", i: 0 | 1) => MathUtils.lerp(a[key][i], b[key][i], t);
  return { focal: [mix("focal", 0), mix("focal", 1)], centre: [mix("centre", 0), mix("centre", 1)] };
}
