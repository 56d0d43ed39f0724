// What the browser keeps for the next visit, where it is allowed to: pages opened from disk often may not.

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(`recon3d.${key}`, value);
  } catch {
    // Then it is forgotten.
  }
}

export function recall(key: string): string | null {
  try {
    return localStorage.getItem(`recon3d.${key}`);
  } catch {
    return null;
  }
}
