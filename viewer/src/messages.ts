// Made of recon3d/server/messages.py by `python -m recon3d.server.typescript`: change that, not this.

/**
 * What lies in it stays. The quaternion (w, x, y, z) turns the world's axes into those of the box.
 */
export interface Box {
  centre: [number, number, number];
  half_sizes: [number, number, number];
  quaternion: [number, number, number, number];
}

/**
 * A Gaussian stays if its mean lies in the box and in the sphere, where there are such, and it was not deleted:
 * that is the bit of its index in `deleted`, lowest bit of each byte first, the bytes in base64; "" is none.
 */
export interface Edits {
  /**
   * How many Gaussians there were before.
   */
  splats: number;
  box: Box | null;
  sphere: Sphere | null;
  deleted: string;
}

/**
 * What lies in it stays.
 */
export interface Sphere {
  centre: [number, number, number];
  radius: number;
}

/**
 * A camera of the run and the photo taken with it, which is photo/SPLIT/INDEX where the exhibit has photos.
 */
export interface View {
  name: string;
  split: "train" | "test";
  index: number;
  world_from_camera: number[];
  focal: [number, number];
  /**
   * Of the picture: the principal point in pixels.
   */
  centre: [number, number];
  width: number;
  height: number;
}

/**
 * What there is to see.
 */
export interface Exhibit {
  title: string;
  kind: "run" | "file" | "fit";
  status: "finished" | "stopped" | "fitting" | "paused" | "diverged";
  /**
   * Gaussians, in splats.spz; 0 where there are none.
   */
  splats: number;
  /**
   * Whether there is mesh.glb, in the same frame.
   */
  mesh: boolean;
  /**
   * Whether there are photo/SPLIT/INDEX: JPEG, at most `?side=` pixels wide and high.
   */
  photos: boolean;
  views: View[];
  /**
   * What is up in the frame of the files.
   */
  up: [number, number, number];
  /**
   * What to look at in the beginning, and from how far away.
   */
  centre: [number, number, number];
  distance: number;
  /**
   * Gaussians nearer to the camera than this are not drawn.
   */
  near: number;
  /**
   * Whether Gaussians were fitted with Mip-Splatting's filter instead of that of 3D Gaussian Splatting.
   */
  antialiased: boolean;
  background: "white" | "black";
  edits: Edits | null;
  /**
   * Whether the server keeps edits and camera paths (POST edits, POST path); elsewhere they are downloaded.
   */
  writable: boolean;
  /**
   * Whether the server draws pictures itself, for browsers without WebGL2.
   */
  pictures: boolean;
}

/**
 * Where the server has put what was posted, or why not.
 */
export interface Saved {
  path: string;
  error: string;
}

/**
 * A fit's state, on the socket `live`, as text. Between two such messages comes binary: a patch of the splats.
 *
 * A patch is three little-endian uint32 (the step, the number of Gaussians there are now, the number n of rows), then
 * n uint32 (which Gaussians the rows are), then n rows of 32 bytes as in .splat files: mean (3 float32), scales (3
 * float32), red, green, blue and opacity (4 uint8), and quaternion (4 uint8, each 128 + 128 times a component).
 */
export interface Progress {
  step: number;
  /**
   * Of the whole fit, where it is not a matter of time.
   */
  steps: number | null;
  progress: number;
  loss: number;
  psnr: number;
  splats: number;
  elapsed: number;
  /**
   * Seconds.
   */
  remaining: number | null;
  status: "finished" | "stopped" | "fitting" | "paused" | "diverged";
}

/**
 * What the viewer tells a fit, on the socket `live`. `stop` saves what there is, as Ctrl-C does; `next` asks for a
 * patch: the first comes by itself, each other one not before the page has shown the one before and asks for it.
 */
export interface Command {
  action: "pause" | "resume" | "stop" | "next";
}

/**
 * A picture wanted of the server, on the socket `pictures`; the answer is a JPEG, as binary.
 */
export interface PictureRequest {
  world_from_camera: number[];
  focal: [number, number];
  centre: [number, number];
  width: number;
  height: number;
  mode: "splats" | "depth" | "normals";
  background: "white" | "black";
}
