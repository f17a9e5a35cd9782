// Tabs that scroll sideways on a phone show the current one.
function show() {
  for (const bar of document.querySelectorAll('.fl-tabs')) {
    const on = bar.querySelector('[aria-current]');
    if (on) bar.scrollLeft = on.offsetLeft - bar.offsetLeft - 16;
  }
}
show();
document.addEventListener('htmx:afterSettle', show);
