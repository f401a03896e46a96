import { createCustomerClient } from '@gozon/client';
import { useQueryClient } from '@tanstack/react-query';
import { Suspense, useCallback, useEffect, useMemo, useState } from 'react';
import { Route, Switch } from 'wouter';
import { AccountPage } from './account/account-page.tsx';
import { browserTransport } from './api/browser-transport.ts';
import { SettingsContext, useReadSettings, useSettings } from './api/settings.ts';
import { ChooseIdentity } from './identity/choose-identity.tsx';
import { CustomerContext } from './identity/customer-context.ts';
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
  const [refused, setRefused] = useState(false);
  const leave = useCallback(
    (reason?: 'refused') => {
      clearIdentity();
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'settings' });
      setRefused(reason === 'refused');
      setIdentity(undefined);
    },
    [queries],
  );
  if (!identity) {
    return (
      <Frame>
        <ChooseIdentity mode={mode} refused={refused} choose={choose} />
      </Frame>
    );
  }
  return <SignedIn key={identity.userId} identity={identity} leave={leave} />;
}

function SignedIn({ identity, leave }: { identity: Identity; leave: (reason?: 'refused') => void }) {
  const transport = useMemo(() => browserTransport(identity.headers), [identity]);
  const customer = useMemo(() => createCustomerClient(identity.userId, transport), [identity, transport]);
  const tour = useTour();
  const streamState = useFollowOrders(identity, customer);
  useEffect(() => {
    if (streamState === 'refused') leave('refused');
  }, [streamState, leave]);
  const signedIn = useMemo(() => {
    const { operator, merchant } = identity;
    return { customer, save: transport.save, operator, merchant, streamState, leave };
  }, [customer, transport, identity, streamState, leave]);
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
