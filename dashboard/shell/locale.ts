/** The first of the viewer's languages that Intl accepts; undefined leaves the choice to Intl. */
export const LOCALE = firstAccepted(navigator.languages);

/** Chromium offers en-US@posix under LANG=C, which Intl refuses with a RangeError. */
export function firstAccepted(languages: readonly string[]): string | undefined {
  return languages.find(isAccepted);
}

/** Libraries read navigator.language too: uPlot gives it to Intl when it is loaded, and would not load. */
export function repairLanguage(): void {
  if (isAccepted(navigator.language)) return;
  Object.defineProperty(navigator, 'language', { value: LOCALE ?? 'en', configurable: true });
}

function isAccepted(language: string): boolean {
  try {
    return Intl.getCanonicalLocales(language).length > 0;
  } catch {
    return false;
  }
}
