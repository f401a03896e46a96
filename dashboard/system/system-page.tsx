import { Text, Title } from '@mantine/core';

/** How the whole system is, for operators. */
export function SystemPage() {
  return (
    <>
      <Title order={1}>System</Title>
      <Text>GET /api/system says how the system is.</Text>
    </>
  );
}
