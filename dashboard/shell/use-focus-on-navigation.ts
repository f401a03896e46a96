import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';

/** After a link is followed, the page starts at its top, for the eye and the keyboard. The browser handles going back. */
export function useFocusOnNavigation(): void {
  const [path] = useLocation();
  const last = useRef(path);
  const wentBack = useRef(false);
  useEffect(() => {
    const note = () => (wentBack.current = true);
    window.addEventListener('popstate', note);
    return () => window.removeEventListener('popstate', note);
  }, []);
  useEffect(() => {
    if (last.current === path) return;
    last.current = path;
    if (!wentBack.current) {
      window.scrollTo(0, 0);
      document.querySelector<HTMLElement>('#view')?.focus({ preventScroll: true });
    }
    wentBack.current = false;
  }, [path]);
}
