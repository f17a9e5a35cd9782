// A requirement and its quotes light up together, whichever of them the pointer or the keyboard is on.
for (const type of ['pointerover', 'focusin', 'pointerout', 'focusout']) {
  document.addEventListener(type, (event) => {
    const key = event.target.closest?.('[data-quote]')?.dataset.quote;
    if (!key) return;
    const on = type === 'pointerover' || type === 'focusin';
    for (const element of document.querySelectorAll(`[data-quote="${CSS.escape(key)}"]`)) element.classList.toggle('is-linked', on);
  });
}
