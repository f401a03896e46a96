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

/** The scripts that are written from right to left. */
const FROM_RIGHT = new Set(['Adlm', 'Arab', 'Hebr', 'Mand', 'Nkoo', 'Rohg', 'Samr', 'Syrc', 'Thaa']);

/** Where lines begin in a language. Not by `Intl.Locale`'s text info, which Firefox lacks. */
export function directionOf(locale: string | undefined): 'ltr' | 'rtl' {
  const { script } = new Intl.Locale(locale ?? 'en').maximize();
  return FROM_RIGHT.has(script ?? '') ? 'rtl' : 'ltr';
}

function isAccepted(language: string): boolean {
  try {
    return Intl.getCanonicalLocales(language).length > 0;
  } catch {
    return false;
  }
}
