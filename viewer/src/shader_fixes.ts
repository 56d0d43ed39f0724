// Two changes to Spark's vertex shader. Each replaces one line of it.

import type { SparkRenderer } from "@sparkjsdev/spark";

interface Fix {
  line: string;
  becomes: string;
}

/**
 * When it takes the Jacobian of the projection, our own renderer holds the slope of a Gaussian's ray within the picture
 * and a margin (Kerbl et al. 2023; SLOPE_MARGIN in recon3d/kernels/interface.py), so that Gaussians at the border do
 * not grow without bound. Spark does not.
 */
const BOUNDED_SLOPES: Fix = {
  line: "vec2 J2 = -(J1 * viewCenter.xy) * invZ;",
  becomes: `
        const float margin = 1.0 + 0.3;
        vec2 halfSize = 1.0 / vec2(projectionMatrix[0][0], projectionMatrix[1][1]);
        vec2 axis = vec2(projectionMatrix[2][0], projectionMatrix[2][1]);
        vec2 slope = viewCenter.xy / -viewCenter.z;
        vec2 J2 = J1 * clamp(slope, (axis - margin) * halfSize, (axis + margin) * halfSize);`,
};

/** A faint Gaussian falls below the least alpha sooner than an opaque one, so fewer pixels need be looked at. */
const NO_WIDER_THAN_SEEN: Fix = {
  line: "adjustedStdDev = maxStdDev;",
  becomes: "adjustedStdDev = min(maxStdDev, sqrt(2.0 * log(max(rgba.a / minAlpha, 1.0001))));",
};

export function fixShader({ material }: SparkRenderer): void {
  for (const { line, becomes } of [BOUNDED_SLOPES, NO_WIDER_THAN_SEEN]) {
    if (!material.vertexShader.includes(line)) console.warn(`Spark's shader has changed: no "${line}".`);
    material.vertexShader = material.vertexShader.replace(line, becomes);
  }
}
