import { Anchor, Stack, Text, Title } from '@mantine/core';
import { Link } from 'wouter';

export function NoSuchPage() {
  return (
    <Stack gap="xs" py="xl" align="center" ta="center">
      <Title order={1}>Page not found</Title>
      <Text c="dimmed">The link may be old or mistyped.</Text>
      <Anchor component={Link} href="/">
        Go to your orders
      </Anchor>
    </Stack>
  );
}
