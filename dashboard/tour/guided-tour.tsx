import { ApiProblem } from '@gozon/client';
import { ActionIcon, Button } from '@mantine/core';
import { Check, ChevronDown, ChevronUp, X } from 'lucide-react';
import { useEffect } from 'react';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { useAccount } from '../account/use-account.ts';
import { useSettings } from '../api/settings.ts';
import { useSignedIn } from '../identity/customer-context.ts';
import { useOrders } from '../order-list/use-orders.ts';
import { useOrder } from '../order-page/use-order.ts';
import { KillStep } from './kill-step.tsx';
import { LookStep, OpenStep, OrderStep, TopUpStep } from './order-steps.tsx';
import { EndOfTour, ProofStep } from './proof-step.tsx';
import { RecoverStep } from './recover-step.tsx';
import { nextStep, stepsFor } from './tour-steps.ts';
import type { Done, Step } from './tour-steps.ts';
import { setTour } from './tour-store.ts';
import type { Tour } from './tour-store.ts';
import classes from './tour.module.css';

const TITLES: Readonly<Record<Step, string>> = {
  open: 'Open an account',
  'top-up': 'Put money in it',
  order: 'Place an order',
  look: 'See what happened',
  kill: 'Kill what pays',
  recover: 'Watch it recover',
  proof: 'See the proof',
};

/** A way through the system in two minutes. What is done it sees from the system, however it was done. */
export function GuidedTour({ tour }: { tour: Tour }) {
  const { controls } = useSettings();
  const { operator } = useSignedIn();
  const steps = stepsFor({ controls, operator });
  const { order, done } = useProgress(tour);
  const step = done && nextStep(steps, done);
  const number = step === undefined ? steps.length : steps.indexOf(step) + 1;
  return (
    <aside className={classes['tour']} aria-label="Guided tour">
      <div className={classes['head']}>
        <span className={classes['number']}>
          {done ? `Guided tour, ${number} of ${steps.length}` : 'Guided tour'}
        </span>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={tour.isFolded ? 'Unfold the tour' : 'Fold the tour'}
          onClick={() => setTour({ ...tour, isFolded: !tour.isFolded })}
        >
          {tour.isFolded ? <ChevronUp size={16} /> : <ChevronDown size={16} />}
        </ActionIcon>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label="End the tour"
          onClick={() => setTour(undefined)}
        >
          <X size={16} />
        </ActionIcon>
      </div>
      <div role="status" className={classes['step']}>
        {done && <h2>{step === undefined ? 'That is the tour' : TITLES[step]}</h2>}
      </div>
      {!tour.isFolded && done && (
        <>
          <div className={classes['body']}>{contentOf(step, tour, order)}</div>
          <ol className={classes['steps']} aria-label="Steps">
            {steps.map((one) => (
              <li key={one} data-done={done[one]} aria-current={one === step ? 'step' : undefined}>
                {done[one] ? <Check size={14} aria-label="done" /> : <span className={classes['dot']} />}
                {TITLES[one]}
              </li>
            ))}
          </ol>
          {step === undefined && (
            <Button size="compact-sm" variant="default" onClick={() => setTour(undefined)}>
              End the tour
            </Button>
          )}
        </>
      )}
    </aside>
  );
}

function contentOf(step: Step | undefined, tour: Tour, order: OrderReply | undefined): ReactNode {
  switch (step) {
    case 'open':
      return <OpenStep />;
    case 'top-up':
      return <TopUpStep />;
    case 'order':
      return <OrderStep order={order} />;
    case 'look':
      return <LookStep order={order} />;
    case 'kill':
      return <KillStep tour={tour} />;
    case 'recover':
      return <RecoverStep order={order} />;
    case 'proof':
      return <ProofStep tour={tour} order={order} />;
    default:
      return <EndOfTour order={order} />;
  }
}

/** What the system says of each step, and the order that the tour is about. */
function useProgress(tour: Tour): { order: OrderReply | undefined; done: Done | undefined } {
  const [path] = useLocation();
  const account = useAccount();
  const { items } = useOrders();
  const waited = useOrder(tour.killedFor);
  const first = items?.find(({ status }) => status === 'paid') ?? items?.[0];
  const hasPaid = first?.status === 'paid';
  const looks = hasPaid && path.startsWith('/orders/');
  useEffect(() => {
    if (looks && !tour.looked) setTour({ ...tour, looked: true });
  }, [looks, tour]);
  // As after npm run reset: then the step is to be done again.
  const isGone = waited.error instanceof ApiProblem && waited.error.status === 404;
  const hasKilled = tour.killedFor !== undefined && !isGone;
  const order = hasKilled ? waited.data : first;
  if (account.data === undefined || items === undefined) return { order, done: undefined };
  return {
    order,
    done: {
      open: account.data !== null,
      'top-up': hasPaid || (account.data?.balance ?? 0n) > 0n,
      order: hasPaid,
      look: tour.looked === true,
      kill: hasKilled,
      recover: waited.data !== undefined && waited.data.status !== 'created',
      proof: tour.proved === true,
    },
  };
}
