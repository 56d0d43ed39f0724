import { Button } from "./panels/controls";
import { helpShown, SHORTCUTS } from "./shortcuts";

export function Help() {
  if (!helpShown.value) return null;
  return (
    <div class="backdrop" onClick={() => (helpShown.value = false)}>
      <div
        class="dialog surface-panel"
        role="dialog"
        aria-label="Keys"
        data-test="help-dialog"
        onClick={(event) => event.stopPropagation()}
      >
        <header>
          <h1>Keys</h1>
          <Button bare test="close-help" label="Close" icon="close" onClick={() => (helpShown.value = false)} />
        </header>
        <dl class="keys">
          {SHORTCUTS.filter(({ shown }) => shown).map(({ shown, does }) => (
            <div key={shown}>
              <dt>
                <kbd>{shown}</kbd>
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
        <p class="hint">While flying: W A S D to move, Q and E for down and up.</p>
      </div>
    </div>
  );
}
