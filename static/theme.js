// Before the first paint: light or dark as the user chose, or as the system has it.
const root = document.documentElement;
if (root.dataset.theme === 'system') root.dataset.bsTheme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
