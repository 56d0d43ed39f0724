// Light or dark: what the system prefers, until somebody says otherwise.

import { effect, signal } from "@preact/signals";
import { recall, remember } from "./memory";

export type Theme = "light" | "dark";

const system = matchMedia("(prefers-color-scheme: dark)");
const asked = new URLSearchParams(location.search).get("theme") ?? recall("theme");

export const theme = signal<Theme>(isTheme(asked) ? asked : system.matches ? "dark" : "light");

if (!isTheme(asked)) system.addEventListener("change", (event) => (theme.value = event.matches ? "dark" : "light"));

effect(() => {
  document.documentElement.dataset.theme = theme.value;
});

export function switchTheme(): void {
  theme.value = theme.value === "dark" ? "light" : "dark";
  remember("theme", theme.value);
}

function isTheme(text: string | null): text is Theme {
  return text === "light" || text === "dark";
}
