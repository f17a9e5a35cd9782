// A toast goes after 8 seconds, but not while the pointer or the focus is on it.
const STAY = 8000;

function keep(toast) {
  let timer = setTimeout(() => toast.remove(), STAY);
  const hold = () => clearTimeout(timer);
  const release = () => { hold(); timer = setTimeout(() => toast.remove(), STAY); };
  for (const type of ['pointerenter', 'focusin']) toast.addEventListener(type, hold);
  for (const type of ['pointerleave', 'focusout']) toast.addEventListener(type, release);
}

const box = document.getElementById('toasts');
if (box) {
  box.querySelectorAll('[data-toast]').forEach(keep);
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.matches?.('[data-toast]')) keep(node);
  }).observe(box, { childList: true });
}

document.addEventListener('click', (event) => {
  event.target.closest('[data-dismiss-toast]')?.closest('[data-toast]')?.remove();
});
