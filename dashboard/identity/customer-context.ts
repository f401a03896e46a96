import type { Customer } from '@gozon/client';
import { createContext, useContext } from 'react';
import type { Save } from '../api/browser-transport.ts';
import type { StreamState } from '../stream/follow-options.ts';

export interface SignedIn {
  readonly customer: Customer;
  readonly save: Save;
  readonly operator: boolean;
  readonly merchant: boolean;
  /** Whether no customer was chosen. */
  readonly isVisitor: boolean;
  /** Of the stream of changes of the customer's orders. */
  readonly streamState: StreamState;
  readonly leave: () => void;
}

export const CustomerContext = createContext<SignedIn | undefined>(undefined);

export function useSignedIn(): SignedIn {
  const signedIn = useContext(CustomerContext);
  if (!signedIn) throw new Error('no customer is signed in');
  return signedIn;
}

export function useCustomer(): Customer {
  return useSignedIn().customer;
}
