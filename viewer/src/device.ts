// What the device can be asked for, as a first guess; the View panel shows and changes it.

export interface Quality {
  /** The most Gaussians to draw. */
  budget: number;
  /** Pixels drawn per CSS pixel. */
  pixelRatio: number;
  /** The share of them to draw along each side while a fit goes on: without a graphics card, the fit's cores draw. */
  whileFitting: number;
  /** Why, for people. */
  device: string;
}

export function guessQuality(gl: WebGL2RenderingContext | WebGLRenderingContext): Quality {
  const ratio = window.devicePixelRatio || 1;
  if (isSoftware(gl)) return { budget: 1_000_000, pixelRatio: 1, whileFitting: 0.4, device: "no graphics card" };
  if (matchMedia("(pointer: coarse)").matches) {
    return { budget: 700_000, pixelRatio: Math.min(ratio, 1.5), whileFitting: 1, device: "phone or tablet" };
  }
  // Gibibytes, at most 8, and only in some browsers.
  const memory = (navigator as { deviceMemory?: number }).deviceMemory ?? 8;
  if (memory <= 4) return { budget: 1_500_000, pixelRatio: Math.min(ratio, 1.5), whileFitting: 1, device: "little memory" };
  return { budget: 4_000_000, pixelRatio: Math.min(ratio, 2), whileFitting: 1, device: "desktop" };
}

export function hasWebGL2(): boolean {
  try {
    return document.createElement("canvas").getContext("webgl2") !== null;
  } catch {
    return false;
  }
}

function isSoftware(gl: WebGL2RenderingContext | WebGLRenderingContext): boolean {
  const names = gl.getExtension("WEBGL_debug_renderer_info");
  const name = String(gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  return /swiftshader|llvmpipe|software|basic render/i.test(name);
}
