import { Button, Container } from '@mantine/core';
import type { ReactNode } from 'react';
import { Suspense, useContext } from 'react';
import { Link, useLocation, useRoute } from 'wouter';
import { CustomerContext } from '../identity/customer-context.ts';
import { ColorSchemeMenu } from './color-scheme-menu.tsx';
import { CustomerMenu } from './customer-menu.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { Notices } from './notices.tsx';
import { useFocusOnNavigation } from './use-focus-on-navigation.ts';
import classes from './frame.module.css';

/** In pixels. */
const MAX_WIDTH = 1360;

/** The header and the page around every view. @param props.aside has a place of its own beside each of them, so it covers nothing */
export function Frame({ aside, children }: { aside?: ReactNode; children: ReactNode }) {
  const signedIn = useContext(CustomerContext);
  const [path] = useLocation();
  useFocusOnNavigation();
  return (
    <>
      <a className={classes['skip']} href="#view">
        Skip to content
      </a>
      <header className={classes['header']}>
        <Container size={MAX_WIDTH} className={classes['bar']}>
          <ErrorBoundary what="the menu">
            <Link href="/" className={classes['brand']} aria-label="Gozon">
              <img src="/favicon.svg" alt="" width={24} height={24} />
              <span>Gozon</span>
            </Link>
            {signedIn && (
              <nav aria-label="Main" className={classes['views']}>
                <ViewLink href="/">Orders</ViewLink>
                {signedIn.operator && <ViewLink href="/system">System</ViewLink>}
              </nav>
            )}
            <div className={classes['tools']}>
              <ColorSchemeMenu />
              {signedIn?.isVisitor && (
                <Button component={Link} href="/" variant="default" size="compact-sm">
                  Choose a customer
                </Button>
              )}
              {signedIn && !signedIn.isVisitor && (
                <CustomerMenu userId={signedIn.customer.userId} leave={signedIn.leave} />
              )}
            </div>
          </ErrorBoundary>
        </Container>
      </header>
      {signedIn && <Notices streamState={signedIn.streamState} />}
      {/* The place is there before what is shown in it is loaded, so nothing moves. */}
      <div className={aside ? classes['withAside'] : undefined}>
        {aside && (
          <div className={classes['aside']}>
            <Suspense fallback={null}>
              <ErrorBoundary what="the tour">{aside}</ErrorBoundary>
            </Suspense>
          </div>
        )}
        <Container size={MAX_WIDTH} py="lg" id="view" component={signedIn ? 'main' : 'div'} tabIndex={-1}>
          <ErrorBoundary key={path} what="this page">
            {children}
          </ErrorBoundary>
        </Container>
      </div>
    </>
  );
}

function ViewLink({ href, children }: { href: string; children: string }) {
  const [isHere] = useRoute(href);
  return (
    <Link href={href} className={classes['view']} aria-current={isHere ? 'page' : undefined}>
      {children}
    </Link>
  );
}
