// The last resort. An error while the page is empty leaves it empty: a script is missing, since another version was
// deployed at that moment, or the browser is too old to read it.
const MESSAGE =
  '<main><h1>Gozon could not start</h1><p>A part of this page could not be loaded. <a href="">Try again</a></p></main>';

function showIfEmpty() {
  const root = document.querySelector('#root');
  if (root && !root.hasChildNodes()) root.innerHTML = MESSAGE;
}

addEventListener(
  'error',
  ({ target }) => {
    if (target !== window && !(target instanceof HTMLScriptElement)) return;
    if (document.readyState === 'loading') addEventListener('DOMContentLoaded', showIfEmpty);
    else showIfEmpty();
  },
  true,
);
