import { Alert, Button, Group, Modal, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { explainProblem } from '../api/explain-problem.ts';
import { refetchCustomer, applyChange } from '../api/order-cache.ts';
import { oneAtATime, useIntent } from '../api/use-intent.ts';
import { useCustomer } from '../identity/customer-context.ts';
import { moneyText } from '../money/money-text.ts';

/** Cancels an unpaid order, or refunds a paid one. It asks first, since neither can be undone. */
export function CancelOrder({ order }: { order: OrderReply }) {
  const customer = useCustomer();
  const queries = useQueryClient();
  const intent = useIntent();
  const [isAsking, { open, close }] = useDisclosure();
  const cancel = useMutation({
    scope: oneAtATime('cancel-order', customer),
    mutationFn: async () =>
      customer.cancelOrder(order.orderId, { idempotencyKey: intent.keyFor(order.orderId) }),
    onSuccess: (changed) => {
      applyChange(queries, customer, changed);
      close();
    },
    onError: () => refetchCustomer(queries, customer),
  });
  const isPaid = order.status === 'paid';
  const canCancel = (isPaid || order.status === 'created') && order.cancelRequestedAt === null;
  const money = moneyText(order.amount, order.currency);
  return (
    <>
      {canCancel && (
        <Button variant="default" onClick={open}>
          {isPaid ? 'Refund…' : 'Cancel order…'}
        </Button>
      )}
      {/* A scroll lock would need a <style>, which our Content-Security-Policy refuses. */}
      <Modal.Root opened={isAsking} onClose={close} lockScroll={false} centered>
        <Modal.Overlay />
        <Modal.Content>
          <Modal.Body p="lg">
            <Modal.Title mb="sm">{isPaid ? 'Refund this order?' : 'Cancel this order?'}</Modal.Title>
            <Text size="sm">
              {isPaid
                ? `${money} will be returned to your account. This cannot be undone.`
                : `If it has not been paid by then, nothing is taken. If it has, ${money} will be returned to your account. This cannot be undone.`}
            </Text>
            {cancel.isError && (
              <Alert color="red" mt="md" title="That did not work">
                {explainProblem(cancel.error)}
              </Alert>
            )}
            <Group justify="flex-end" mt="lg">
              <Button variant="default" onClick={close}>
                Keep the order
              </Button>
              <Button color="red" loading={cancel.isPending} onClick={() => cancel.mutate()}>
                {isPaid ? `Refund ${money}` : 'Cancel order'}
              </Button>
            </Group>
          </Modal.Body>
        </Modal.Content>
      </Modal.Root>
    </>
  );
}
