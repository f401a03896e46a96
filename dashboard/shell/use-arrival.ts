import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';

/** Where a followed link leads, one begins at the top, by eye and by keyboard; going back is left to the browser. */
export function useArrival(): void {
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
