import { createCustomerClient } from '@gozon/client';
import { useQueryClient } from '@tanstack/react-query';
import { Suspense, useCallback, useEffect, useMemo, useState } from 'react';
import { Route, Switch, useLocation } from 'wouter';
import { AccountPage } from './account/account-page.tsx';
import { browserTransport } from './api/browser-transport.ts';
import { SettingsContext, useReadSettings, useSettings } from './api/settings.ts';
import { ChooseIdentity } from './identity/choose-identity.tsx';
import { CustomerContext } from './identity/customer-context.ts';
import { newIdentity } from './identity/identities.ts';
import type { Identity } from './identity/identities.ts';
import { clearIdentity, storeIdentity, loadIdentity } from './identity/stored-identities.ts';
import { useFollowOrders } from './identity/use-follow-orders.ts';
import { OrderPage } from './order-page/order-page.tsx';
import { Frame } from './shell/frame.tsx';
import { lazyPage } from './shell/lazy-page.ts';
import { NoSuchPage } from './shell/no-such-page.tsx';
import { ErrorState, LoadingState } from './shell/states.tsx';
import { setTour, useTour } from './tour/tour-store.ts';

// A chunk of its own: a customer never needs the charts.
const SystemPage = lazyPage(async () => (await import('./system/system-page.tsx')).SystemPage);
const GuidedTour = lazyPage(async () => (await import('./tour/guided-tour.tsx')).GuidedTour);

export function App() {
  const settings = useReadSettings();
  if (settings.data) {
    return (
      <SettingsContext value={settings.data}>
        <WithSettings />
      </SettingsContext>
    );
  }
  return (
    <Frame>
      {settings.isError ? (
        <ErrorState what="the shop" error={settings.error} retry={() => void settings.refetch()} />
      ) : (
        <LoadingState lines={3} />
      )}
    </Frame>
  );
}

function WithSettings() {
  const { identity: mode } = useSettings();
  const queries = useQueryClient();
  const [identity, setIdentity] = useState(() => loadIdentity(mode));
  const choose = (chosen: Identity, { withTour } = { withTour: false }) => {
    storeIdentity(mode, chosen);
    if (withTour) setTour({ userId: chosen.userId });
    setIdentity(chosen);
  };
  const [path, navigate] = useLocation();
  const [visitor] = useState(newIdentity);
  const [refused, setRefused] = useState(false);
  const leave = useCallback(
    (reason?: 'refused') => {
      clearIdentity();
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'settings' });
      setRefused(reason === 'refused');
      setIdentity(undefined);
      // Other pages are open to a visitor.
      if (mode === 'dev') navigate('/');
    },
    [queries, mode, navigate],
  );
  // The page of the system is about no customer, and leads to orders of all of them. With IDENTITY=jwt it needs a token.
  if (!identity && mode === 'dev' && path !== '/') {
    return <SignedIn identity={visitor} isVisitor leave={leave} />;
  }
  if (!identity) {
    return (
      <Frame>
        <ChooseIdentity mode={mode} refused={refused} choose={choose} />
      </Frame>
    );
  }
  return <SignedIn key={identity.userId} identity={identity} leave={leave} />;
}

/** @param props.isVisitor whether no customer was chosen: the identity is an operator's, and is not kept */
function SignedIn({
  identity,
  isVisitor = false,
  leave,
}: {
  identity: Identity;
  isVisitor?: boolean;
  leave: (reason?: 'refused') => void;
}) {
  const transport = useMemo(() => browserTransport(identity.headers), [identity]);
  const customer = useMemo(() => createCustomerClient(identity.userId, transport), [identity, transport]);
  const tour = useTour();
  const streamState = useFollowOrders(identity, customer);
  useEffect(() => {
    if (streamState === 'refused') leave('refused');
  }, [streamState, leave]);
  const signedIn = useMemo(() => {
    const { operator, merchant } = identity;
    return { customer, save: transport.save, operator, merchant, isVisitor, streamState, leave };
  }, [customer, transport, identity, isVisitor, streamState, leave]);
  return (
    <CustomerContext value={signedIn}>
      <Frame aside={tour?.userId === identity.userId && <GuidedTour tour={tour} />}>
        <Suspense fallback={<LoadingState lines={6} />}>
          <Switch>
            <Route path="/" component={AccountPage} />
            <Route path="/orders/:orderId">
              {({ orderId }) => <OrderPage key={orderId} orderId={orderId} />}
            </Route>
            <Route path="/system" component={SystemPage} />
            <Route component={NoSuchPage} />
          </Switch>
        </Suspense>
      </Frame>
    </CustomerContext>
  );
}
