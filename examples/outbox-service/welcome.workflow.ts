import { proxyLocalActivities } from '@temporalio/workflow';

const { welcome } = proxyLocalActivities<{ welcome(name: string): Promise<void> }>({
  startToCloseTimeout: '3 s',
});

export async function welcomeGuest({ name }: { name: string }): Promise<void> {
  await welcome(name);
}
