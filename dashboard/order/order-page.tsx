import { Title } from '@mantine/core';

export function OrderPage({ orderId }: { orderId: string }) {
  return <Title order={1}>{orderId}</Title>;
}
