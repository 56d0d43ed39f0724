// A crop box and a crop sphere to begin with: about what is visible.

import type { Box, Sphere } from "./messages";
import type { Splats } from "./splats";
import { extent } from "./visibility";

export function fittedBox(splats: Splats): Box {
  const { centre, half } = extent(splats);
  return { centre: centre.toArray(), half_sizes: half.toArray(), quaternion: [1, 0, 0, 0] };
}

export function fittedSphere(splats: Splats): Sphere {
  const { centre, half } = extent(splats);
  return { centre: centre.toArray(), radius: half.length() };
}
