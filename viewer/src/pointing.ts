// Clicks on the view, told apart from drags.

const SLACK = 5; // pixels a hand may shake

export interface Click {
  x: number;
  y: number;
}

export function watchClicks(surface: HTMLElement, click: (at: Click) => void, doubleClick: (at: Click) => void): void {
  let pressed: { x: number; y: number; id: number } | null = null;
  surface.addEventListener("pointerdown", (event) => {
    pressed = event.button === 0 && event.isPrimary ? { ...within(surface, event), id: event.pointerId } : null;
  });
  surface.addEventListener("pointerup", (event) => {
    const at = within(surface, event);
    if (pressed?.id === event.pointerId && Math.hypot(at.x - pressed.x, at.y - pressed.y) < SLACK) click(at);
    pressed = null;
  });
  surface.addEventListener("dblclick", (event) => doubleClick(within(surface, event)));
}

/** Where the pointer is on the surface, in CSS pixels. */
export function within(surface: HTMLElement, event: MouseEvent): Click {
  const { left, top } = surface.getBoundingClientRect();
  return { x: event.clientX - left, y: event.clientY - top };
}
