import type { Customer, IdempotencyOption } from '@gozon/client';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { refetchCustomer } from '../../api/order-cache.ts';
import { oneAtATime, useIntent } from '../../api/use-intent.ts';
import { useCustomer } from '../../identity/customer-context.ts';

/**
 * Something that is done to an order after it was confirmed, once for each intent.
 * @param name of the kind of action
 * @param send asks for it
 */
export function useOrderAction<Details, Reply>(
  name: string,
  send: (customer: Customer, details: Details, repeatable: IdempotencyOption) => Promise<Reply>,
  onDone: (reply: Reply) => void,
) {
  const customer = useCustomer();
  const queries = useQueryClient();
  const intent = useIntent();
  const [isAsking, dialog] = useDisclosure();
  const action = useMutation({
    scope: oneAtATime(name, customer),
    mutationFn: async ({ details, key }: { details: Details; key: string }) =>
      send(customer, details, { idempotencyKey: key }),
    onSuccess: (reply) => {
      intent.done();
      onDone(reply);
      dialog.close();
    },
    onError: () => refetchCustomer(queries, customer),
  });
  return {
    isAsking,
    action,
    open: () => {
      action.reset();
      dialog.open();
    },
    close: dialog.close,
    /** @param what the intent, in a text: the same text is the same intent */
    perform: (what: string, details: Details) =>
      action.mutate({ details, key: intent.keyFor(`${name} ${what}`) }),
  };
}
