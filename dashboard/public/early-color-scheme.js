// As Mantine decides it, from what Mantine has stored.
function chosenScheme() {
  try {
    return localStorage.getItem('mantine-color-scheme-value');
  } catch {
    // A browser may refuse all storage.
    return null;
  }
}
const chosen = chosenScheme();
const dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
