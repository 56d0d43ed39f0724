// The mesh of a GLB file, as it is, unlit, by depth or by normals, or its wires.

import {
  Color,
  DirectionalLight,
  DoubleSide,
  Group,
  HemisphereLight,
  type Material,
  Mesh,
  MeshBasicMaterial,
  type MeshStandardMaterial,
  Raycaster,
  ShaderMaterial,
} from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import type { Mode } from "./modes";

export class SceneMesh {
  /** Belongs in the frame of the files. */
  readonly object: Group;
  /** Belongs in three's world, where up is up. */
  readonly lights = new Group();
  readonly triangles: number;
  private readonly looks = new Map<Mesh, { lit: Material | Material[]; unlit: Material | Material[] }>();
  private readonly normals = normalsMaterial();
  private readonly wires = new MeshBasicMaterial({ color: new Color("#6b7482"), wireframe: true, side: DoubleSide });
  private readonly depth = depthMaterial();

  private constructor(object: Group) {
    this.object = object;
    let corners = 0;
    object.traverse((part) => {
      if (!(part instanceof Mesh)) return;
      if (!part.geometry.attributes.normal) part.geometry.computeVertexNormals();
      this.looks.set(part, { lit: lit(part.material), unlit: unlit(part.material) });
      corners += part.geometry.index?.count ?? part.geometry.attributes.position.count;
    });
    this.triangles = corners / 3;
    const sky = new HemisphereLight(0xffffff, 0xd8d4cf, 2.2);
    const sun = new DirectionalLight(0xffffff, 1.2);
    sun.position.set(2, 4, 3);
    this.lights.add(sky, sun);
  }

  static async read(bytes: ArrayBuffer): Promise<SceneMesh> {
    const { scene } = await new GLTFLoader().parseAsync(bytes, "");
    return new SceneMesh(scene as Group);
  }

  show(mode: Mode, shaded: boolean): void {
    for (const [part, look] of this.looks) {
      if (mode === "normals") part.material = this.normals;
      else if (mode === "depth") part.material = this.depth;
      else if (mode === "wireframe") part.material = this.wires;
      else part.material = shaded ? look.lit : look.unlit;
    }
  }

  setDepths(near: number, far: number, nearIsBright: boolean): void {
    this.depth.uniforms.near.value = near;
    this.depth.uniforms.far.value = far;
    this.depth.uniforms.nearIsBright.value = nearIsBright;
  }

  /** The distance to the first surface, or null. */
  pick(raycaster: Raycaster): number | null {
    return raycaster.intersectObject(this.object, true)[0]?.distance ?? null;
  }
}

/** Without surroundings to mirror, metal would be black, and that is what files say that say nothing. */
function lit(given: Material | Material[]): Material | Material[] {
  for (const one of [given].flat() as MeshStandardMaterial[]) {
    one.metalness = 0;
    one.side = DoubleSide;
  }
  return given;
}

function unlit(given: Material | Material[]): Material | Material[] {
  if (Array.isArray(given)) return given.map((one) => unlit(one) as Material);
  const { map, color, side, vertexColors, transparent, alphaTest } = given as MeshStandardMaterial;
  return new MeshBasicMaterial({ map, color, side, vertexColors, transparent, alphaTest });
}

/** The same colours as Spark's normals of Gaussians: of three's world, towards the eye. */
function normalsMaterial(): ShaderMaterial {
  return new ShaderMaterial({
    side: DoubleSide,
    vertexShader: `
      varying vec3 across;
      void main() {
        across = mat3(modelMatrix) * normal;
        gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
      }`,
    fragmentShader: `
      varying vec3 across;
      void main() {
        vec3 facing = normalize(gl_FrontFacing ? across : -across);
        gl_FragColor = vec4(0.5 + 0.5 * facing, 1.0);
      }`,
  });
}

/** The same scale of greys as Spark's depth of Gaussians. */
function depthMaterial(): ShaderMaterial {
  return new ShaderMaterial({
    side: DoubleSide,
    uniforms: { near: { value: 0 }, far: { value: 1 }, nearIsBright: { value: false } },
    vertexShader: `
      varying float z;
      void main() {
        vec4 seen = modelViewMatrix * vec4(position, 1.0);
        z = -seen.z;
        gl_Position = projectionMatrix * seen;
      }`,
    fragmentShader: `
      varying float z;
      uniform float near;
      uniform float far;
      uniform bool nearIsBright;
      void main() {
        float depth = log2((clamp(z, near, far) + 1.0) / (near + 1.0)) / log2((far + 1.0) / (near + 1.0));
        gl_FragColor = vec4(vec3(nearIsBright ? 1.0 - depth : depth), 1.0);
      }`,
  });
}
