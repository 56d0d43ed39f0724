// When there is nothing to show: what happened, and what to do.

import { render } from "preact";
import { Trouble } from "./source";

export function showTrouble(root: HTMLElement, error: unknown): void {
  console.error(error);
  const trouble =
    error instanceof Trouble
      ? error
      : new Trouble("Something went wrong.", error instanceof Error ? error.message : String(error));
  render(
    <div class="trouble" role="alert" data-test="trouble">
      <h1>{trouble.title}</h1>
      <p>{trouble.advice}</p>
    </div>,
    root,
  );
}
