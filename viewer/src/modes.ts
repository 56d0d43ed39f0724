export type Mode = "splats" | "depth" | "normals" | "mesh" | "wireframe";
export type Background = "white" | "black" | "page";
