import { Component } from 'react';
import type { ReactNode } from 'react';
import { LoadError, reloadIfReachable } from './lazy-page.ts';
import { FailedPart } from './states.tsx';

/** Around a part of the page: an error in it leaves the rest standing. React has no boundary but a class. */
export class ErrorBoundary extends Component<
  { what: string; children: ReactNode },
  { error: unknown; failed: boolean }
> {
  override state = { error: undefined, failed: false };

  static getDerivedStateFromError(error: unknown) {
    return { error, failed: true };
  }

  override render(): ReactNode {
    const { what, children } = this.props;
    const { error, failed } = this.state as { error: unknown; failed: boolean };
    if (!failed) return children;
    return error instanceof LoadError ? (
      <FailedPart what={what} retry={() => void reloadIfReachable()}>
        It could not be loaded. Are you connected?
      </FailedPart>
    ) : (
      <FailedPart what={what} retry={() => this.setState({ failed: false })}>
        This part of the page failed. {String(error)}
      </FailedPart>
    );
  }
}
