// Short messages at the lower edge, gone after a while.

import { signal } from "@preact/signals";

export interface Notice {
  text: string;
  bad: boolean;
}

export const notice = signal<Notice | null>(null);

let timer = 0;

export function tell(text: string, bad = false): void {
  notice.value = { text, bad };
  clearTimeout(timer);
  timer = window.setTimeout(() => (notice.value = null), bad ? 9000 : 5000);
}

export function tellTrouble(trouble: unknown): void {
  tell(trouble instanceof Error ? trouble.message : String(trouble), true);
}
