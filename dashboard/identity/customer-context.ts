import { createContext, useContext } from 'react';
import type { Customer } from '#contracts/client/customer.ts';
import type { Following } from '../api/keep-following.ts';

export interface SignedIn {
  readonly customer: Customer;
  readonly operator: boolean;
  /** How the stream of his orders' changes is. */
  readonly following: Following;
  readonly leave: () => void;
}

export const CustomerContext = createContext<SignedIn | undefined>(undefined);

export function useSignedIn(): SignedIn {
  const signedIn = useContext(CustomerContext);
  if (!signedIn) throw new Error('nobody is signed in');
  return signedIn;
}

export function useCustomer(): Customer {
  return useSignedIn().customer;
}
