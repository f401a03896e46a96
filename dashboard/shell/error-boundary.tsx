import { Component } from 'react';
import type { ReactNode } from 'react';
import { LoadError } from './lazy-page.ts';
import { FailedPart } from './states.tsx';
import { reloadIfReachable, reloadOnce } from './versions.ts';

/** Around a part of the page: an error in it leaves the rest standing. React has no boundary but a class. */
export class ErrorBoundary extends Component<
  { what: string; children: ReactNode },
  { error: unknown; failed: boolean }
> {
  override state = { error: undefined, failed: false };

  static getDerivedStateFromError(error: unknown) {
    return { error, failed: true };
  }

  override componentDidCatch(error: unknown) {
    if (error instanceof LoadError && error.outdated) reloadOnce();
  }

  override render(): ReactNode {
    const { what, children } = this.props;
    const { error, failed } = this.state as { error: unknown; failed: boolean };
    if (!failed) return children;
    if (!(error instanceof LoadError)) {
      return (
        <FailedPart what={what} retry={() => this.setState({ failed: false })}>
          This part of the page failed. {String(error)}
        </FailedPart>
      );
    }
    return (
      <FailedPart
        what={what}
        retry={() => void reloadIfReachable()}
        {...(error.outdated && { words: 'Reload' })}
      >
        {error.outdated
          ? 'A new version of Gozon is there, and you have the one before.'
          : 'It could not be loaded. Are you connected?'}
      </FailedPart>
    );
  }
}
