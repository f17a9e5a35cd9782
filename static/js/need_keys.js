// On a need: y confirms, n declines, e changes it; j and k move. After a click the next proposal has the focus.
let next = null;
let wasKey = false;

const needs = () => [...document.querySelectorAll('#lead-needs .fl-need')];

document.addEventListener('focusin', (event) => {
  const need = event.target.closest?.('#lead-needs .fl-need');
  if (!need) return;
  for (const other of document.querySelectorAll('.is-at')) other.classList.toggle('is-at', other === need);
  need.classList.add('is-at');
});

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, textarea, select')) return;
  const need = event.target.closest?.('#lead-needs .fl-need');
  if (event.key === 'Escape') need?.querySelector('[data-close-form]')?.click();
  const target = need?.querySelector(`[data-need-key="${CSS.escape(event.key)}"]`);
  if (!target) return;
  event.preventDefault();
  wasKey = true;
  target.click();
}, true);

document.addEventListener('submit', (event) => {
  const need = event.target.closest('#lead-needs .fl-need');
  if (!need) return;
  const all = needs();
  const after = all.slice(all.indexOf(need) + 1);
  next = { form: event.target, here: need.id, then: after.find((other) => other.classList.contains('is-proposed'))?.id ?? after[0]?.id, keep: wasKey || document.activeElement?.matches(':focus-visible') };
  wasKey = false;
}, true);

// Only the answer to that form moves the focus: the list is also asked for again while messages are read.
document.addEventListener('htmx:afterSettle', (event) => {
  if (!next || event.detail.requestConfig?.elt !== next.form) return;
  const { here, then, keep } = next;
  next = null;
  const refused = document.querySelector('#lead-needs .fl-error');
  const target = document.getElementById(refused ? here : then) ?? document.getElementById(here);
  if (keep) target?.focus({ preventScroll: false });
});

document.addEventListener('click', (event) => {
  const close = event.target.closest('[data-close-form]');
  const slot = close?.closest('.fl-need-form');
  if (!slot) return;
  event.preventDefault();
  slot.closest('.fl-need').focus();
  slot.replaceChildren();
});

// The form that was asked for has the focus, so that Ctrl+Enter saves it and Esc closes it.
document.addEventListener('htmx:afterSettle', (event) => {
  if (event.target.matches?.('.fl-need-form')) event.target.querySelector('select')?.focus();
});

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') event.target.closest?.('.fl-need-edit')?.querySelector('[data-close-form]')?.click();
});
